/**
 * Events of one session in the order they happened, whoever caused them.
 *
 * Taking is synchronous and waiting takes nothing, so that an interrupted wait can't lose the reply it waited for.
 */
import * as Effect from "effect/Effect"

export interface Inbox<Event> {
  readonly push: (event: Event) => void
  readonly shift: () => Event | undefined
  readonly size: () => number
  readonly some: (predicate: (event: Event) => boolean) => boolean
  /** Succeeds as soon as there is an event, or at a nudge. One waits at a time. */
  readonly arrival: Effect.Effect<void>
  readonly nudge: () => void
}

export const make = <Event>(): Inbox<Event> => {
  const events: Array<Event> = []
  let wake: (() => void) | undefined
  const nudge = () => wake?.()
  return {
    push: (event) => {
      events.push(event)
      nudge()
    },
    shift: () => events.shift(),
    size: () => events.length,
    some: (predicate) => events.some(predicate),
    arrival: Effect.async<void>((resume) => {
      if (events.length > 0) {
        resume(Effect.void)
        return
      }
      wake = () => {
        wake = undefined
        resume(Effect.void)
      }
      return Effect.sync(() => {
        wake = undefined
      })
    }),
    nudge
  }
}
