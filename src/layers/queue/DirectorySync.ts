/**
 * Makes directory changes durable for many at once: whoever asks while a sync is under way shares the next one.
 *
 * A sync that begins after a change covers it, whoever began it; so a burst of n changes costs two syncs, not n.
 */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"

/** The result, failure included, is the same for all who share a sync. */
export const make = <E>(sync: Effect.Effect<void, E>): Effect.Effect<Effect.Effect<void, E>> =>
  Effect.map(Effect.makeSemaphore(1), (running) => {
    let next: Deferred.Deferred<void, E> | undefined
    const begin = Effect.suspend(() => {
      next = undefined
      return sync
    })
    const lead = Effect.gen(function* () {
      const outcome = yield* Deferred.make<void, E>()
      next = outcome
      yield* running
        .withPermits(1)(begin)
        .pipe(
          Effect.exit,
          Effect.flatMap((exit) => Deferred.done(outcome, exit))
        )
      yield* Deferred.await(outcome)
    })
    return Effect.uninterruptible(Effect.suspend(() => (next === undefined ? lead : Deferred.await(next))))
  })
