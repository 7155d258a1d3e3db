/**
 * `BackgroundDelivery` by a process of its own: own session, no inherited descriptor, working directory `/`, so that
 * `sendmail … | cat` ends when `sendmail` does and a file system can be unmounted under a runner.
 */
import { realpathSync } from "node:fs"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { BackgroundDelivery } from "../../services/BackgroundDelivery.ts"
import { Config } from "../../services/Config.ts"
import { Queue } from "../../services/Queue.ts"

/** Of Node's `process`. */
export interface OwnProcess {
  readonly argv: ReadonlyArray<string>
  readonly execPath: string
  readonly env: Readonly<Record<string, string | undefined>>
}

class RunnerNotStarted extends Data.TaggedError("RunnerNotStarted")<{ readonly cause: unknown }> {
  override get message(): string {
    return this.cause instanceof Error ? this.cause.message : String(this.cause)
  }
}

/** By the program's own path, as a link to it may be called sendmail. A standalone executable is its own script. */
const launch = (
  own: OwnProcess,
  args: ReadonlyArray<string>,
  place: { readonly cwd?: string } = {}
): Effect.Effect<void, RunnerNotStarted> =>
  Effect.gen(function* () {
    const { spawn } = yield* Effect.promise(() => import("node:child_process"))
    const { isSea } = yield* Effect.promise(() => import("node:sea"))
    const failed = (cause: unknown) => new RunnerNotStarted({ cause })
    const script = yield* Effect.try({
      try: () => (isSea() ? [] : [realpathSync(own.argv[1] ?? "")]),
      catch: failed
    })
    yield* Effect.async<void, RunnerNotStarted>((resume) => {
      const child = spawn(own.execPath, [...script, ...args], {
        ...place,
        argv0: isSea() ? "esmtp" : own.execPath,
        detached: true,
        env: own.env,
        stdio: "ignore"
      })
      child.once("error", (cause) => resume(failed(cause)))
      child.once("spawn", () => {
        child.unref()
        resume(Effect.void)
      })
    })
  })

const warn = (error: { readonly message: string }) =>
  Effect.logWarning("background delivery not started").pipe(Effect.annotateLogs({ reason: error.message }))

/** With our configuration, wherever we were. */
const runner = (configPath: string | undefined): ReadonlyArray<string> => [
  ...["deliver", "--due", "--linger"],
  ...(configPath === undefined ? [] : ["-C", configPath])
]

/**
 * Another process does what this one was asked to do, in the same directory, as files may be named by it. False: it could
 * not be started, which is told.
 */
export const handOver = (own: OwnProcess): Effect.Effect<boolean> =>
  launch(own, ["--foreground", ...own.argv.slice(2)]).pipe(
    Effect.as(true),
    Effect.catchAll((error) => Effect.as(warn(error), false))
  )

export const layer = (own: OwnProcess): Layer.Layer<BackgroundDelivery, never, Queue | Config> =>
  Layer.effect(
    BackgroundDelivery,
    Effect.gen(function* () {
      const queue = yield* Queue
      const { path } = yield* Config
      return BackgroundDelivery.of({
        start: Effect.gen(function* () {
          if (!(yield* queue.wake)) yield* launch(own, runner(path), { cwd: "/" })
        }).pipe(Effect.catchAll(warn))
      })
    })
  )
