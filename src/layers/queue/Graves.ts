/**
 * Journals whose message is gone.
 *
 * A message that was unlinked may come back with a power loss, and must then find its journal, which says that it is
 * done. So a journal goes only after the message's absence has been made durable: one fsync of q/ for many of them.
 *
 * The journal of a report stays until a recovery finds its parent gone too: as long as the parent may not know that the
 * report was made, the journal is what keeps it from being made again.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as QueueId from "../../domain/queue/QueueId.ts"
import type { FileError } from "../../services/SpoolFiles.ts"
import { isMissing } from "./fileError.ts"
import type { Spool } from "./Spool.ts"

/** Journals that may wait for one fsync. */
const batch = 64

export interface Graves {
  /** The message of this id has just been unlinked. */
  readonly add: (id: QueueId.QueueId) => Effect.Effect<void>
  /** Removes the journals that wait. What fails is left to the next recovery. */
  readonly clear: Effect.Effect<void>
}

/** Journals of messages that are durably gone. */
export const unlinkJournals = (
  spool: Spool,
  ids: ReadonlyArray<QueueId.QueueId>
): Effect.Effect<void, FileError> =>
  Effect.forEach(
    ids,
    (id) => spool.files.unlink(spool.path("st", id)).pipe(Effect.catchIf(isMissing, () => Effect.void)),
    { discard: true }
  )

export const make = (spool: Spool): Graves => {
  let waiting: Array<QueueId.QueueId> = []
  const clear = Effect.suspend(() => {
    const ids = waiting
    waiting = []
    return ids.length === 0 ? Effect.void : Effect.zipRight(spool.sync("q"), unlinkJournals(spool, ids))
  }).pipe(
    Effect.catchAll((error) =>
      Effect.logDebug("journals of removed messages left behind").pipe(
        Effect.annotateLogs({ reason: error.message })
      )
    ),
    Effect.uninterruptible
  )
  return {
    add: (id) =>
      Effect.suspend(() => {
        if (Option.isSome(QueueId.parentOf(id))) return Effect.void
        waiting.push(id)
        return waiting.length >= batch ? clear : Effect.void
      }),
    clear
  }
}
