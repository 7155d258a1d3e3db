/** Whatever standard input is connected to, the message is read to its end, once, and nothing waits for more. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { makeHome, startEmbeddedRelay } from "../support/EmbeddedRelay.ts"
import { installNames, run, runProgram, searchPath } from "../support/runProgram.ts"
import { writeFiles } from "../support/TempDir.ts"

const setUp = Effect.gen(function* () {
  const relay = yield* startEmbeddedRelay({ security: "plain" })
  const home = yield* makeHome({ hostname: `127.0.0.1:${relay.port}`, identity: "ada@example.org" })
  return { relay, home }
})

const body = (lines: number): string =>
  `Subject: x\n\n${"a line of some length, to fill a pipe with\n".repeat(lines)}`

/** A shell command line with our `sendmail` on its PATH. */
const shell = (home: string, command: string) =>
  run({
    file: "/bin/sh",
    args: ["-c", command],
    cwd: home,
    env: { HOME: home, PATH: searchPath(installNames(home)) }
  })

/** A writer that neither writes nor closes. */
const never = async function* (): AsyncGenerator<Uint8Array> {
  yield await new Promise<Uint8Array>(() => {})
}

describe("standard input", () => {
  it.scopedLive("ends where the pipe ends, also when that comes while the program is busy", () =>
    Effect.gen(function* () {
      const { home, relay } = yield* setUp
      for (let round = 0; round < 12; round++) {
        const result = yield* runProgram({
          home,
          args: ["grace@example.net"],
          stdin: body(40_000),
          timeoutMillis: 15_000
        })
        assert.strictEqual(result.status, 0, result.stderr)
      }
      const sizes = new Set(
        relay.messages.map(({ content }) => content.toString().split("a line of").length - 1)
      )
      assert.deepStrictEqual([relay.messages.length, [...sizes]], [12, [40_000]])
    })
  )

  it.scopedLive("may be a file, a pipe from a slow writer, or nothing at all", () =>
    Effect.gen(function* () {
      const { home, relay } = yield* setUp
      writeFiles(home, { message: body(3) })
      for (const command of [
        "sendmail grace@example.net < message",
        "{ cat message; sleep 0.5; echo more; } | sendmail grace@example.net",
        "sendmail grace@example.net < /dev/null"
      ]) {
        const result = yield* shell(home, command)
        assert.deepStrictEqual([result.status, result.stderr], [0, ""], command)
      }
      const texts = relay.messages.map(({ content }) => content.toString())
      assert.match(texts[0] ?? "", /(a line[^\r]*\r\n){3}$/)
      assert.match(texts[1] ?? "", /(a line[^\r]*\r\n){3}more\r\n$/)
    })
  )

  it.scopedLive("is not waited for where no message is wanted", () =>
    Effect.gen(function* () {
      const { home } = yield* setUp
      const runs = [
        { name: "newaliases", args: [] },
        { name: "sendmail", args: ["-bi"] },
        { name: "esmtp", args: ["--version"] }
      ] as const
      for (const each of runs) {
        const result = yield* runProgram({ home, ...each, stdin: never(), timeoutMillis: 10_000 })
        assert.strictEqual(result.status, 0, result.stderr)
      }
    })
  )

  it.scopedLive("holds back no reader of the program's own output", () =>
    Effect.gen(function* () {
      const { home, relay } = yield* setUp
      const result = yield* shell(home, "printf 'Subject: x\\n\\nx\\n' | sendmail -v grace@example.net | cat")
      assert.strictEqual(relay.messages.length, 1, result.stderr)
      assert.match(result.stdout, /^Message sent: 250 /m)
    })
  )
})
