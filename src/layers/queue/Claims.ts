/**
 * Takes an entry so that nobody else can: rename q/<id> to q/<id>.<owner>, under a name that is never used again.
 *
 * Exactly one of those who try succeeds. Who acts later on a name seen earlier finds nothing, whatever happened in
 * between, so that a slow reclaimer can't take a claim it did not judge. The entry is not opened before it is ours.
 *
 * Source: maildir's and qmail's use of rename(2); RFC 1047 for why nothing better than "at least once" can be had.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import * as Owner from "../../domain/queue/Owner.ts"
import type { QueueFailed } from "../../domain/queue/QueueError.ts"
import type * as QueueId from "../../domain/queue/QueueId.ts"
import { entryName } from "../../domain/queue/SpoolName.ts"
import type { FileError } from "../../services/SpoolFiles.ts"
import { isMissing, queueFailed } from "./fileError.ts"
import type { Spool, SpoolDirectory } from "./Spool.ts"

/** The right to one entry, until the scope closes. */
export interface Hold {
  readonly id: QueueId.QueueId
  /** Where the entry lies while it is held. */
  readonly path: string
  /** It is not to be given back: it has gone, or gone elsewhere. */
  readonly settle: Effect.Effect<void>
  readonly isSettled: () => boolean
}

const isThere = (spool: Spool, path: string) => Effect.isSuccess(spool.files.facts(path))

/**
 * The rename that decides. A network file system may have done it and say that there was nothing to do: the new name,
 * which nobody else could have made, tells.
 */
const take = (spool: Spool, from: string, to: string): Effect.Effect<boolean, FileError> =>
  // A fresh mark before it is ours, so that nobody who can only judge by its age takes it for abandoned.
  spool.files.touch(from).pipe(
    Effect.zipRight(spool.files.rename(from, to)),
    Effect.as(true),
    Effect.catchIf(isMissing, () => isThere(spool, to))
  )

const giveBack = (spool: Spool, hold: Hold): Effect.Effect<void> =>
  hold.settle.pipe(
    Effect.zipRight(spool.files.rename(hold.path, spool.path("q", hold.id))),
    Effect.catchAll((error) =>
      Effect.logWarning("claim could not be given back").pipe(
        Effect.annotateLogs({ queueId: hold.id, reason: error.message })
      )
    )
  )

const refresh = (spool: Spool, path: string): Effect.Effect<void> =>
  Effect.suspend(() => (spool.claimed.has(path) ? spool.files.touch(path) : Effect.void)).pipe(
    Effect.catchAll((error) =>
      Effect.logWarning("claim could not be refreshed").pipe(
        Effect.annotateLogs({ path, reason: error.message })
      )
    )
  )

/** One for all claims of this process, each of which it marks as alive. */
export const heartbeat = (spool: Spool): Effect.Effect<never> =>
  Effect.forEach(spool.claimed, (path) => refresh(spool, path), { discard: true }).pipe(
    Effect.delay(Owner.heartbeatMillis),
    Effect.forever
  )

const acquire = (spool: Spool, id: QueueId.QueueId, from: SpoolDirectory) =>
  Effect.gen(function* () {
    const owner = yield* spool.newOwner
    const path = spool.path("q", entryName({ id, owner }))
    const taken = yield* take(spool, spool.path(from, id), path).pipe(
      Effect.onError(() => Effect.sync(() => spool.drop(owner)))
    )
    if (!taken) {
      spool.drop(owner)
      return Option.none()
    }
    spool.claimed.add(path)
    let settled = false
    const hold: Hold = {
      id,
      path,
      settle: Effect.sync(() => {
        settled = true
        spool.claimed.delete(path)
      }),
      isSettled: () => settled
    }
    return Option.some({ hold, owner })
  })

/**
 * None: somebody else holds it, or it is not there. Out of `dead` too, for control. Given back to `q` when the scope
 * closes, unless it is settled.
 */
export const hold = (
  spool: Spool,
  id: QueueId.QueueId,
  from: "q" | "dead" = "q"
): Effect.Effect<Option.Option<Hold>, QueueFailed, Scope.Scope> =>
  Effect.uninterruptible(
    Effect.gen(function* () {
      const held = yield* Effect.mapError(acquire(spool, id, from), queueFailed)
      if (Option.isNone(held)) return Option.none()
      const { hold: taken, owner } = held.value
      const release = Effect.suspend(() => (taken.isSettled() ? Effect.void : giveBack(spool, taken))).pipe(
        Effect.ensuring(Effect.sync(() => spool.drop(owner)))
      )
      yield* Scope.addFinalizer(yield* Effect.scope, release)
      return Option.some(taken)
    })
  )

/** Whether the entry is still where we put it: a claim that was silent for very long may have been taken. */
export const isStillHeld = (spool: Spool, held: Hold): Effect.Effect<boolean> => isThere(spool, held.path)
