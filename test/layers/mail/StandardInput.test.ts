import { spawn } from "node:child_process"
import { once } from "node:events"
import * as fs from "node:fs"
import * as path from "node:path"
import { assert, layer } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { requirePart } from "../../support/requirePart.ts"
import { run } from "../../support/runProgram.ts"
import { makeTempDir } from "../../support/TempDir.ts"
import { builtInputProgram } from "./builtInputProgram.ts"

class InputProgram extends Context.Tag("esmtp/test/layers/mail/StandardInput.test/InputProgram")<
  InputProgram,
  string
>() {}

const built = Layer.scoped(InputProgram, builtInputProgram)

const hasScript = requirePart("script", "script")

/** Runs `script` in a shell where `$node` and `$program` are set; gives what the program printed. */
const inShell = (script: string, env: Readonly<Record<string, string>> = {}) =>
  Effect.gen(function* () {
    const program = yield* InputProgram
    const { stderr, stdout } = yield* run({
      file: "/bin/sh",
      args: ["-c", script],
      env: { node: process.execPath, program, ...env }
    })
    assert.strictEqual(stderr, "")
    const result: unknown = JSON.parse(stdout.slice(Math.max(0, stdout.indexOf("{"))))
    return result
  })

const program = '"$node" "$program"'

layer(built, { excludeTestServices: true, timeout: "60 seconds" })("standard input", (it) => {
  const cases: ReadonlyArray<readonly [what: string, script: string, result: object]> = [
    ["is read from a pipe", `printf 'a\\nb' | ${program}`, { text: "a\nb" }],
    [
      "is read from a pipe that is filled slowly",
      `(printf a; sleep 0.2; printf b) | ${program}`,
      { text: "ab" }
    ],
    ["is read from a pipe that is empty", `: | ${program}`, { text: "" }],
    ["is read from /dev/null", `${program} < /dev/null`, { text: "" }],
    ["L15: is nothing where it is closed", `${program} <&-`, { text: "" }],
    [
      "L15: is an error where it is a directory",
      `${program} < /`,
      { error: "MessageError: standard input: EISDIR: illegal operation on a directory, read" }
    ],
    ["S10: goes on after a lone dot in a pipe", `printf 'a\\n.\\nb\\n' | ${program}`, { text: "a\n.\nb\n" }]
  ]
  for (const [what, script, result] of cases) {
    it.effect(what, () => Effect.map(inShell(script), (printed) => assert.deepStrictEqual(printed, result)))
  }

  it.scoped("is read from a file, from where its offset stands", () =>
    Effect.gen(function* () {
      const file = path.join(yield* makeTempDir, "message")
      fs.writeFileSync(file, "first\nsecond\n")
      assert.deepStrictEqual(yield* inShell(`${program} < "$file"`, { file }), { text: "first\nsecond\n" })
      const rest = yield* inShell(`{ read -r line; ${program}; } < "$file"`, { file })
      assert.deepStrictEqual(rest, { text: "second\n" })
    })
  )

  it.effect("is read from a socket", () =>
    Effect.gen(function* () {
      // A pipe that Node makes for a child is a pair of sockets.
      const { stdout } = yield* run({ file: process.execPath, args: [yield* InputProgram], stdin: "a\nb" })
      assert.include(stdout, '{"text":"a\\nb"}')
    })
  )

  it.effect("is waited for where somebody made it non-blocking", () =>
    Effect.gen(function* () {
      // Node makes its own standard input non-blocking, and a child inherits what it has made.
      const parent = `process.stdin.on("data", () => {}); process.stdin.pause();
        setTimeout(() => require("node:child_process").spawn(process.execPath, [process.env.program], { stdio: "inherit" }), 50)`
      const printed = yield* inShell(`(sleep 0.5; printf 'a'; sleep 0.2; printf b) | "$node" -e "$parent"`, {
        parent
      })
      assert.deepStrictEqual(printed, { text: "ab" })
    })
  )

  it.effect("L15: does not keep the program when it is interrupted, though the writer lives on", () =>
    Effect.gen(function* () {
      const child = spawn(process.execPath, [yield* InputProgram], { stdio: ["pipe", "pipe", "inherit"] })
      const printed: Array<Buffer> = []
      child.stdout.on("data", (chunk: Buffer) => printed.push(chunk))
      yield* Effect.promise(() => once(child.stdout, "data"))
      child.stdin.write("half a mess")
      child.kill("SIGINT")
      const closed = yield* Effect.promise(() => once(child, "close"))
      assert.deepStrictEqual(closed, [0, null])
      assert.include(Buffer.concat(printed).toString(), '{"interrupted":true}')
    })
  )
})

/** What is typed, and the options. */
const typed: ReadonlyArray<readonly [what: string, keys: string, option: string, result: object]> = [
  ["S10: ends at a lone dot", "a\n.\nb\n", "", { text: "a\n" }],
  ["S10: goes on after a lone dot with -i", "a\n.\nb\n\u0004", "--ignore-dots", { text: "a\n.\nb\n" }],
  ["ends with Ctrl-D", "a\n\u0004", "", { text: "a\n" }],
  ["L15: is given up with Ctrl-C", "a\n\u0003", "", { interrupted: true }]
]

layer(built, { excludeTestServices: true, timeout: "60 seconds" })("standard input at a terminal", (it) => {
  for (const [what, keys, option, result] of typed) {
    it.effect.skipIf(!hasScript)(what, () =>
      Effect.gen(function* () {
        const command = `'${process.execPath}' '${yield* InputProgram}' ${option}`
        // It gives the program a terminal, and types there what comes through its own pipe.
        const script = spawn("script", ["-qec", command, "/dev/null"], { stdio: ["pipe", "pipe", "inherit"] })
        const screen: Array<Buffer> = []
        script.stdout.on("data", (chunk: Buffer) => screen.push(chunk))
        yield* Effect.promise(() => once(script.stdout, "data"))
        script.stdin.write(keys)
        yield* Effect.promise(() => once(script, "close"))
        const shown = Buffer.concat(screen).toString()
        const printed: unknown = JSON.parse(shown.slice(shown.indexOf("{")))
        assert.deepStrictEqual(printed, result)
      })
    )
  }
})
