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
import type { HookFailed, MdaFailed } from "../../domain/mda/MdaError.ts"
import type { QueueFailed } from "../../domain/queue/QueueError.ts"
import type { RecipientResult } from "../../domain/smtp/DialogueTypes.ts"
import type { Relay } from "../../domain/smtp/Relay.ts"
import { Hooks } from "../../services/Hooks.ts"
import { MdaRunner } from "../../services/MdaRunner.ts"
import type { Message } from "../../services/Message.ts"
import type { MimeConverter } from "../../services/MimeConverter.ts"
import { type SessionError, type SmtpSession, SmtpTransport } from "../../services/SmtpTransport.ts"
import { TrafficLog } from "../../services/TrafficLog.ts"
import * as RelayForm from "./RelayForm.ts"

/** Of a transaction. */
export type SendNeeds = TrafficLog | MimeConverter

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

export const relayName = ({ host, service }: Relay): string => `${host}:${service}`

const fromResults = (relay: string, results: ReadonlyArray<RecipientResult>): ReadonlyArray<Outcome> =>
  results.map(({ recipient, result }) => ({
    recipient,
    result: Either.map(result, (reply): Receipt => ({ _tag: "Relayed", reply, relay }))
  }))

export const preconnect = (identity: Identity): Effect.Effect<void, HookFailed, Hooks> =>
  Effect.gen(function* () {
    if (identity.preconnect === undefined) return
    const hooks = yield* Hooks
    yield* hooks.run("preconnect", identity.preconnect)
  })

/** After a delivery; what goes wrong is only told, because the message is delivered. */
export const postconnect = (identity: Identity): Effect.Effect<void, never, Hooks> =>
  Effect.gen(function* () {
    if (identity.postconnect === undefined) return
    const hooks = yield* Hooks
    yield* hooks.run("postconnect", identity.postconnect)
  }).pipe(
    Effect.catchTag("HookFailed", (error) =>
      Effect.logWarning("postconnect failed after delivery").pipe(
        Effect.annotateLogs({ reason: error.message })
      )
    )
  )

export interface RelayOptions {
  readonly requireAllRecipients: boolean
  /** Told of each transaction's outcomes before the next one begins; a failure stops the sending. */
  readonly onOutcomes?: (outcomes: ReadonlyArray<Outcome>) => Effect.Effect<void, QueueFailed>
}

export const endedTheSession = (error: SessionError | MessageUnreadable): error is SessionError =>
  error._tag !== "MessageError" && error._tag !== "QueueFailed"

/** One transaction for the recipients of route `relay`, on a session that stands. */
export const sendOver = (
  session: SmtpSession,
  relay: Relay,
  whole: Envelope,
  message: Message,
  options: RelayOptions
): Effect.Effect<ReadonlyArray<Outcome>, MessageUnreadable, SendNeeds> =>
  Effect.gen(function* () {
    const envelope = routed(whole, "relay")
    const log = yield* TrafficLog
    const { recipients, reversePath } = envelope
    yield* log.record({ _tag: "TransactionStarted", reversePath, recipients })
    const { onOutcomes, requireAllRecipients } = options
    const fitted = yield* RelayForm.fit(session.facts, message)
    const outcomesOf = (results: ReadonlyArray<RecipientResult>) =>
      fromResults(relayName(relay), RelayForm.explained(results, fitted.obstacle))
    const results = yield* session.send(envelope, fitted.message, {
      requireAllRecipients,
      ...(onOutcomes !== undefined && { onResults: (some) => onOutcomes(outcomesOf(some)) })
    })
    return outcomesOf(results)
  })

const oneSession = (identity: Identity, envelope: Envelope, message: Message, options: RelayOptions) =>
  Effect.gen(function* () {
    const transport = yield* SmtpTransport
    const session = yield* transport.open(identity.relay)
    return yield* sendOver(session, identity.relay, envelope, message, options)
  }).pipe(Effect.scoped)

/** The recipients of route `relay`, over a session of their own, with the hooks around it. */
export const overRelay = (
  identity: Identity,
  whole: Envelope,
  message: Message,
  options: RelayOptions
): Effect.Effect<ReadonlyArray<Outcome>, MessageUnreadable, SmtpTransport | Hooks | SendNeeds> =>
  Effect.gen(function* () {
    const envelope = routed(whole, "relay")
    if (envelope.recipients.length === 0) return []
    yield* preconnect(identity)
    const outcomes = yield* oneSession(identity, envelope, message, options)
    if (outcomes.some(({ result }) => Either.isRight(result))) yield* postconnect(identity)
    return outcomes
  }).pipe(
    Effect.catchIf(endedTheSession, (error) =>
      Effect.succeed(allFailed(routed(whole, "relay").recipients, error))
    )
  )

const runMda = (
  reversePath: Envelope["reversePath"],
  recipients: ReadonlyArray<Recipient>,
  message: Message
): Effect.Effect<ReadonlyArray<Outcome>, MdaFailed | MessageUnreadable, MdaRunner> =>
  Effect.gen(function* () {
    const mda = yield* MdaRunner
    const mailboxes = recipients.map(({ mailbox }) => mailbox)
    const receipt = yield* mda.deliver(reversePath, mailboxes, message)
    return recipients.map((recipient) => ({ recipient, result: Either.right(receipt) }))
  })

/** The recipients of route `mda`, in one run of the MDA; one by one where one of them is unfit for its command line. */
export const overMda = (
  whole: Envelope,
  message: Message
): Effect.Effect<ReadonlyArray<Outcome>, MessageUnreadable, MdaRunner> =>
  Effect.suspend(() => {
    const { recipients, reversePath } = routed(whole, "mda")
    if (recipients.length === 0) return Effect.succeed([])
    const toEach = () =>
      Effect.forEach(recipients, (recipient) => overMda({ ...whole, recipients: [recipient] }, message)).pipe(
        Effect.map((outcomes) => outcomes.flat())
      )
    return runMda(reversePath, recipients, message).pipe(
      Effect.catchTag("MdaFailed", (error) =>
        error.reason === "BadRecipient" && recipients.length > 1
          ? toEach()
          : Effect.succeed(allFailed(recipients, error))
      )
    )
  })

/** Both routes at once; outcomes in the order of the envelope. */
export const everyRoute = (
  identity: Identity,
  envelope: Envelope,
  message: Message,
  options: RelayOptions
): Effect.Effect<ReadonlyArray<Outcome>, MessageUnreadable, SmtpTransport | Hooks | SendNeeds | MdaRunner> =>
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
