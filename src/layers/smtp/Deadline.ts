/**
 * The one deadline of a session, kept on a clock that nobody sets.
 *
 * What arrived before it passed still counts, even if this program was stopped or the machine asleep in between.
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

export interface Deadline {
  readonly arm: (millis: number) => void
  readonly disarm: () => void
  /** Time left, at least 0; undefined: none is armed. */
  readonly remainingMillis: () => number | undefined
  /** The next event; undefined: the deadline has passed, and is disarmed. */
  readonly next: <Event>(inbox: Inbox<Event>) => Effect.Effect<Event | undefined>
}

const nanosPerMilli = 1_000_000n

export const make = (clock: Clock.Clock): Deadline => {
  let at: bigint | undefined
  /** Events that had arrived when the deadline passed, and are still to be taken. */
  let inTime: number | undefined

  const remainingMillis = () => {
    if (at === undefined) return undefined
    const left = at - clock.unsafeCurrentTimeNanos()
    return left <= 0n ? 0 : Math.ceil(Number(left) / Number(nanosPerMilli))
  }
  const disarm = () => {
    at = undefined
    inTime = undefined
  }
  const next = <Event>(inbox: Inbox<Event>): Effect.Effect<Event | undefined> =>
    Effect.gen(function* () {
      while (true) {
        const left = remainingMillis()
        if (left === 0) {
          if (inTime === undefined) {
            yield* turn
            inTime = inbox.size()
          }
          if (inTime === 0) disarm()
          else inTime -= 1
          return inTime === undefined ? undefined : inbox.shift()
        }
        const event = inbox.shift()
        if (event !== undefined) return event
        yield* left === undefined
          ? inbox.arrival
          : inbox.arrival.pipe(Effect.timeoutOption(Duration.millis(left)))
      }
    })
  return {
    arm: (millis) => {
      at = clock.unsafeCurrentTimeNanos() + BigInt(Math.ceil(millis)) * nanosPerMilli
      inTime = undefined
    },
    disarm,
    remainingMillis,
    next
  }
}
