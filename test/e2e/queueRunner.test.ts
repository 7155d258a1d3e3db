/** `sendmail -q30m`, as system scripts start it: it returns at once and goes on by itself. */
import * as fs from "node:fs"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import { makeHome, startEmbeddedRelay } from "../support/EmbeddedRelay.ts"
import { PartFailed } from "../support/PartFailed.ts"
import { runProgram } from "../support/runProgram.ts"

const setUp = Effect.gen(function* () {
  const relay = yield* startEmbeddedRelay({ security: "plain" })
  const home = yield* makeHome({
    identity: "ada@example.org",
    hostname: `127.0.0.1:${relay.port}`,
    tls: "disabled"
  })
  return { relay, home }
})

/** Processes that have this text on their command line. */
const processesWith = (text: string): ReadonlyArray<number> =>
  fs.readdirSync("/proc").flatMap((name) => {
    if (!/^[0-9]+$/.test(name)) return []
    try {
      return fs.readFileSync(`/proc/${name}/cmdline`, "latin1").includes(text) ? [Number(name)] : []
    } catch {
      // It has ended meanwhile.
      return []
    }
  })

const ending = (mark: string) =>
  Effect.addFinalizer(() =>
    Effect.sync(() => {
      for (const id of processesWith(mark)) process.kill(id, "SIGTERM")
    })
  )

const message = "From: ada@example.org\nTo: grace@example.net\n\nbody\n"

describe.runIf(fs.existsSync("/proc/self/cmdline"))("sendmail -q with a time", () => {
  it.scopedLive(
    "returns at once, and delivers what comes later, with the files named on its command line",
    () =>
      Effect.gen(function* () {
        const { home, relay } = yield* setUp
        const rc = `${path.basename(home)}.rc`
        fs.renameSync(path.join(home, ".esmtprc"), path.join(home, rc))
        yield* ending(rc)
        const started = yield* runProgram({ home, cwd: home, args: ["-q1s", "-C", rc] })
        assert.deepStrictEqual([started.status, started.stderr], [0, ""])
        assert.strictEqual(processesWith(rc).length, 1)
        const queued = yield* runProgram({ home, cwd: home, args: ["-C", rc, "-odq", "-t"], stdin: message })
        assert.strictEqual(queued.status, 0)
        yield* Effect.suspend(() =>
          relay.messages.length === 1
            ? Effect.void
            : Effect.fail(new PartFailed({ part: "runner", detail: "nothing delivered" }))
        ).pipe(Effect.retry(Schedule.spaced("100 millis")), Effect.timeout("20 seconds"))
      })
  )

  it.scopedLive("tells of a configuration that is at fault before it leaves", () =>
    Effect.gen(function* () {
      const { home } = yield* setUp
      const rc = path.join(home, "bad.rc")
      yield* ending(rc)
      fs.writeFileSync(rc, "nonsense\n", { mode: 0o600 })
      const { status } = yield* runProgram({ home, args: ["-q1s", "-C", rc] })
      assert.strictEqual(status, 78)
      assert.deepStrictEqual(processesWith(rc), [])
    })
  )
})
