/**
 * L12: memory in which a password stands stays in the process, whatever ends it: no debugger opens, a core file has no
 * memory in it, no report is written, and a defect is told in one line.
 */
import * as fs from "node:fs"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { makeHome } from "../support/EmbeddedRelay.ts"
import * as FakeSmtpServer from "../support/FakeSmtpServer.ts"
import { leaksOf } from "../support/leaks.ts"
import { type StartOptions, startProgram, until } from "../support/startProgram.ts"
import { makeTempDir } from "../support/TempDir.ts"

const password = "Canary-Pa55word-in-memory"

/** The program has said its password, and waits for the answer. */
const authenticating = (options: Partial<StartOptions> = {}) =>
  Effect.gen(function* () {
    const server = yield* FakeSmtpServer.make({
      extensions: ["AUTH PLAIN"],
      answers: { AUTH: [{ ending: "silence" }] }
    })
    const home = yield* makeHome({
      identity: "ada@example.org",
      hostname: `127.0.0.1:${server.port}`,
      tls: "disabled",
      username: "ada",
      password
    })
    fs.writeFileSync(path.join(home, "defect.mjs"), defects)
    const program = yield* startProgram({ home, args: ["bob@example.net"], ...options })
    program.write("Subject: x\n\nx\n")
    program.endInput()
    const isSaid = until(() =>
      server.connections.some(({ commands }) => commands.some((line) => line.startsWith("AUTH")))
    )
    return { home, isSaid, program }
  })

/** A write of the password fails as nothing that was foreseen, or sets off something that does. */
const defects = `
import { Socket } from "node:net"
const { write } = Socket.prototype
Socket.prototype.write = function (data, ...rest) {
  const text = Buffer.from(data).toString()
  if (text.startsWith("AUTH")) {
    const secret = text
    if (process.env.DEFECT === "inside") throw Object.assign(new TypeError("forced defect"), { secret })
    setImmediate(() => { throw Object.assign(new TypeError("forced defect"), { secret }) })
  }
  return write.call(this, data, ...rest)
}
`

/** Written by the kernel into the working directory. */
const corePattern = fs.existsSync("/proc/sys/kernel/core_pattern")
  ? fs.readFileSync("/proc/sys/kernel/core_pattern", "utf8").trim()
  : ""
const writesCoreHere = /^core[^/|]*$/.test(corePattern)

const coresIn = (directory: string): ReadonlyArray<string> =>
  fs
    .readdirSync(directory)
    .filter((name) => name.startsWith("core"))
    .map((name) => path.join(directory, name))

const withCores = "ulimit -S -c unlimited 2>/dev/null || ulimit -S -c $(ulimit -H -c)"

describe("L12: a password in memory", () => {
  it.scopedLive("is not laid open by SIGUSR1, to which Node opens a debugger", () =>
    Effect.gen(function* () {
      const { isSaid, program } = yield* authenticating()
      yield* isSaid
      program.signal("SIGUSR1")
      yield* Effect.sleep(300)
      program.signal("SIGTERM")
      const { end, stderr } = yield* program.ended
      assert.deepStrictEqual([end, stderr], [75, ""])
    })
  )

  it.scopedLive.runIf(process.platform === "linux")("is in no core file", () =>
    Effect.gen(function* () {
      const { home, isSaid, program } = yield* authenticating({ prelude: withCores })
      yield* isSaid
      const filter = fs.readFileSync(`/proc/${program.pid}/coredump_filter`, "utf8").trim()
      assert.strictEqual(Number.parseInt(filter, 16), 0)
      program.signal("SIGABRT")
      assert.strictEqual((yield* program.ended).end, "SIGABRT")
      for (const core of coresIn(home)) {
        assert.deepStrictEqual(leaksOf(password, fs.readFileSync(core, "latin1")), [])
        assert.isBelow(fs.statSync(core).size, 4 * 1024 * 1024)
      }
    })
  )

  it.scopedLive.runIf(writesCoreHere)("would be in one, were the kernel not told", () =>
    Effect.gen(function* () {
      const home = yield* makeTempDir
      const script = path.join(home, "waiting")
      fs.mkdirSync(path.join(home, "bin"))
      fs.writeFileSync(script, `console.log("Canary" + "-Pa55word-in-memory"); setInterval(() => {}, 1000)`)
      fs.symlinkSync(script, path.join(home, "bin/sendmail"))
      const program = yield* startProgram({ home, args: [], prelude: withCores })
      yield* until(() => program.said().stdout !== "")
      program.signal("SIGABRT")
      assert.strictEqual((yield* program.ended).end, "SIGABRT")
      const [core] = coresIn(home)
      if (core !== undefined) assert.include(fs.readFileSync(core, "latin1"), password)
    })
  )

  for (const where of ["inside", "outside"]) {
    it.scopedLive(
      `is not told by a defect ${where} of the program's own effects, nor in Node's report of it`,
      () =>
        Effect.gen(function* () {
          const { home, program } = yield* authenticating({
            nodeArgs: [
              ...["--import", "./defect.mjs", "--report-uncaught-exception", "--report-on-fatalerror"],
              ...["--report-on-signal", "--report-dir=."]
            ],
            env: { DEFECT: where }
          })
          const { end, stderr, stdout } = yield* program.ended
          assert.deepStrictEqual([end, stdout], [70, ""])
          assert.match(stderr, /^esmtp: internal error: .*forced defect\n$/)
          assert.deepStrictEqual(leaksOf(password, stderr), [])
          assert.deepStrictEqual(
            fs.readdirSync(home).filter((name) => name.startsWith("report")),
            []
          )
        })
    )
  }
})
