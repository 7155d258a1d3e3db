/** Shows one entry: its listing, its history, its content. */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { JournalRecord } from "../../domain/queue/Journal.ts"
import { QueueFailed } from "../../domain/queue/QueueError.ts"
import type { RetryPolicy } from "../../domain/queue/RetryPolicy.ts"
import type { EntryDetail } from "../../services/Queue.ts"
import type { FileError } from "../../services/SpoolFiles.ts"
import { contentOf, type Damage, openTrusted, readHead } from "./EntryReader.ts"
import { queueFailed } from "./fileError.ts"
import * as JournalFile from "./JournalFile.ts"
import { entryNameOf, listingsOf, momentOf, type Sighting, sightings } from "./Listing.ts"
import type { Spool } from "./Spool.ts"

const namesIt = (id: string) => (seen: Sighting) => seen.name === id || seen.id === id

const untrusted = (path: string) => (error: FileError | Damage) =>
  error._tag === "FileError"
    ? queueFailed(error)
    : new QueueFailed({ operation: "open", path, reason: "Unsafe", detail: error.problem })

const content = (spool: Spool, { directory, name }: Sighting) =>
  Effect.gen(function* () {
    const path = spool.path(directory, name)
    return yield* openTrusted(spool, path).pipe(
      Effect.flatMap((file) => Effect.map(Effect.option(readHead(file)), (read) => contentOf(file, read))),
      // What is not a plain file of ours has no content that would be shown.
      Effect.catchAll((error) => Effect.succeed(Stream.fail(untrusted(path)(error))))
    )
  })

const history = (spool: Spool, seen: Sighting): Effect.Effect<ReadonlyArray<JournalRecord>> =>
  Option.match(entryNameOf(seen), {
    onNone: () => Effect.succeed([]),
    // A damaged journal has no history that could be told.
    onSome: ({ id }) =>
      Effect.map(Effect.either(JournalFile.read(spool, id)), (journal) =>
        Either.match(journal, { onLeft: () => [], onRight: ({ records }) => records })
      )
  })

/** See `Queue.show`. */
export const show = (
  spool: Spool,
  policy: RetryPolicy,
  id: string
): Effect.Effect<Option.Option<EntryDetail>, QueueFailed, Scope.Scope> =>
  Effect.gen(function* () {
    if (!(yield* spool.isPresent)) return Option.none()
    const seen = (yield* sightings(spool)).find(namesIt(id))
    if (seen === undefined) return Option.none()
    const [listing] = yield* listingsOf(spool, yield* momentOf(spool, policy), [seen])
    if (listing === undefined) return Option.none()
    return Option.some({
      listing,
      history: yield* history(spool, seen),
      content: yield* content(spool, seen)
    })
  }).pipe(Effect.catchTag("FileError", (error) => Effect.fail(queueFailed(error))))
