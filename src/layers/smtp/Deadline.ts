/**
 * The one deadline of a session, kept on a clock that nobody sets.
 *
 * What arrived before it passed still counts, even if this program was stopped or the machine asleep in between. Arming
 * it anew, as each block of a body does, costs nothing: one sleeper serves them all.
 * Source: RFC 5321 §4.5.3.2.
 */
import type * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { Inbox } from "./Inbox.ts"

/** One whole turn of the event loop: what the kernel already holds is read in it. */
export const turn: Effect.Effect<void> = Effect.async<void>((resume) => {
  setImmediate(() => setImmediate(() => resume(Effect.void)))
})

export interface Deadline<Event> {
  readonly arm: (millis: number) => void
  readonly disarm: () => void
  /** Time left, at least 0; undefined: none is armed. */
  readonly remainingMillis: () => number | undefined
  /** An event that is here and in time; undefined: there is none, and `next` tells why. */
  readonly ready: () => Event | undefined
  /** The next event; undefined: the deadline has passed, and is disarmed. Needs `watch` beside it. */
  readonly next: Effect.Effect<Event | undefined>
  /** Wakes `next` when the deadline has passed. */
  readonly watch: Effect.Effect<never>
}

const nanosPerMilli = 1_000_000

export const make = <Event>(clock: Clock.Clock, inbox: Inbox<Event>): Deadline<Event> => {
  let at: bigint | undefined
  /** Events that had arrived when the deadline passed, and are still to be taken. */
  let inTime: number | undefined
  /** Until when the sleeper sleeps, and what wakes it before. */
  let sleepsUntil: bigint | undefined
  /** Nobody sleeps for longer than the shortest time that was ever given, as it may be given again. */
  let shortestMillis = Number.POSITIVE_INFINITY
  let rouse: (() => void) | undefined

  const remainingMillis = () => {
    if (at === undefined) return undefined
    const left = at - clock.unsafeCurrentTimeNanos()
    return left <= 0n ? 0 : Math.ceil(Number(left) / nanosPerMilli)
  }
  const disarm = () => {
    at = undefined
    inTime = undefined
  }
  const after = (millis: number) => clock.unsafeCurrentTimeNanos() + BigInt(Math.ceil(millis * nanosPerMilli))
  const arm = (millis: number) => {
    at = after(millis)
    shortestMillis = Math.min(shortestMillis, millis)
    inTime = undefined
    if (sleepsUntil === undefined || at < sleepsUntil) rouse?.()
  }
  const roused = Effect.async<void>((resume) => {
    rouse = () => resume(Effect.void)
    return Effect.sync(() => {
      rouse = undefined
    })
  })

  const ready = () => (remainingMillis() === 0 ? undefined : inbox.shift())

  const next = Effect.gen(function* () {
    while (true) {
      if (remainingMillis() === 0) {
        if (inTime === undefined) {
          yield* turn
          inTime = inbox.size()
        }
        if (inTime === 0) {
          disarm()
          return undefined
        }
        inTime -= 1
        return inbox.shift()
      }
      const event = inbox.shift()
      if (event !== undefined) return event
      yield* inbox.arrival
    }
  })

  const watch = Effect.gen(function* () {
    while (true) {
      const left = remainingMillis()
      if (left === 0) inbox.nudge()
      const nap = left === undefined || left === 0 ? undefined : Math.min(left, shortestMillis)
      sleepsUntil = nap === undefined ? undefined : after(nap)
      yield* nap === undefined ? roused : Effect.raceFirst(Effect.sleep(Duration.millis(nap)), roused)
    }
  })

  return { arm, disarm, remainingMillis, ready, next, watch }
}
