/** `esmtp explain`, `-bv`: what would be done, and why. */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { explanationJson, explanationLines } from "../../domain/invocation/Explanation.ts"
import type { SubmitRequest } from "../../domain/invocation/Invocation.ts"
import { SysExit } from "../../domain/invocation/SysExit.ts"
import { StandardInput } from "../../services/StandardInput.ts"
import { StandardStreams } from "../../services/StandardStreams.ts"
import { Submission, type SubmissionError } from "../../services/Submission.ts"

/** A person who asks about a command line is not asked for a message; only `-t` can't do without. */
export const explain = (
  request: SubmitRequest,
  json: boolean
): Effect.Effect<SysExit, SubmissionError, Submission | StandardInput | StandardStreams> =>
  Effect.gen(function* () {
    const submission = yield* Submission
    const { isTerminal, message } = yield* StandardInput
    const { out } = yield* StandardStreams
    const isNeedless = isTerminal && !request.recipientsFromHeader
    const input = isNeedless ? Stream.empty : message({ ignoreDots: request.ignoreDots })
    const explanation = yield* submission.explain(request, input)
    yield* out(
      json
        ? `${JSON.stringify(explanationJson(explanation))}\n`
        : `${explanationLines(explanation).join("\n")}\n`
    )
    return SysExit.Ok
  })
