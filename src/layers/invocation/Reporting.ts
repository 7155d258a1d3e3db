/** Tells the caller what went wrong: one line a failure on standard error, and advice where a person reads it. */
import * as Effect from "effect/Effect"
import { adviceLines } from "../../domain/invocation/Advice.ts"
import type { SysExit } from "../../domain/invocation/SysExit.ts"
import { type EsmtpError, fromError, fromOutcomes } from "../../domain/invocation/SysExits.ts"
import { errorLine, outcomeLines } from "../../domain/invocation/Wording.ts"
import type { DeliveryError, Outcome } from "../../domain/mail/Outcome.ts"
import { StandardStreams } from "../../services/StandardStreams.ts"

export interface ReportingOptions {
  /** `-v` */
  readonly verbose: boolean
}

const tell = (
  lines: ReadonlyArray<string>,
  errors: ReadonlyArray<EsmtpError>,
  { verbose }: ReportingOptions
): Effect.Effect<void, never, StandardStreams> =>
  Effect.gen(function* () {
    const streams = yield* StandardStreams
    const hints = verbose || streams.errorIsTerminal ? adviceLines(errors) : []
    const text = [...lines, ...hints].map((line) => `${line}\n`).join("")
    if (text !== "") yield* streams.error(text)
  })

export const tellError = (
  error: EsmtpError,
  options: ReportingOptions
): Effect.Effect<SysExit, never, StandardStreams> =>
  tell([errorLine(error)], [error], options).pipe(Effect.as(fromError(error)))

const failures = (outcomes: ReadonlyArray<Outcome>): ReadonlyArray<DeliveryError> =>
  outcomes.flatMap(({ result }) => (result._tag === "Left" ? [result.left] : []))

export const tellOutcomes = (
  outcomes: ReadonlyArray<Outcome>,
  options: ReportingOptions
): Effect.Effect<SysExit, never, StandardStreams> =>
  tell(outcomeLines(outcomes), failures(outcomes), options).pipe(Effect.as(fromOutcomes(outcomes)))
