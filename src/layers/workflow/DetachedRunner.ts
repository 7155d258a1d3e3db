/**
 * `BackgroundDelivery` by a process of its own: own session, no inherited descriptor, working directory `/`, so that
 * `sendmail … | cat` ends when `sendmail` does and a file system can be unmounted under a runner.
 */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { BackgroundDelivery } from "../../services/BackgroundDelivery.ts"
import { Config } from "../../services/Config.ts"
import { Queue } from "../../services/Queue.ts"

export interface RunnerCommand {
  readonly program: string
  readonly args: ReadonlyArray<string>
  readonly env: Readonly<Record<string, string | undefined>>
}

class RunnerNotStarted extends Data.TaggedError("RunnerNotStarted")<{ readonly cause: unknown }> {
  override get message(): string {
    return this.cause instanceof Error ? this.cause.message : String(this.cause)
  }
}

const launch = ({ program, args, env }: RunnerCommand): Effect.Effect<void, RunnerNotStarted> =>
  Effect.gen(function* () {
    const { spawn } = yield* Effect.promise(() => import("node:child_process"))
    yield* Effect.async<void, RunnerNotStarted>((resume) => {
      const child = spawn(program, args, { cwd: "/", detached: true, env, stdio: "ignore" })
      child.once("error", (cause) => resume(Effect.fail(new RunnerNotStarted({ cause }))))
      child.once("spawn", () => {
        child.unref()
        resume(Effect.void)
      })
    })
  })

const warn = (error: { readonly message: string }) =>
  Effect.logWarning("background delivery not started").pipe(Effect.annotateLogs({ reason: error.message }))

/** The same configuration as ours, whatever the working directory was. */
const configured = (command: RunnerCommand, path: string | undefined): RunnerCommand =>
  path === undefined ? command : { ...command, args: [...command.args, "-C", path] }

export const layer = (command: RunnerCommand): Layer.Layer<BackgroundDelivery, never, Queue | Config> =>
  Layer.effect(
    BackgroundDelivery,
    Effect.gen(function* () {
      const queue = yield* Queue
      const { path } = yield* Config
      return BackgroundDelivery.of({
        start: Effect.gen(function* () {
          if (yield* queue.wake) return
          yield* launch(configured(command, path))
        }).pipe(Effect.catchAll(warn))
      })
    })
  )
