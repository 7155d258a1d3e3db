/** The executable of `npm run build:standalone`, where there is no Node: an empty directory is all of the PATH. */
import * as fs from "node:fs"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { buildStandalone } from "../../scripts/buildStandalone.mjs"
import { makeHome, startEmbeddedRelay } from "../support/EmbeddedRelay.ts"
import { requirePart } from "../support/requirePart.ts"
import { run } from "../support/runProgram.ts"
import { until } from "../support/startProgram.ts"

/** Without the package of the runtime, which npm fetches, there is nothing to test. */
const executable = await buildStandalone().catch((cause: unknown) => {
  process.stderr.write(`\n${String(cause)}\n`)
  return ""
})

const message = "Subject: x\n\nx\n"

const runIn = (home: string, name: string, args: ReadonlyArray<string>, env: Record<string, string> = {}) => {
  const empty = path.join(home, "empty")
  fs.mkdirSync(empty, { recursive: true })
  const link = path.join(home, name)
  if (!fs.existsSync(link)) fs.symlinkSync(executable, link)
  return run({ file: link, args, stdin: message, env: { HOME: home, PATH: empty, ...env } })
}

/** Processes of the executable, whatever they are called. */
const isRunning = (): boolean =>
  fs.readdirSync("/proc").some((name) => {
    try {
      return /^\d+$/.test(name) && fs.readlinkSync(`/proc/${name}/exe`) === fs.realpathSync(executable)
    } catch {
      return false
    }
  })

const hasExecutable = requirePart("the runtime of the standalone executable", () => executable !== "")

describe.runIf(hasExecutable)("the standalone executable", () => {
  it.scopedLive("sends, lists and helps by its links, without Node and with nothing on the PATH", () =>
    Effect.gen(function* () {
      const relay = yield* startEmbeddedRelay({ security: "plain" })
      const home = yield* makeHome({ hostname: `127.0.0.1:${relay.port}`, identity: "ada@example.org" })
      const sent = yield* runIn(home, "sendmail", ["-i", "grace@example.net"])
      assert.deepStrictEqual([sent.status, sent.stdout, sent.stderr], [0, "", ""])
      assert.deepStrictEqual(
        relay.messages.map(({ to }) => to),
        [["grace@example.net"]]
      )
      const listed = yield* runIn(home, "mailq", [])
      assert.deepStrictEqual([listed.status, listed.stdout], [0, "Mail queue is empty\n"])
      const helped = yield* runIn(home, "esmtp", ["--help"])
      assert.strictEqual(helped.status, 0, helped.stderr)
      assert.include(helped.stdout, "sendmail [flags] [recipient ...]")
      for (const name of ["newaliases", "deliver"])
        assert.strictEqual((yield* runIn(home, name, [])).status, 0, name)
    })
  )

  it("lies beside links to it under its other names", () => {
    for (const name of ["sendmail", "mailq", "newaliases", "deliver"])
      assert.strictEqual(fs.readlinkSync(path.join(path.dirname(executable), name)), "esmtp")
  })

  it.scopedLive("delivers in the background by a process of its own", () =>
    Effect.gen(function* () {
      const relay = yield* startEmbeddedRelay({ security: "plain" })
      const home = yield* makeHome({ hostname: `127.0.0.1:${relay.port}`, identity: "ada@example.org" })
      const { status, stderr } = yield* runIn(home, "sendmail", ["-odb", "-i", "grace@example.net"])
      assert.deepStrictEqual([status, stderr], [0, ""])
      yield* until(() => relay.messages.length === 1)
      // The runner stays for the rest of a burst, and its home with it.
      yield* until(() => !isRunning())
      assert.include((yield* runIn(home, "mailq", [])).stdout, "Mail queue is empty")
    })
  )

  it.scopedLive("starts again without a harmful environment, and is not told what Node should do", () =>
    Effect.gen(function* () {
      const relay = yield* startEmbeddedRelay({ security: "plain" })
      const home = yield* makeHome({ hostname: `127.0.0.1:${relay.port}`, identity: "ada@example.org" })
      const harmful = path.join(home, "harmful.cjs")
      fs.writeFileSync(harmful, 'require("node:fs").writeSync(2, "loaded\\n")')
      const env = { NODE_OPTIONS: `--require ${harmful}`, NODE_EXTRA_CA_CERTS: "/nonexistent" }
      const sent = yield* runIn(home, "sendmail", ["-i", "grace@example.net"], env)
      assert.notInclude(sent.stderr, "loaded")
      assert.strictEqual(sent.status, 0, sent.stderr)
      assert.lengthOf(relay.messages, 1)
    })
  )
})
