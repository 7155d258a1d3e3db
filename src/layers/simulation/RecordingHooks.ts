/** `Hooks` that run nothing: what would be run is kept, and ends as its script says. */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Limits from "../../domain/mda/Limits.ts"
import { HookFailed } from "../../domain/mda/MdaError.ts"
import * as ProgramScript from "../../domain/simulation/ProgramScript.ts"
import { Hooks } from "../../services/Hooks.ts"
import { TrafficLog } from "../../services/TrafficLog.ts"

export interface HookRun {
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly hook: "preconnect" | "postconnect"
  readonly command: string
}

interface Shell {
  state: ProgramScript.ProgramState
  readonly runs: Array<HookRun>
}

export class Probe extends Context.Tag("esmtp/layers/simulation/RecordingHooks/Probe")<
  Probe,
  {
    /** In their order, whatever came of them. */
    readonly runs: Effect.Effect<ReadonlyArray<HookRun>>
    readonly shell: Shell
  }
>() {}

/** Shared by all `Hooks` above it. Rules match the command as written. */
export const probe = (script: ProgramScript.ProgramScript): Layer.Layer<Probe> =>
  Layer.sync(Probe, () => {
    const shell: Shell = { state: ProgramScript.make(script), runs: [] }
    return Probe.of({ runs: Effect.sync(() => [...shell.runs]), shell })
  })

export const layer: Layer.Layer<Hooks, never, Probe | TrafficLog> = Layer.effect(
  Hooks,
  Effect.gen(function* () {
    const { shell } = yield* Probe
    const { record } = yield* TrafficLog
    return Hooks.of({
      run: Effect.fn("hook")(function* (hook, command) {
        yield* record({ _tag: "HookStarted", hook, command })
        const now = yield* Clock.currentTimeMillis
        const { rule, state } = ProgramScript.run(shell.state, [command], now)
        shell.state = state
        shell.runs.push({ at: now, hook, command })
        const { delayMillis = 0 } = rule
        yield* Effect.sleep(Duration.millis(Math.min(delayMillis, Limits.hookMillis)))
        if (delayMillis > Limits.hookMillis)
          return yield* new HookFailed({
            hook,
            command,
            end: { _tag: "TimedOut", afterMillis: Limits.hookMillis }
          })
        const end = ProgramScript.endOf(rule)
        if (end._tag !== "Exited" || end.status !== 0) return yield* new HookFailed({ hook, command, end })
      })
    })
  })
)
