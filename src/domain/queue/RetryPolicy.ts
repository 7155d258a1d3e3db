/**
 * When to try again, and when to give up.
 *
 * Source: RFC 5321 §4.5.4.1 (retry strategy, give-up time). Deviations: tries are more frequent at first, as most
 * relays of one user are back within minutes; no clock alone can expire a message.
 */
import * as Duration from "effect/Duration"
import * as Schedule from "effect/Schedule"
import type { Settings } from "../config/Settings.ts"
import type { JournalState } from "./JournalState.ts"
import type { ClockReading } from "./QueueEntry.ts"

export interface RetryPolicy {
  /** Milliseconds between tries; the last repeats. Never empty in a valid configuration. */
  readonly delaysMillis: ReadonlyArray<number>
  readonly lifetimeMillis: number
}

export const fromSettings = (
  settings: Pick<Settings, "retryScheduleMillis" | "queueLifetimeMillis">
): RetryPolicy => ({
  delaysMillis: settings.retryScheduleMillis,
  lifetimeMillis: settings.queueLifetimeMillis
})

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

/** Tries are spread by this part of the delay, up and down, so that messages of one moment don't return as one. */
const jitter = 0.2

/** Tries without which nothing expires. */
const minAttempts = 5

/** A bounce that finds no taker is given up sooner. */
const bounceLifetimeMillis = 2 * day

const lastDelay = (policy: RetryPolicy): number => policy.delaysMillis.at(-1) ?? 4 * hour

const longestDelay = (policy: RetryPolicy): number =>
  policy.delaysMillis.reduce((longest, delay) => Math.max(longest, delay), 0) || lastDelay(policy)

/** Milliseconds to wait after the `attempts`th try (1 is the first), before jitter. */
export const delayAfter = (policy: RetryPolicy, attempts: number): number =>
  policy.delaysMillis[Math.max(0, attempts - 1)] ?? lastDelay(policy)

/** The same times for whoever waits in one process. Never ends; gives the number of tries so far. */
export const schedule = (policy: RetryPolicy): Schedule.Schedule<number> =>
  Schedule.unfold(1, (attempts) => attempts + 1).pipe(
    Schedule.addDelay((attempts) => Duration.millis(delayAfter(policy, attempts))),
    Schedule.jitteredWith({ min: 1 - jitter, max: 1 + jitter })
  )

/**
 * How far a failure reaches: this `message`, the whole `relay` (no connection), or the `account` (TLS, AUTH or
 * configuration: somebody has to mend something).
 */
export type BackoffScope = "message" | "relay" | "account"

/** Sooner makes no sense, unless the configured schedule itself is shorter. */
const leastDelay: Record<BackoffScope, number> = { message: 15 * minute, relay: 0, account: hour }

const spread = (millis: number, random: number): number =>
  Math.round(millis * (1 - jitter + 2 * jitter * random))

/** `attempts`: tries so far, at least 1. `random`: from 0 to 1. */
export const nextAttemptAt = (
  policy: RetryPolicy,
  scope: BackoffScope,
  attempts: number,
  now: number,
  random: number
): number => {
  const least = Math.min(leastDelay[scope], longestDelay(policy))
  return now + spread(Math.max(delayAfter(policy, attempts), least), random)
}

/** A time further off than any delay could have set it was set by another clock: it has come. */
const hasCome = (policy: RetryPolicy, at: number, now: number): boolean =>
  at <= now || at > now + Math.ceil(longestDelay(policy) * (1 + jitter))

/** When an entry is to be tried next; a moment not after `now` means at once. */
export const dueAt = (policy: RetryPolicy, state: JournalState, now: number): number =>
  state.nextAttemptAt === undefined || hasCome(policy, state.nextAttemptAt, now)
    ? Math.min(state.nextAttemptAt ?? now, now)
    : state.nextAttemptAt

export const isDue = (policy: RetryPolicy, state: JournalState, now: number): boolean =>
  !state.isHeld && state.buried === undefined && dueAt(policy, state, now) <= now

/** Time that tries vouch for: however the clock jumps, one gap counts at most twice the longest delay. */
const witnessedMillis = (policy: RetryPolicy, attemptsAt: ReadonlyArray<number>): number => {
  const most = 2 * longestDelay(policy)
  let sum = 0
  for (const [index, at] of attemptsAt.entries()) {
    sum += Math.min(Math.max(at - (attemptsAt[index - 1] ?? at), 0), most)
  }
  return sum
}

const lifetimeOf = (policy: RetryPolicy, isBounce: boolean): number =>
  isBounce ? Math.min(policy.lifetimeMillis, bounceLifetimeMillis) : policy.lifetimeMillis

/** Whether to give up what is still pending. `isBounce`: the message has no one to return to. */
export const isExpired = (
  policy: RetryPolicy,
  entry: { readonly acceptedAt: number; readonly isBounce: boolean },
  state: JournalState,
  now: number
): boolean => {
  const lifetime = lifetimeOf(policy, entry.isBounce)
  return (
    now - entry.acceptedAt > lifetime &&
    state.attemptsAt.length >= minAttempts &&
    witnessedMillis(policy, state.attemptsAt) >= lifetime / 2
  )
}

/**
 * Whether a failed probe of the relay counts as a try of this entry too, though another one was the probe. It does from a
 * third of its lifetime on, as seldom as a message can be that is to expire in time: else nothing would ever expire while
 * a relay is gone, as nothing but the probe is tried, and more would be a write for each of very many entries.
 */
export const countsProbes = (
  policy: RetryPolicy,
  entry: { readonly acceptedAt: number; readonly isBounce: boolean },
  state: JournalState,
  now: number
): boolean => {
  const last = state.attemptsAt.at(-1) ?? 0
  const isOld = now - entry.acceptedAt > lifetimeOf(policy, entry.isBounce) / 3
  return isOld && now - last > 1.5 * longestDelay(policy)
}

/** Differences below this are drift and leap seconds. */
const clockTolerance = 2 * hour

/** Whether the clock was set between acceptance and now, as far as it can be known. */
export const clockMoved = (
  accepted: { readonly acceptedAt: number; readonly acceptedOn: ClockReading },
  now: number,
  reading: ClockReading
): boolean => {
  const byClock = now - accepted.acceptedAt
  if (byClock < -clockTolerance) return true
  if (accepted.acceptedOn.bootId !== reading.bootId) return false
  return Math.abs(byClock - (reading.uptimeMillis - accepted.acceptedOn.uptimeMillis)) > clockTolerance
}

/** What is known of a relay that could not be reached, shared by everyone who would try it. */
export interface RelayBackoff {
  readonly failures: number
  readonly failedAt: number
  readonly retryAt: number
  readonly reason: string
}

/** After one more failure to get a session. */
export const relayFailed = (
  policy: RetryPolicy,
  scope: Exclude<BackoffScope, "message">,
  before: RelayBackoff | undefined,
  reason: string,
  now: number,
  random: number
): RelayBackoff => {
  const failures = (before?.failures ?? 0) + 1
  return { failures, failedAt: now, retryAt: nextAttemptAt(policy, scope, failures, now, random), reason }
}

export const isBackedOff = (policy: RetryPolicy, backoff: RelayBackoff, now: number): boolean =>
  !hasCome(policy, backoff.retryAt, now)
