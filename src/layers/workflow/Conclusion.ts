/**
 * What follows from a try: reports to the sender, another try, the dead, or the end of the entry.
 *
 * Source: RFC 5321 §4.5.4.1 (give-up), §6.1 (a bounce or nothing lost); RFC 3461 §5.2 (DSN duties of a relaying host).
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { Settings } from "../../domain/config/Settings.ts"
import type { MessageError } from "../../domain/mail/MessageError.ts"
import type { Outcome } from "../../domain/mail/Outcome.ts"
import type { DeliveryEvent } from "../../domain/queue/DeliveryEvent.ts"
import * as JournalState from "../../domain/queue/JournalState.ts"
import { delayNotices, failureNotices, relayedNotices } from "../../domain/queue/Notices.ts"
import { isReport, type QueueEntry } from "../../domain/queue/QueueEntry.ts"
import type { QueueFailed } from "../../domain/queue/QueueError.ts"
import type { ChildKind } from "../../domain/queue/QueueId.ts"
import * as RetryPolicy from "../../domain/queue/RetryPolicy.ts"
import { LocalSystem } from "../../services/LocalSystem.ts"
import type { Claim } from "../../services/Queue.ts"
import * as Reports from "./Reports.ts"

export type Needs = LocalSystem

export interface Tried {
  readonly outcomes: ReadonlyArray<Outcome>
  readonly knowsDsn: boolean
  /** No session came about: what is told over the relay now would not arrive before the relay is back. */
  readonly isRelayDown: boolean
  /** When what is still pending is tried again, and why not now. Absent: nothing was tried. */
  readonly nextAttemptAt?: number
  readonly reason: string
}

export const nothingTried: Tried = { outcomes: [], knowsDsn: true, isRelayDown: false, reason: "" }

export interface Ending {
  /** Recipients still waited for. */
  readonly remaining: number
  /** Delivered, or returned: nothing of it is left in the queue or among the dead. */
  readonly isGone: boolean
  readonly nextAttemptAt?: number
}

export interface ConclusionOptions {
  readonly settings: Settings
  readonly observe: (event: DeliveryEvent) => Effect.Effect<void>
}

const days = (millis: number): string => `${Math.round((millis / 86_400_000) * 10) / 10} days`

const expire = (claim: Claim, options: ConclusionOptions): Effect.Effect<void, QueueFailed> =>
  Effect.gen(function* () {
    const state = yield* claim.state
    const now = yield* Clock.currentTimeMillis
    const pending = JournalState.pending(state)
    const about = { acceptedAt: claim.entry.acceptedAt, isBounce: isReport(claim.entry) }
    if (
      pending.length === 0 ||
      !RetryPolicy.isExpired(RetryPolicy.fromSettings(options.settings), about, state, now)
    )
      return
    const why = state.lastError === undefined ? "" : `: ${state.lastError}`
    const { entry } = claim
    const rulings = [
      {
        recipients: pending,
        verdict: {
          status: "failed" as const,
          by: "local" as const,
          enhanced: "5.4.7",
          text: `given up after ${days(now - entry.acceptedAt)}${why}`
        }
      }
    ]
    yield* claim.recordResults(rulings)
    yield* options.observe({ _tag: "Ruled", entry, rulings })
  })

const report = (
  claim: Claim,
  options: ConclusionOptions,
  kind: ChildKind,
  positions: ReadonlyArray<number>
): Effect.Effect<void, QueueFailed | MessageError, Needs> =>
  Effect.gen(function* () {
    if (positions.length === 0) return
    const system = yield* LocalSystem
    const { entry, message } = claim
    const { mda, forceMda, queueLifetimeMillis } = options.settings
    const context: Reports.ReportContext = {
      entry,
      message,
      state: yield* claim.state,
      now: yield* Clock.currentTimeMillis,
      hostName: system.hostName,
      utcOffsetMinutes: system.utcOffsetMinutes,
      ...(kind === "delay" && { retriedUntil: entry.acceptedAt + queueLifetimeMillis }),
      ...((mda !== undefined || forceMda !== undefined) && { localUser: system.userName })
    }
    const id = yield* claim.report(kind, positions, Reports.draft(context, kind, positions))
    yield* options.observe({ _tag: "Reported", id: entry.id, report: id })
  })

const bury = (claim: Claim, options: ConclusionOptions, reason: string): Effect.Effect<Ending, QueueFailed> =>
  Effect.gen(function* () {
    yield* claim.bury(reason)
    yield* Effect.logError("message moved to the dead").pipe(
      Effect.annotateLogs({ queueId: claim.entry.id, reason })
    )
    yield* options.observe({ _tag: "Buried", id: claim.entry.id, reason })
    return { remaining: 0, isGone: false }
  })

/** Tells the sender what there is to tell; true: some of it has no one to go to. */
const notify = (
  claim: Claim,
  options: ConclusionOptions,
  tried: Tried
): Effect.Effect<boolean, QueueFailed | MessageError, Needs> =>
  Effect.gen(function* () {
    const { entry } = claim
    const state = yield* claim.state
    const { bounced, silenced } = failureNotices(entry, state)
    if (silenced.length > 0) yield* claim.settle(silenced, "NOTIFY does not ask for failures")
    if (bounced.length > 0 && isReport(entry)) return true
    yield* report(claim, options, "bounce", bounced)
    if (!tried.knowsDsn) {
      const relayed = entry.envelope.recipients.flatMap((recipient, position) =>
        recipient.route === "relay" && state.recipients[position]?.status === "delivered" ? [position] : []
      )
      yield* report(claim, options, "relayed", relayedNotices(entry, state, relayed))
    }
    const { mda, forceMda } = options.settings
    const arrives = !tried.isRelayDown || mda !== undefined || forceMda !== undefined
    const late = arrives ? delayNotices(entry, state, yield* Clock.currentTimeMillis) : []
    yield* report(claim, options, "delay", late)
    return false
  })

const isReturnedInPart = (entry: QueueEntry, state: JournalState.JournalState): boolean =>
  entry.envelope.ret !== "HDRS" &&
  !Reports.returnsWhole(entry, state) &&
  state.reports.some(({ kind, committed }) => kind === "bounce" && committed)

export const conclude = (
  claim: Claim,
  options: ConclusionOptions,
  tried: Tried
): Effect.Effect<Ending, QueueFailed | MessageError, Needs> =>
  Effect.gen(function* () {
    const { entry } = claim
    yield* expire(claim, options)
    const isUnreturnable = yield* notify(claim, options, tried)
    const state = yield* claim.state
    const remaining = JournalState.pending(state).length
    if (remaining > 0) {
      const { nextAttemptAt } = tried
      if (nextAttemptAt === undefined) return { remaining, isGone: false }
      yield* claim.defer(nextAttemptAt, tried.reason)
      return { remaining, isGone: false, nextAttemptAt }
    }
    if (isUnreturnable)
      return yield* bury(claim, options, state.lastError ?? "a report that can't be delivered")
    if (isReturnedInPart(entry, state)) return yield* bury(claim, options, "returned without its body")
    yield* claim.remove
    return { remaining: 0, isGone: true }
  })
