/**
 * `MdaRunner` that runs nothing: it makes the command that would be run, reads the message to its end, keeps it, and ends
 * as its script says.
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { toLf } from "../../domain/mail/LfLines.ts"
import * as Limits from "../../domain/mda/Limits.ts"
import { commandFor, type MdaCommand, receiptOf } from "../../domain/mda/MdaCommand.ts"
import type { ProgramEnd } from "../../domain/mda/MdaError.ts"
import * as ProgramScript from "../../domain/simulation/ProgramScript.ts"
import { Config } from "../../services/Config.ts"
import { MdaRunner } from "../../services/MdaRunner.ts"
import type { Message } from "../../services/Message.ts"
import { TrafficLog } from "../../services/TrafficLog.ts"

export interface LocalMail {
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly command: string
  readonly sender: string
  readonly recipients: ReadonlyArray<string>
  /** Header and body with LF line ends, as the MDA reads them; as octets, each a character. */
  readonly text: string
}

interface Household {
  state: ProgramScript.ProgramState
  readonly taken: Array<LocalMail>
}

/** What the MDA has taken. */
export class Probe extends Context.Tag("esmtp/layers/simulation/RecordingMda/Probe")<
  Probe,
  {
    /** Messages read to their end by a run that ended with status 0, in their order. */
    readonly taken: Effect.Effect<ReadonlyArray<LocalMail>>
    readonly household: Household
  }
>() {}

/** Shared by every `MdaRunner` above it. */
export const probe = (script: ProgramScript.ProgramScript): Layer.Layer<Probe> =>
  Layer.sync(Probe, () => {
    const household: Household = { state: ProgramScript.make(script), taken: [] }
    return Probe.of({ taken: Effect.sync(() => [...household.taken]), household })
  })

const latin1 = new TextDecoder("latin1")

const read = (message: Message) =>
  Stream.runFold(message.body, latin1.decode(toLf(message.header.local)), (text, octets) =>
    octets.length === 0 ? text : text + latin1.decode(toLf(octets))
  )

const run = (household: Household, { display, values }: MdaCommand, message: Message) =>
  Effect.gen(function* () {
    const now = yield* Clock.currentTimeMillis
    const { rule, state } = ProgramScript.run(household.state, values.recipients, now)
    household.state = state
    const text = rule.isNotReading === true ? undefined : yield* read(message)
    const { delayMillis = 0 } = rule
    yield* Effect.sleep(Duration.millis(Math.min(delayMillis, Limits.mdaMillis)))
    const scripted = ProgramScript.endOf(rule)
    const end: ProgramEnd =
      delayMillis > Limits.mdaMillis ? { _tag: "TimedOut", afterMillis: Limits.mdaMillis } : scripted
    if (text !== undefined && end._tag === "Exited" && end.status === 0) {
      const { recipients, sender } = values
      household.taken.push({ at: now, command: display, sender, recipients, text })
    }
    return { end, output: rule.prints ?? "" }
  })

export const layer: Layer.Layer<MdaRunner, never, Probe | Config | TrafficLog> = Layer.effect(
  MdaRunner,
  Effect.gen(function* () {
    const { household } = yield* Probe
    const settings = yield* Config
    const { record } = yield* TrafficLog
    return MdaRunner.of({
      deliver: Effect.fn("mda")(function* (reversePath, recipients, message) {
        const command = yield* commandFor(settings, reversePath, recipients)
        const { display } = command
        yield* record({ _tag: "MdaStarted", command: display })
        const { end, output } = yield* run(household, command, message)
        yield* record({ _tag: "MdaFinished", command: display })
        return yield* receiptOf(display, end, output)
      })
    })
  })
)
