/**
 * One try at one message: the relay's recipients and the MDA's recipients, each with an outcome of its own.
 *
 * Source: esmtp: main.c, smtp.c `smtp_send`, local.c. Deviations: local and remote delivery don't depend on each other;
 * a failing `postconnect` warns, because the message has been delivered.
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type { Identity } from "../../domain/config/Settings.ts"
import type { Envelope, Recipient } from "../../domain/mail/Envelope.ts"
import type { MessageError } from "../../domain/mail/MessageError.ts"
import type { DeliveryError, Outcome, Receipt } from "../../domain/mail/Outcome.ts"
import type { QueueFailed } from "../../domain/queue/QueueError.ts"
import type { RecipientResult } from "../../domain/smtp/DialogueTypes.ts"
import { Hooks } from "../../services/Hooks.ts"
import { MdaRunner } from "../../services/MdaRunner.ts"
import type { Message } from "../../services/Message.ts"
import { type SessionError, SmtpTransport } from "../../services/SmtpTransport.ts"
import { TrafficLog } from "../../services/TrafficLog.ts"

/** The message itself could not be read: nothing can be said of any recipient. */
export type MessageUnreadable = MessageError | QueueFailed

export const routed = (envelope: Envelope, route: Recipient["route"]): Envelope => ({
  ...envelope,
  recipients: envelope.recipients.filter((recipient) => recipient.route === route)
})

export const allFailed = (
  recipients: ReadonlyArray<Recipient>,
  error: DeliveryError
): ReadonlyArray<Outcome> => recipients.map((recipient) => ({ recipient, result: Either.left(error) }))

export const fromResults = (relay: string, results: ReadonlyArray<RecipientResult>): ReadonlyArray<Outcome> =>
  results.map(({ recipient, result }) => ({
    recipient,
    result: Either.map(result, (reply): Receipt => ({ _tag: "Relayed", reply, relay }))
  }))

const runPostconnect = (command: string): Effect.Effect<void, never, Hooks> =>
  Effect.gen(function* () {
    const hooks = yield* Hooks
    yield* hooks.run("postconnect", command)
  }).pipe(
    Effect.catchTag("HookFailed", (error) =>
      Effect.logWarning("postconnect failed after delivery").pipe(
        Effect.annotateLogs({ reason: error.message })
      )
    )
  )

export interface RelayOptions {
  readonly requireAllRecipients: boolean
}

const endedTheSession = (error: SessionError | MessageUnreadable): error is SessionError =>
  error._tag !== "MessageError" && error._tag !== "QueueFailed"

const oneSession = (identity: Identity, envelope: Envelope, message: Message, options: RelayOptions) =>
  Effect.gen(function* () {
    const transport = yield* SmtpTransport
    const log = yield* TrafficLog
    const session = yield* transport.open(identity.relay)
    yield* log.record({
      _tag: "TransactionStarted",
      reversePath: envelope.reversePath,
      recipients: envelope.recipients
    })
    return yield* session.send(envelope, message, options)
  }).pipe(Effect.scoped)

/** The recipients of route `relay`, over a session of their own, with the hooks around it. */
export const overRelay = (
  identity: Identity,
  whole: Envelope,
  message: Message,
  options: RelayOptions
): Effect.Effect<ReadonlyArray<Outcome>, MessageUnreadable, SmtpTransport | Hooks | TrafficLog> =>
  Effect.gen(function* () {
    const envelope = routed(whole, "relay")
    if (envelope.recipients.length === 0) return []
    if (identity.preconnect !== undefined) {
      const hooks = yield* Hooks
      yield* hooks.run("preconnect", identity.preconnect)
    }
    const results = yield* oneSession(identity, envelope, message, options)
    const outcomes = fromResults(`${identity.relay.host}:${identity.relay.service}`, results)
    if (identity.postconnect !== undefined && outcomes.some(({ result }) => Either.isRight(result))) {
      yield* runPostconnect(identity.postconnect)
    }
    return outcomes
  }).pipe(
    Effect.catchIf(endedTheSession, (error) =>
      Effect.succeed(allFailed(routed(whole, "relay").recipients, error))
    )
  )

/** The recipients of route `mda`, in one run of the MDA. */
export const overMda = (
  whole: Envelope,
  message: Message
): Effect.Effect<ReadonlyArray<Outcome>, MessageUnreadable, MdaRunner> =>
  Effect.gen(function* () {
    const { recipients, reversePath } = routed(whole, "mda")
    if (recipients.length === 0) return []
    const mda = yield* MdaRunner
    return yield* mda
      .deliver(
        reversePath,
        recipients.map(({ mailbox }) => mailbox),
        message
      )
      .pipe(
        Effect.map((receipt) =>
          recipients.map((recipient) => ({ recipient, result: Either.right(receipt) }))
        ),
        Effect.catchTag("MdaFailed", (error) => Effect.succeed(allFailed(recipients, error)))
      )
  })

/** Both routes at once; outcomes in the order of the envelope. */
export const everyRoute = (
  identity: Identity,
  envelope: Envelope,
  message: Message,
  options: RelayOptions
): Effect.Effect<ReadonlyArray<Outcome>, MessageUnreadable, SmtpTransport | Hooks | TrafficLog | MdaRunner> =>
  Effect.gen(function* () {
    const parts = yield* Effect.all(
      [overRelay(identity, envelope, message, options), overMda(envelope, message)],
      { concurrency: 2 }
    )
    const outcomes = parts.flat()
    return envelope.recipients.flatMap((recipient) =>
      outcomes.filter((outcome) => outcome.recipient === recipient)
    )
  })
