/**
 * Makes directory changes durable for many at once: whoever asks while a sync is under way shares the next one.
 *
 * A sync that begins after a change covers it, whoever began it; so a burst of n changes costs two syncs, not n.
 */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as FiberId from "effect/FiberId"

/** The result, failure included, is the same for all who share a sync. */
export const make = <E>(sync: Effect.Effect<void, E>): Effect.Effect<void, E> => {
  let isRunning = false
  /** Of the sync that has yet to begin. */
  let next: Deferred.Deferred<void, E> | undefined
  let begin: (() => void) | undefined

  const end = Effect.sync(() => {
    isRunning = false
    begin?.()
  })
  const run = Effect.onExit(sync, () => end)
  /** Taken over at once when it comes, so that nobody is in between. */
  const turn = Effect.async<void>((resume) => {
    begin = () => {
      begin = undefined
      next = undefined
      isRunning = true
      resume(Effect.void)
    }
    if (!isRunning) begin()
  })
  const lead = (outcome: Deferred.Deferred<void, E>) =>
    turn.pipe(
      Effect.zipRight(Effect.exit(run)),
      Effect.tap((exit) => Deferred.done(outcome, exit)),
      Effect.flatten
    )
  return Effect.uninterruptible(
    Effect.suspend(() => {
      if (next !== undefined) return Deferred.await(next)
      if (isRunning) {
        next = Deferred.unsafeMake(FiberId.none)
        return lead(next)
      }
      isRunning = true
      return run
    })
  )
}
