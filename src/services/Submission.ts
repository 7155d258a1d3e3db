/** One message in: delivered now, or safe in the queue. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Stream from "effect/Stream"
import type { ConfigError } from "../domain/config/ConfigError.ts"
import type { Explanation } from "../domain/invocation/Explanation.ts"
import type { SubmitRequest } from "../domain/invocation/Invocation.ts"
import type { UsageError } from "../domain/invocation/UsageError.ts"
import type { MessageError } from "../domain/mail/MessageError.ts"
import type { Outcome } from "../domain/mail/Outcome.ts"
import type { QueueFailed } from "../domain/queue/QueueError.ts"

export type SubmissionReport =
  | { readonly _tag: "Attempted"; readonly outcomes: ReadonlyArray<Outcome> }
  | { readonly _tag: "Queued"; readonly id: string }

export type SubmissionError = UsageError | ConfigError | MessageError | QueueFailed

export class Submission extends Context.Tag("esmtp/services/Submission")<
  Submission,
  {
    /** Fails before anything is sent or queued; what happens to recipients after that is in the report. */
    readonly submit: (
      request: SubmitRequest,
      input: Stream.Stream<Uint8Array, MessageError>
    ) => Effect.Effect<SubmissionReport, SubmissionError>
    /** Everything `submit` would decide, without touching network, queue or hook. */
    readonly explain: (
      request: SubmitRequest,
      input: Stream.Stream<Uint8Array, MessageError>
    ) => Effect.Effect<Explanation, SubmissionError>
  }
>() {}
