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

/** By the program's own path, as a link to it may be called sendmail; with our configuration, wherever we were. */
const command = ({ argv }: OwnProcess, configPath: string | undefined): ReadonlyArray<string> => {
  const configuration = configPath === undefined ? [] : ["-C", configPath]
  return [realpathSync(argv[1] ?? ""), "deliver", "--due", "--linger", ...configuration]
}

const launch = (own: OwnProcess, configPath: string | undefined): Effect.Effect<void, RunnerNotStarted> =>
  Effect.gen(function* () {
    const { spawn } = yield* Effect.promise(() => import("node:child_process"))
    const failed = (cause: unknown) => new RunnerNotStarted({ cause })
    const args = yield* Effect.try({ try: () => command(own, configPath), catch: failed })
    yield* Effect.async<void, RunnerNotStarted>((resume) => {
      const child = spawn(own.execPath, args, { cwd: "/", detached: true, env: own.env, stdio: "ignore" })
      child.once("error", (cause) => resume(failed(cause)))
      child.once("spawn", () => {
        child.unref()
        resume(Effect.void)
      })
    })
  })

const warn = (error: { readonly message: string }) =>
  Effect.logWarning("background delivery not started").pipe(Effect.annotateLogs({ reason: error.message }))

export const layer = (own: OwnProcess): Layer.Layer<BackgroundDelivery, never, Queue | Config> =>
  Layer.effect(
    BackgroundDelivery,
    Effect.gen(function* () {
      const queue = yield* Queue
      const { path } = yield* Config
      return BackgroundDelivery.of({
        start: Effect.gen(function* () {
          if (!(yield* queue.wake)) yield* launch(own, path)
        }).pipe(Effect.catchAll(warn))
      })
    })
  )
