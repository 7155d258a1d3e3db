import * as fs from "node:fs"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Ref from "effect/Ref"
import * as CommandHooks from "../../../src/layers/mda/CommandHooks.ts"
import { Hooks } from "../../../src/services/Hooks.ts"
import { makeTempDir } from "../../support/TempDir.ts"
import { isAlive, recorded, recordedList, streamsOf, systemOf, Watched, watching } from "./household.ts"

const layerOf = (directory: string, timeoutMillis = 10_000, errorIsTerminal = false) =>
  CommandHooks.layer({
    env: { PATH: process.env["PATH"], MY_OWN: "thing", LD_PRELOAD: "/nonexistent.so" },
    timeoutMillis
  }).pipe(
    Layer.provide(systemOf(directory)),
    Layer.provide(streamsOf(errorIsTerminal)),
    Layer.provideMerge(watching)
  )

const run = (command: string) =>
  Effect.gen(function* () {
    const hooks = yield* Hooks
    yield* hooks.run("preconnect", command)
  })

describe("a hook", () => {
  it.scopedLive("is a line for the shell, with the caller's environment and an empty input", () =>
    Effect.gen(function* () {
      const directory = yield* makeTempDir
      yield* run(
        `cd '${directory}' && cat > in && env -0 > env && echo "$MY_OWN" | tr a-z A-Z > out; true`
      ).pipe(Effect.provide(layerOf(directory)))
      assert.strictEqual(recorded(directory, "in"), "")
      assert.strictEqual(recorded(directory, "out"), "THING\n")
      const variables = recordedList(directory, "env")
      assert.include(variables, `HOME=${directory}`)
      assert.isFalse(variables.some((variable) => variable.startsWith("LD_")))
    })
  )

  it.scopedLive("fails with its status", () =>
    Effect.gen(function* () {
      const directory = yield* makeTempDir
      const error = yield* Effect.flip(run("exit 3")).pipe(Effect.provide(layerOf(directory)))
      assert.deepStrictEqual(error.end, { _tag: "Exited", status: 3 })
      assert.strictEqual(error.message, 'preconnect "exit 3": exit status 3')
    })
  )

  it.scopedLive("fails by a signal", () =>
    Effect.gen(function* () {
      const directory = yield* makeTempDir
      const error = yield* Effect.flip(run("kill -INT $$")).pipe(Effect.provide(layerOf(directory)))
      assert.deepStrictEqual(error.end, { _tag: "Signalled", signal: "SIGINT" })
    })
  )

  it.scopedLive("has a time limit, after which nothing of it is left", () =>
    Effect.gen(function* () {
      const directory = yield* makeTempDir
      const command = `sh -c 'echo $$ > "${directory}/child"; sleep 600'; true`
      const error = yield* Effect.flip(run(command)).pipe(Effect.provide(layerOf(directory, 1000)))
      assert.deepStrictEqual(error.end, { _tag: "TimedOut", afterMillis: 1000 })
      assert.isFalse(isAlive(Number(recorded(directory, "child"))))
    })
  )

  it.scopedLive("may leave a tunnel behind, as ssh -f does", () =>
    Effect.gen(function* () {
      const directory = yield* makeTempDir
      yield* run(`sleep 600 & echo $! > '${directory}/tunnel'`).pipe(Effect.provide(layerOf(directory)))
      const tunnel = Number(recorded(directory, "tunnel"))
      assert.isTrue(isAlive(tunnel))
      process.kill(tunnel)
    })
  )

  it.scopedLive("stays in the caller's session where somebody can be asked", () =>
    Effect.gen(function* () {
      const directory = yield* makeTempDir
      const command = `cut -d ' ' -f 6 /proc/$$/stat > '${directory}/session'`
      const ours = fs
        .readFileSync("/proc/self/stat", "utf8")
        .replace(/^.*\) /s, "")
        .split(" ")[3]
      yield* run(command).pipe(Effect.provide(layerOf(directory, 10_000, true)))
      assert.strictEqual(recorded(directory, "session").trim(), ours)
      yield* run(command).pipe(Effect.provide(layerOf(directory)))
      assert.notStrictEqual(recorded(directory, "session").trim(), ours)
    })
  )

  it.scopedLive("in the caller's session is ended by itself when time is up", () =>
    Effect.gen(function* () {
      const directory = yield* makeTempDir
      const command = `echo $$ > '${directory}/pid'; exec sleep 600`
      const error = yield* Effect.flip(run(command)).pipe(Effect.provide(layerOf(directory, 1000, true)))
      assert.strictEqual(error.end._tag, "TimedOut")
      assert.isFalse(isAlive(Number(recorded(directory, "pid"))))
    })
  )

  it.scopedLive("ends when it is interrupted", () =>
    Effect.gen(function* () {
      const directory = yield* makeTempDir
      const fiber = yield* Effect.fork(
        run(`echo $$ > '${directory}/part'; mv '${directory}/part' '${directory}/pid'; exec sleep 600`).pipe(
          Effect.provide(layerOf(directory))
        )
      )
      while (!fs.existsSync(path.join(directory, "pid"))) yield* Effect.sleep(10)
      yield* Fiber.interrupt(fiber)
      assert.isFalse(isAlive(Number(recorded(directory, "pid"))))
    })
  )

  it.scopedLive("is told to who watches before it runs", () =>
    Effect.gen(function* () {
      const directory = yield* makeTempDir
      yield* Effect.gen(function* () {
        yield* run("true")
        assert.deepStrictEqual(yield* Ref.get(yield* Watched), [
          { _tag: "HookStarted", hook: "preconnect", command: "true" }
        ])
      }).pipe(Effect.provide(layerOf(directory)))
    })
  )

  it.scopedLive("that no system call takes is not started", () =>
    Effect.gen(function* () {
      const directory = yield* makeTempDir
      const error = yield* Effect.flip(run("true \0")).pipe(Effect.provide(layerOf(directory)))
      assert.strictEqual(error.end._tag, "NotStarted")
    })
  )
})
