/**
 * `preconnect` and `postconnect`: commands for the shell, as their users write them.
 *
 * Source: esmtp: main.c (`system`), esmtprc(5).
 * Deviations: standard input is /dev/null, for ours is the message; what a hook prints goes to standard error, for
 * standard output belongs to the caller; there is a time limit; the environment lacks what runs other code.
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Limits from "../../domain/mda/Limits.ts"
import { HookFailed, type ProgramEnd } from "../../domain/mda/MdaError.ts"
import { shellPath } from "../../domain/mda/MdaTemplate.ts"
import { Hooks } from "../../services/Hooks.ts"
import { LocalSystem } from "../../services/LocalSystem.ts"
import { StandardStreams } from "../../services/StandardStreams.ts"
import { TrafficLog } from "../../services/TrafficLog.ts"
import { type Program, start, untilEnd } from "./ChildProcess.ts"
import { type Inherited, ofHook } from "./Environment.ts"

export interface CommandHooksOptions {
  /** Environment of this process. */
  readonly env: Inherited
  /** Default 300 s: a connection to be made, perhaps a passphrase to be typed. */
  readonly timeoutMillis?: number
}

const standardError = 2

const isSuccess = (end: ProgramEnd): boolean => end._tag === "Exited" && end.status === 0

const run = (program: Program, timeoutMillis: number): Effect.Effect<ProgramEnd> =>
  Effect.gen(function* () {
    const started = yield* Effect.either(start(program))
    return Either.isLeft(started)
      ? { _tag: "NotStarted" as const, detail: started.left.detail }
      : yield* untilEnd(started.right, timeoutMillis, Effect.void)
  }).pipe(Effect.scoped)

export const make = (options: CommandHooksOptions) =>
  Effect.gen(function* () {
    const account = yield* LocalSystem
    const { errorIsTerminal } = yield* StandardStreams
    const { record } = yield* TrafficLog
    return Hooks.of({
      run: Effect.fn("hook")(function* (hook, command) {
        yield* Effect.annotateCurrentSpan({ hook })
        yield* record({ _tag: "HookStarted", hook, command })
        const end = yield* run(
          {
            file: shellPath,
            args: ["-c", command],
            env: ofHook(options.env, account),
            stdio: ["ignore", standardError, standardError],
            // Where a person looks on, `ssh` may ask for a passphrase, which takes the caller's terminal.
            group: errorIsTerminal ? "shared" : "own",
            outputMaxBytes: 0
          },
          options.timeoutMillis ?? Limits.hookMillis
        )
        if (!isSuccess(end)) return yield* new HookFailed({ hook, command, end })
      })
    })
  })

export const layer = (
  options: CommandHooksOptions
): Layer.Layer<Hooks, never, LocalSystem | StandardStreams | TrafficLog> => Layer.effect(Hooks, make(options))
