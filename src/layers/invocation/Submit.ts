/** A message from standard input: the sendmail path. */
import * as Effect from "effect/Effect"
import type { SubmitRequest } from "../../domain/invocation/Invocation.ts"
import { SysExit } from "../../domain/invocation/SysExit.ts"
import { StandardInput } from "../../services/StandardInput.ts"
import type { StandardStreams } from "../../services/StandardStreams.ts"
import { Submission, type SubmissionError } from "../../services/Submission.ts"
import { type ReportingOptions, tellOutcomes } from "./Reporting.ts"

export const submit = (
  request: SubmitRequest,
  options: ReportingOptions
): Effect.Effect<SysExit, SubmissionError, Submission | StandardInput | StandardStreams> =>
  Effect.gen(function* () {
    const submission = yield* Submission
    const { message } = yield* StandardInput
    const report = yield* submission.submit(request, message({ ignoreDots: request.ignoreDots }))
    return report._tag === "Queued" ? SysExit.Ok : yield* tellOutcomes(report.outcomes, options)
  })
