/**
 * Shows what is in the spool without touching it: no lock, no claim, no write.
 *
 * Only the first line of each entry and its journal are read, many at a time. Entries move while they are listed; one
 * that is not where it was seen is looked for again, a few times, before it is taken for delivered.
 *
 * Source: Postfix showq(8).
 */
import * as Chunk from "effect/Chunk"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as Journal from "../../domain/queue/Journal.ts"
import * as JournalState from "../../domain/queue/JournalState.ts"
import * as Limits from "../../domain/queue/Limits.ts"
import type * as Owner from "../../domain/queue/Owner.ts"
import type { ClockReading } from "../../domain/queue/QueueEntry.ts"
import type { QueueFailed } from "../../domain/queue/QueueError.ts"
import * as QueueId from "../../domain/queue/QueueId.ts"
import type { ListingState, QueueListing } from "../../domain/queue/QueueListing.ts"
import * as RetryPolicy from "../../domain/queue/RetryPolicy.ts"
import { type EntryName, parseEntryName } from "../../domain/queue/SpoolName.ts"
import type { FileError, FileFacts, FileHead } from "../../services/SpoolFiles.ts"
import { headIn, suspicion } from "./EntryReader.ts"
import { queueFailed } from "./fileError.ts"
import { judge } from "./Liveness.ts"
import { namesIn } from "./Presence.ts"
import { noteSuffix } from "./Quarantine.ts"
import type { Spool, SpoolDirectory } from "./Spool.ts"

/** Entries read in one go. */
const batch = 256

/** Enough for the first line of nearly every entry. */
const usualHeadBytes = 4096

/** A file that is to be shown. */
export interface Sighting {
  readonly directory: SpoolDirectory
  readonly name: string
  /** Of the entry; the name itself where that is not one that esmtp gives. */
  readonly id: string
}

/** What the name of a file says of it. */
const nameIn = (directory: SpoolDirectory, name: string): Option.Option<EntryName> =>
  directory === "q"
    ? parseEntryName(name)
    : Option.map(QueueId.parse(name.split(".")[0] ?? ""), (id) => ({ id }))

export const entryNameOf = ({ directory, name }: Sighting): Option.Option<EntryName> =>
  nameIn(directory, name)

interface Moment {
  readonly now: number
  readonly reading: ClockReading
  readonly policy: RetryPolicy.RetryPolicy
  /** Ids that have a journal. */
  readonly journals: ReadonlySet<string>
}

const sight =
  (directory: SpoolDirectory) =>
  (name: string): Sighting => ({
    directory,
    name,
    id: Option.match(nameIn(directory, name), { onNone: () => name, onSome: ({ id }) => id })
  })

/** Every file in the three homes, oldest first; an entry seen under two names counts once. */
// q/ is read twice: a name that changes while a directory is read may be passed over.
export const sightings = (spool: Spool): Effect.Effect<ReadonlyArray<Sighting>, FileError> =>
  Effect.gen(function* () {
    const distinct = new Map<string, Sighting>()
    for (let reading = 0; reading < 2; reading++) {
      for (const seen of (yield* namesIn(spool, "q")).map(sight("q"))) distinct.set(seen.id, seen)
    }
    const aside = [
      ...(yield* namesIn(spool, "dead")).map(sight("dead")),
      ...(yield* namesIn(spool, "bad")).filter((name) => !name.endsWith(noteSuffix)).map(sight("bad"))
    ]
    return [...distinct.values(), ...aside].sort((one, other) => (one.id < other.id ? -1 : 1))
  })

const readBatch = (
  spool: Spool,
  directory: SpoolDirectory,
  names: ReadonlyArray<string>,
  usualBytes: number,
  maxBytes: number,
  isWhole: (head: FileHead) => boolean
): Effect.Effect<ReadonlyMap<string, FileHead>, FileError> =>
  Effect.gen(function* () {
    const found = new Map<string, FileHead>()
    if (names.length === 0) return found
    const path = spool.directory(directory)
    for (const head of yield* spool.files.heads(path, names, usualBytes)) {
      const isCut = head.facts.kind === "file" && head.facts.sizeBytes > head.octets.length && !isWhole(head)
      const rest = isCut
        ? yield* spool.files.heads(path, [head.name], Math.min(head.facts.sizeBytes, maxBytes))
        : [head]
      for (const whole of rest) found.set(head.name, whole)
    }
    return found
  })

const readHeads = (spool: Spool, directory: SpoolDirectory, names: ReadonlyArray<string>) =>
  readBatch(
    spool,
    directory,
    names,
    usualHeadBytes,
    Limits.headBytes,
    ({ octets }) => octets.indexOf(0x0a) !== -1
  )

const readJournals = (spool: Spool, ids: ReadonlyArray<string>) =>
  readBatch(spool, "st", ids, usualHeadBytes, Limits.journalBytes, () => false)

const arrivedAt = (seen: Sighting, facts: FileFacts): number =>
  Option.match(entryNameOf(seen), {
    onNone: () => Number(facts.modifiedAtNanos / 1_000_000n),
    onSome: ({ id }) => QueueId.acceptedAt(id)
  })

const unknown = (seen: Sighting, head: FileHead, problem: string): QueueListing => ({
  _tag: "Unknown",
  name: seen.id,
  sizeBytes: head.facts.sizeBytes,
  arrivedAt: arrivedAt(seen, head.facts),
  problem
})

/** As long as nobody holds it. */
const restingState = ({ directory }: Sighting, journal: JournalState.JournalState): ListingState => {
  if (directory === "dead" || directory === "bad") return directory
  return journal.isHeld ? "held" : "queued"
}

const journalOf = (head: FileHead | undefined, recipientCount: number) =>
  head === undefined
    ? Either.right(JournalState.initial(recipientCount))
    : Either.flatMap(Journal.decode(head.octets), ({ records }) => JournalState.fold(recipientCount, records))

const known = (
  moment: Moment,
  seen: Sighting,
  head: FileHead,
  journalHead: FileHead | undefined,
  note: string | undefined
): QueueListing => {
  const read = headIn(head.octets)
  if (Option.isNone(read)) {
    const isUnread = head.octets.length === 0 && head.facts.sizeBytes > 0
    return unknown(seen, head, note ?? (isUnread ? "can't be read" : "has no first line"))
  }
  if (Either.isLeft(read.value)) return unknown(seen, head, note ?? read.value.left.problem)
  const { entry } = read.value.right.head
  const journal = journalOf(journalHead, entry.envelope.recipients.length)
  const state = Either.getOrElse(journal, () => JournalState.initial(entry.envelope.recipients.length))
  const problem = note ?? (Either.isLeft(journal) ? journal.left : undefined)
  return {
    _tag: "Known",
    state: Either.isLeft(journal) ? "bad" : restingState(seen, state),
    entry,
    journal: state,
    nextAttemptAt: RetryPolicy.dueAt(moment.policy, state, moment.now),
    clockMoved: RetryPolicy.clockMoved(entry, moment.now, moment.reading),
    ...(problem !== undefined && { problem })
  }
}

/** Whether somebody is at work on it must be looked up; nothing else is. */
const withOwner = (
  spool: Spool,
  seen: Sighting,
  owner: Owner.Owner | undefined,
  listing: QueueListing
): Effect.Effect<QueueListing, FileError> =>
  owner === undefined || listing._tag === "Unknown" || listing.state === "bad"
    ? Effect.succeed(listing)
    : Effect.map(judge(spool, owner, spool.path("q", seen.name)), (judgement) =>
        judgement === "dead" ? listing : { ...listing, state: "active" }
      )

const show = (
  spool: Spool,
  moment: Moment,
  seen: Sighting,
  head: FileHead,
  journal: FileHead | undefined,
  note: string | undefined
): Effect.Effect<QueueListing, FileError> => {
  const name = entryNameOf(seen)
  if (Option.isNone(name)) {
    return Effect.succeed(unknown(seen, head, note ?? "not a name that esmtp gives"))
  }
  const suspected = suspicion(head.facts, spool.host.userId)
  return Option.isSome(suspected)
    ? Effect.succeed(unknown(seen, head, note ?? suspected.value))
    : withOwner(spool, seen, name.value.owner, known(moment, seen, head, journal, note))
}

const inHome = (spool: Spool, moment: Moment, directory: SpoolDirectory, seen: ReadonlyArray<Sighting>) =>
  Effect.gen(function* () {
    const names = seen.map(({ name }) => name)
    const heads = yield* readHeads(spool, directory, names)
    const ids = seen.map(({ id }) => id).filter((id) => moment.journals.has(id))
    const journals = yield* readJournals(spool, ids)
    const notes =
      directory === "bad"
        ? yield* readBatch(
            spool,
            directory,
            names.map((name) => name + noteSuffix),
            1024,
            1024,
            () => true
          )
        : undefined
    const listings: Array<QueueListing> = []
    const missing: Array<Sighting> = []
    for (const one of seen) {
      const head = heads.get(one.name)
      const note = notes?.get(one.name + noteSuffix)
      const words = note === undefined ? undefined : new TextDecoder().decode(note.octets)
      if (head === undefined) missing.push(one)
      else listings.push(yield* show(spool, moment, one, head, journals.get(one.id), words))
    }
    return { listings, missing }
  })

/** A runner moves an entry a few times at most before it is delivered. */
const furtherLooks = 8

/** Entries that moved between being seen and being read. */
const lookAgain = (
  spool: Spool,
  moment: Moment,
  missed: ReadonlyArray<Sighting>,
  looks: number
): Effect.Effect<ReadonlyArray<QueueListing>, FileError> =>
  Effect.gen(function* () {
    if (missed.length === 0 || looks === 0) return []
    const ids = new Set(missed.map(({ id }) => id))
    const again = (yield* sightings(spool)).filter((seen) => ids.has(seen.id))
    const { listings, missing } = yield* listAll(spool, moment, again)
    return [...listings, ...(yield* lookAgain(spool, moment, missing, looks - 1))]
  })

const listAll = (spool: Spool, moment: Moment, seen: ReadonlyArray<Sighting>) =>
  Effect.gen(function* () {
    const listings: Array<QueueListing> = []
    const missing: Array<Sighting> = []
    for (const directory of ["q", "dead", "bad"] as const) {
      const here = seen.filter((one) => one.directory === directory)
      if (here.length === 0) continue
      const part = yield* inHome(spool, moment, directory, here)
      listings.push(...part.listings)
      missing.push(...part.missing)
    }
    return { listings, missing }
  })

export const momentOf = (spool: Spool, policy: RetryPolicy.RetryPolicy): Effect.Effect<Moment, FileError> =>
  Effect.gen(function* () {
    return {
      now: yield* Clock.currentTimeMillis,
      reading: { bootId: spool.host.self.bootId, uptimeMillis: yield* spool.host.uptimeMillis },
      policy,
      journals: new Set(yield* namesIn(spool, "st"))
    }
  })

/** What a few sightings show; those that are gone are left out. */
export const listingsOf = (
  spool: Spool,
  moment: Moment,
  seen: ReadonlyArray<Sighting>
): Effect.Effect<ReadonlyArray<QueueListing>, FileError> =>
  Effect.flatMap(listAll(spool, moment, seen), ({ listings, missing }) =>
    Effect.map(lookAgain(spool, moment, missing, furtherLooks), (found) => [...listings, ...found])
  )

/** See `Queue.list`. */
export const list = (
  spool: Spool,
  policy: RetryPolicy.RetryPolicy
): Stream.Stream<QueueListing, QueueFailed> =>
  Stream.unwrap(
    Effect.gen(function* () {
      if (!(yield* spool.isPresent)) return Stream.empty
      const moment = yield* Effect.mapError(momentOf(spool, policy), queueFailed)
      const seen = yield* Effect.mapError(sightings(spool), queueFailed)
      return Stream.unfoldChunkEffect(0, (from) =>
        from >= seen.length
          ? Effect.succeedNone
          : Effect.map(listingsOf(spool, moment, seen.slice(from, from + batch)), (listings) =>
              Option.some([Chunk.unsafeFromArray(listings), from + batch] as const)
            )
      ).pipe(Stream.mapError(queueFailed))
    })
  )
