/** Whether an entry, or a trace of it, is anywhere in the spool. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { QueueId } from "../../domain/queue/QueueId.ts"
import { type EntryName, parseEntryName } from "../../domain/queue/SpoolName.ts"
import type { FileError } from "../../services/SpoolFiles.ts"
import { isMissing } from "./fileError.ts"
import type { Spool, SpoolDirectory } from "./Spool.ts"

/** Names in a directory of the spool; none where the directory is missing. */
export const namesIn = (
  spool: Spool,
  directory: SpoolDirectory
): Effect.Effect<ReadonlyArray<string>, FileError> =>
  spool.files.names(spool.directory(directory)).pipe(Effect.catchIf(isMissing, () => Effect.succeed([])))

/** The names in q/ that esmtp gave. */
export const entriesIn = (
  spool: Spool,
  directory: SpoolDirectory
): Effect.Effect<ReadonlyArray<EntryName>, FileError> =>
  Effect.map(namesIn(spool, directory), (names) =>
    names.flatMap((name) => Option.toArray(parseEntryName(name)))
  )

const hasName = (spool: Spool, directory: SpoolDirectory, id: QueueId) =>
  spool.files.facts(spool.path(directory, id)).pipe(
    Effect.as(true),
    Effect.catchIf(isMissing, () => Effect.succeed(false))
  )

const isKnown = (spool: Spool, id: QueueId): Effect.Effect<boolean, FileError> =>
  Effect.gen(function* () {
    for (const directory of ["st", "dead", "bad"] as const) {
      if (yield* hasName(spool, directory, id)) return true
    }
    const entries = yield* entriesIn(spool, "q")
    return entries.some((entry) => entry.id === id)
  })

/**
 * Costs a walk over q/, and syncs if it is found: whoever put it there may have died before it was safe, and a name that
 * is seen is not yet one that stays. For what happens once in an entry's life.
 */
export const isDurablyKnown = (spool: Spool, id: QueueId): Effect.Effect<boolean, FileError> =>
  Effect.tap(isKnown(spool, id), (known) =>
    known ? Effect.forEach(["dead", "bad", "q"] as const, spool.sync, { discard: true }) : Effect.void
  )
