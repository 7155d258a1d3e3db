/**
 * `Submission`: prepare the message, then deliver it now or make it safe in the queue.
 *
 * Source: esmtp: main.c, esmtp-wrapper. Deviation: whether to wait is a setting, not another program.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Settings } from "../../domain/config/Settings.ts"
import type { SubmitRequest } from "../../domain/invocation/Invocation.ts"
import type { MessageError } from "../../domain/mail/MessageError.ts"
import type { Outcome } from "../../domain/mail/Outcome.ts"
import { rulingsOf } from "../../domain/queue/Judgement.ts"
import type { QueueFailed } from "../../domain/queue/QueueError.ts"
import { outcomeFields } from "../../domain/telemetry/OutcomeFields.ts"
import { BackgroundDelivery } from "../../services/BackgroundDelivery.ts"
import { Config } from "../../services/Config.ts"
import type { Hooks } from "../../services/Hooks.ts"
import { LocalSystem } from "../../services/LocalSystem.ts"
import type { MdaRunner } from "../../services/MdaRunner.ts"
import { Queue } from "../../services/Queue.ts"
import type { SmtpTransport } from "../../services/SmtpTransport.ts"
import { Submission, type SubmissionReport } from "../../services/Submission.ts"
import * as Attempt from "./Attempt.ts"
import * as Preparation from "./Preparation.ts"

export type Needs =
  | Preparation.Needs
  | SmtpTransport
  | Hooks
  | MdaRunner
  | Attempt.SendNeeds
  | Queue
  | BackgroundDelivery

/** Absent: the global section without a name. */
const identityField = ({ resolved: { identity } }: Preparation.Prepared) =>
  identity.name === undefined ? {} : { identity: identity.name }

const logOutcomes = (
  prepared: Preparation.Prepared,
  outcomes: ReadonlyArray<Outcome>,
  delayMillis: number
) => {
  const { envelope, message, messageId } = prepared
  return Effect.forEach(rulingsOf(envelope, outcomes), (ruling) =>
    Effect.logInfo("outcome").pipe(
      Effect.annotateLogs(
        outcomeFields({
          ...identityField(prepared),
          ...(messageId !== undefined && { messageId }),
          ...{ envelope, sizeBytes: message.facts.sizeBytes, delayMillis, ruling }
        })
      )
    )
  )
}

const deliverNow = (
  prepared: Preparation.Prepared,
  settings: Settings
): Effect.Effect<SubmissionReport, Attempt.MessageUnreadable, Needs> =>
  Effect.gen(function* () {
    const { envelope, message, resolved } = prepared
    const requireAllRecipients = settings.requireAllRecipients ?? true
    const [took, outcomes] = yield* Effect.timed(
      Attempt.everyRoute(resolved.identity, envelope, message, { requireAllRecipients })
    )
    yield* logOutcomes(prepared, outcomes, Duration.toMillis(took))
    return { _tag: "Attempted", outcomes }
  })

const enqueue = (
  prepared: Preparation.Prepared,
  argv: ReadonlyArray<string>
): Effect.Effect<SubmissionReport, QueueFailed | MessageError, Queue> =>
  Effect.gen(function* () {
    const queue = yield* Queue
    const { envelope, message, messageId } = prepared
    const id = yield* queue.enqueue({
      envelope,
      message,
      argv,
      ...identityField(prepared),
      ...(messageId !== undefined && { messageId })
    })
    return { _tag: "Queued", id }
  })

const submit = (
  request: SubmitRequest,
  input: Parameters<typeof Preparation.prepare>[1],
  argv: ReadonlyArray<string>
) =>
  Effect.gen(function* () {
    const settings = yield* Config
    const prepared = yield* Preparation.prepare(request, input)
    const mode = request.deliveryMode ?? settings.deliveryMode
    yield* Effect.annotateCurrentSpan({
      ...identityField(prepared),
      recipients: prepared.envelope.recipients.length,
      bytes: prepared.message.facts.sizeBytes,
      mode
    })
    if (mode === "interactive") return yield* deliverNow(prepared, settings)
    const report = yield* enqueue(prepared, argv)
    const background = yield* BackgroundDelivery
    if (mode === "background") yield* background.start
    return report
  }).pipe(Effect.scoped, Effect.withSpan("submission"))

const explain = (request: SubmitRequest, input: Parameters<typeof Preparation.prepare>[1]) =>
  Effect.gen(function* () {
    const settings = yield* Config
    const { hostName } = yield* LocalSystem
    const { envelope, message, resolved, changes, messageId } = yield* Preparation.prepare(request, input)
    return {
      settings,
      resolved,
      envelope,
      changes,
      facts: message.facts,
      mode: request.deliveryMode ?? settings.deliveryMode,
      heloName: resolved.identity.relay.helo ?? hostName,
      ...(messageId !== undefined && { messageId })
    }
  }).pipe(Effect.scoped)

/** `argv`: the command line, kept with a queued message. */
export const layer = (argv: ReadonlyArray<string>): Layer.Layer<Submission, never, Needs> =>
  Layer.effect(
    Submission,
    Effect.map(Effect.context<Needs>(), (services) =>
      Submission.of({
        submit: (request, input) => Effect.provide(submit(request, input, argv), services),
        explain: (request, input) => Effect.provide(explain(request, input), services)
      })
    )
  )
