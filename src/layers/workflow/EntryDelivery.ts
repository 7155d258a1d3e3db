/**
 * One claimed entry: a try, its record, and what follows from it.
 *
 * The order is what keeps the promises: the attempt is on disk before the connection is used, each result before the
 * next command, a bounce before its cause is settled, and the message goes last.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as LogLevel from "effect/LogLevel"
import * as Random from "effect/Random"
import type { Settings } from "../../domain/config/Settings.ts"
import type { Envelope, Recipient } from "../../domain/mail/Envelope.ts"
import type { Outcome } from "../../domain/mail/Outcome.ts"
import type { DeliveryEvent } from "../../domain/queue/DeliveryEvent.ts"
import * as JournalState from "../../domain/queue/JournalState.ts"
import { rulingsOf, waitsFor } from "../../domain/queue/Judgement.ts"
import type { QueueEntry } from "../../domain/queue/QueueEntry.ts"
import type { QueueFailed } from "../../domain/queue/QueueError.ts"
import * as RetryPolicy from "../../domain/queue/RetryPolicy.ts"
import type { RetryClass } from "../../domain/queue/Severity.ts"
import type { Ruling } from "../../domain/queue/Verdict.ts"
import { outcomeFields } from "../../domain/telemetry/OutcomeFields.ts"
import type { MdaRunner } from "../../services/MdaRunner.ts"
import type { Message } from "../../services/Message.ts"
import type { Claim } from "../../services/Queue.ts"
import { type MessageUnreadable, overMda } from "./Attempt.ts"
import * as Conclusion from "./Conclusion.ts"

/** What the relay's part of a try gives. */
export interface RelayTry {
  readonly outcomes: ReadonlyArray<Outcome>
  /** Whether the relay takes over the duty to report success (RFC 3461). */
  readonly knowsDsn: boolean
  /** Why there are no outcomes. */
  readonly down?: Pick<RetryPolicy.RelayBackoff, "reason" | "retryAt">
}

/** What goes to the relay in one try. */
export interface Shipment {
  readonly envelope: Envelope
  readonly message: Message
  /** Many recipients take several transactions; each is recorded before the next. */
  readonly onOutcomes: (outcomes: ReadonlyArray<Outcome>) => Effect.Effect<void, QueueFailed>
}

export interface EntryOptions {
  readonly settings: Settings
  readonly onlyDue: boolean
  /** `host:service`, for whoever watches. */
  readonly relay: string
  readonly observe: (event: DeliveryEvent) => Effect.Effect<void>
  /** Sends to the relay's recipients; empty outcomes where the relay can't be used now. */
  readonly overRelay: (shipment: Shipment) => Effect.Effect<RelayTry, MessageUnreadable>
}

const scopes: Readonly<Record<RetryClass, RetryPolicy.BackoffScope>> = {
  recipient: "message",
  message: "message",
  host: "relay",
  account: "account"
}

/** The envelope cut down to these positions; the recipients keep their identity as objects. */
const only = (envelope: Envelope, positions: ReadonlyArray<number>): Envelope => ({
  ...envelope,
  recipients: positions.flatMap((position) => envelope.recipients[position] ?? [])
})

/** A bare "later" is not worth an fsync; anything that says more is. */
const isWorthRecording = ({ verdict }: Ruling): boolean =>
  verdict.status !== "deferred" || verdict.by === "smtp" || verdict.possibleDuplicate === true

const logOutcome = (entry: QueueEntry, ruling: Ruling): Effect.Effect<void> =>
  Effect.gen(function* () {
    const { id, identity, messageId, envelope, facts, acceptedAt } = entry
    const fields = outcomeFields({
      queueId: id,
      ...(identity !== undefined && { identity }),
      ...(messageId !== undefined && { messageId }),
      envelope,
      sizeBytes: facts.sizeBytes,
      delayMillis: (yield* Clock.currentTimeMillis) - acceptedAt,
      ruling
    })
    yield* Effect.logInfo("outcome").pipe(Effect.annotateLogs(fields))
  }).pipe(Effect.whenLogLevel(LogLevel.Info), Effect.asVoid)

const record = (
  claim: Claim,
  options: EntryOptions,
  outcomes: ReadonlyArray<Outcome>
): Effect.Effect<void, QueueFailed> =>
  Effect.gen(function* () {
    const { entry } = claim
    const rulings = rulingsOf(entry.envelope, outcomes)
    const worth = rulings.filter(isWorthRecording)
    if (worth.length > 0) yield* claim.recordResults(worth)
    if (rulings.some(({ verdict }) => verdict.possibleDuplicate === true)) {
      yield* Effect.logWarning("possible duplicate").pipe(Effect.annotateLogs({ queueId: entry.id }))
    }
    if (rulings.length > 0) yield* options.observe({ _tag: "Ruled", entry, rulings })
    for (const ruling of rulings) yield* logOutcome(entry, ruling)
  })

/** Both routes side by side, each recorded as soon as it is known. */
const attempt = (
  claim: Claim,
  options: EntryOptions,
  envelope: Envelope
): Effect.Effect<RelayTry, MessageUnreadable, MdaRunner> =>
  Effect.gen(function* () {
    const { message } = claim
    const remote = Effect.gen(function* () {
      const told = new Set<Recipient>()
      const onOutcomes: Shipment["onOutcomes"] = (outcomes) => {
        for (const { recipient } of outcomes) told.add(recipient)
        return record(claim, options, outcomes)
      }
      const result = yield* options.overRelay({ envelope, message, onOutcomes })
      yield* record(
        claim,
        options,
        result.outcomes.filter(({ recipient }) => !told.has(recipient))
      )
      return result
    })
    const local = Effect.gen(function* () {
      const outcomes = yield* overMda(envelope, message)
      yield* record(claim, options, outcomes)
      return outcomes
    })
    const isFor = (route: Recipient["route"]) => envelope.recipients.some((one) => one.route === route)
    if (!isFor("mda")) return yield* remote
    if (!isFor("relay")) return { outcomes: yield* local, knowsDsn: true }
    const [relayed, delivered] = yield* Effect.all([remote, local], { concurrency: 2 })
    return { ...relayed, outcomes: [...relayed.outcomes, ...delivered] }
  })

const plannedRetry = (
  settings: Settings,
  scope: RetryPolicy.BackoffScope,
  attempts: number
): Effect.Effect<number> =>
  Effect.gen(function* () {
    const now = yield* Clock.currentTimeMillis
    return RetryPolicy.nextAttemptAt(
      RetryPolicy.fromSettings(settings),
      scope,
      attempts,
      now,
      yield* Random.next
    )
  })

const reasonOf = (envelope: Envelope, { down, outcomes }: RelayTry): string =>
  rulingsOf(envelope, outcomes).find(({ verdict }) => verdict.status === "deferred")?.verdict.text ??
  down?.reason ??
  "the relay can't be used now"

const tryPending = (
  claim: Claim,
  options: EntryOptions,
  pending: ReadonlyArray<number>
): Effect.Effect<Conclusion.Tried, MessageUnreadable, MdaRunner> =>
  Effect.gen(function* () {
    const { entry } = claim
    const attempts = (yield* claim.state).attemptsAt.length + 1
    yield* claim.recordAttempt(yield* plannedRetry(options.settings, "message", attempts))
    const tried = yield* attempt(claim, options, only(entry.envelope, pending))
    // Nobody will ask when to try again.
    if (
      tried.outcomes.length === pending.length &&
      tried.outcomes.every(({ result }) => Either.isRight(result))
    ) {
      return { ...tried, isRelayDown: false, reason: "" }
    }
    const scope = scopes[waitsFor(tried.outcomes)]
    return {
      ...tried,
      isRelayDown: tried.down !== undefined || scope !== "message",
      nextAttemptAt: tried.down?.retryAt ?? (yield* plannedRetry(options.settings, scope, attempts)),
      reason: reasonOf(entry.envelope, tried)
    }
  })

/**
 * Tries what is pending and draws the consequences. Fails with `QueueFailed` where the outcome could not be recorded;
 * the entry then stays, and a later run takes it up.
 */
export const deliver = (
  claim: Claim,
  options: EntryOptions
): Effect.Effect<Conclusion.Ending, MessageUnreadable, MdaRunner | Conclusion.Needs> =>
  Effect.gen(function* () {
    const { entry } = claim
    const before = yield* claim.state
    const now = yield* Clock.currentTimeMillis
    if (options.onlyDue && !RetryPolicy.isDue(RetryPolicy.fromSettings(options.settings), before, now)) {
      return { remaining: JournalState.pending(before).length, isGone: false }
    }
    yield* options.observe({ _tag: "EntryStarted", entry, relay: options.relay })
    const pending = JournalState.pending(before)
    const tried = pending.length === 0 ? Conclusion.nothingTried : yield* tryPending(claim, options, pending)
    return yield* Conclusion.conclude(claim, options, tried)
  }).pipe(
    Effect.withSpan("queue.deliver", { attributes: { queueId: claim.entry.id }, captureStackTrace: false })
  )
