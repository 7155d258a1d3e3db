/**
 * `TrafficLog` for a terminal user: the lines of `-v` on standard output, the file of `-X`, or nothing; and always a line
 * on standard error where the relay can't do what was asked for.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { debugLog } from "../../domain/telemetry/EventFields.ts"
import type { OutputError } from "../../domain/telemetry/OutputError.ts"
import type { SessionEvent } from "../../domain/telemetry/SessionEvent.ts"
import * as VerboseText from "../../domain/telemetry/VerboseText.ts"
import { StandardStreams } from "../../services/StandardStreams.ts"
import { TrafficLog } from "../../services/TrafficLog.ts"
import * as TranscriptFile from "./TranscriptFile.ts"

export type Record = (event: SessionEvent) => Effect.Effect<void>

const verboseConsole = (out: (text: string) => Effect.Effect<void>): Record => {
  let state = VerboseText.initial
  return (event) => {
    const step = VerboseText.step(state, event)
    state = step.state
    return step.text === "" ? Effect.void : out(step.text)
  }
}

/** RFC 3461 §5.2.2: the message goes on without its parameters, so nobody else will tell. */
const dsnOmitted =
  "esmtp: DSN not offered by the relay: sent without the notifications asked for (-N, -R, -V)\n"

/** Once, however many messages go to that relay. */
const shortcomings = (error: (text: string) => Effect.Effect<void>): Record => {
  let isTold = false
  return (event) => {
    if (isTold || event._tag !== "Noted" || event.note._tag !== "DsnNotOffered") return Effect.void
    isTold = true
    return error(dsnOmitted)
  }
}

const debugRecorder: Record = (event) => {
  const log = debugLog(event)
  return log === undefined ? Effect.void : Effect.logDebug(log.message).pipe(Effect.annotateLogs(log.fields))
}

/** Nothing where nobody has anything to do, which is nearly always. */
const together =
  (recorders: ReadonlyArray<Record>): Record =>
  (event) =>
    recorders.reduce<Effect.Effect<void>>((before, record) => {
      const told = record(event)
      if (told === Effect.void) return before
      return before === Effect.void ? told : Effect.zipRight(before, told)
    }, Effect.void)

export interface ObserverOptions {
  /** `-d`: 0 is off. */
  readonly debugLevel: number
  readonly verbose: boolean
  readonly transcriptPath?: string
  /** Whoever else wants to know. */
  readonly record?: Record
}

export const layer = (options: ObserverOptions): Layer.Layer<TrafficLog, OutputError, StandardStreams> =>
  Layer.scoped(
    TrafficLog,
    Effect.gen(function* () {
      const streams = yield* StandardStreams
      const recorders: Array<Record> = [shortcomings(streams.error)]
      if (options.verbose) recorders.push(verboseConsole(streams.out))
      if (options.transcriptPath !== undefined)
        recorders.push(yield* TranscriptFile.open(options.transcriptPath))
      if (options.debugLevel > 0) recorders.push(debugRecorder)
      if (options.record !== undefined) recorders.push(options.record)
      return TrafficLog.of({
        record: together(recorders)
      })
    })
  )
