/**
 * Gives back what dead owners held, and sweeps up after them.
 *
 * Each step acts on names that say whose they are and that nobody will ever use again, so any number of processes may
 * recover at once. Order: half-adopted legacy mail first, because its fate hangs on the entry it became; then half-
 * written files, so that no entry is known by two names; then claims.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Owner from "../../domain/queue/Owner.ts"
import type { QueueFailed } from "../../domain/queue/QueueError.ts"
import * as QueueId from "../../domain/queue/QueueId.ts"
import { type EntryName, entryName } from "../../domain/queue/SpoolName.ts"
import type { Recovery } from "../../services/Queue.ts"
import type { FileError } from "../../services/SpoolFiles.ts"
import { isMissing, queueFailed } from "./fileError.ts"
import { unlinkJournals } from "./Graves.ts"
import * as LegacyImport from "./LegacyImport.ts"
import { judge } from "./Liveness.ts"
import { entriesIn, namesIn } from "./Presence.ts"
import type { Spool, SpoolDirectory } from "./Spool.ts"

const ownerIn = (name: string): Option.Option<Owner.Owner> => {
  const dot = name.indexOf(".")
  return dot === -1 ? Option.none() : Owner.parse(name.slice(dot + 1))
}

const isDead = (spool: Spool, name: string, path: string): Effect.Effect<boolean, FileError> =>
  Option.match(ownerIn(name), {
    onNone: () => Effect.succeed(false),
    onSome: (owner) => Effect.map(judge(spool, owner, path), (judgement) => judgement === "dead")
  })

/** What a dead process was writing, or was about to delete. Until it is gone, an entry may be known by two names. */
export const sweepTemporary = (spool: Spool): Effect.Effect<number, FileError> =>
  Effect.gen(function* () {
    let swept = 0
    for (const name of yield* namesIn(spool, "tmp")) {
      const path = spool.path("tmp", name)
      if (yield* isDead(spool, name, path)) {
        yield* LegacyImport.isAdoption(name)
          ? LegacyImport.recover(spool, name)
          : spool.files.removeTree(path)
        swept++
      }
    }
    return swept
  })

const isNameTaken = (spool: Spool, path: string) =>
  spool.files.facts(path).pipe(
    Effect.as(true),
    Effect.catchIf(isMissing, () => Effect.succeed(false))
  )

/** An entry of that name that is free already can only have been put there by hand; neither is overwritten. */
const free = (spool: Spool, id: QueueId.QueueId, claimed: string): Effect.Effect<boolean, FileError> =>
  Effect.gen(function* () {
    const path = spool.path("q", id)
    if (yield* isNameTaken(spool, path)) {
      // Somebody else was faster.
      if (!(yield* isNameTaken(spool, claimed))) return false
      yield* Effect.logWarning("claim of a dead owner left: the entry is there twice").pipe(
        Effect.annotateLogs({ queueId: id, path: claimed })
      )
      return false
    }
    return yield* spool.files.rename(claimed, path).pipe(
      Effect.as(true),
      Effect.catchIf(isMissing, () => Effect.succeed(false))
    )
  })

const isAbandoned = (spool: Spool, { id, owner }: EntryName): Effect.Effect<boolean, FileError> =>
  owner === undefined
    ? Effect.succeed(false)
    : Effect.map(
        judge(spool, owner, spool.path("q", entryName({ id, owner }))),
        (judgement) => judgement === "dead"
      )

/**
 * What a dead owner put into q/ may not be safe yet. It is made so before anybody can take it: whatever is free in q/
 * survives the loss of power, so that what is done with it later may be relied on (a report that was made, above all).
 */
const freeClaims = (spool: Spool): Effect.Effect<ReadonlyArray<QueueId.QueueId>, FileError> =>
  Effect.gen(function* () {
    const abandoned = yield* Effect.filter(yield* entriesIn(spool, "q"), (name) => isAbandoned(spool, name))
    if (abandoned.length > 0) yield* spool.sync("q")
    const freed = yield* Effect.filter(abandoned, (name) =>
      free(spool, name.id, spool.path("q", entryName(name)))
    )
    return freed.map(({ id }) => id)
  })

const homes: ReadonlyArray<SpoolDirectory> = ["q", "dead", "bad"]

/** Directory times can't tell changes apart that are closer than this. */
const stillNanos = 2_000_000_000n

/** When the directories where entries live last changed; none while they are changing. */
const stillness = (spool: Spool): Effect.Effect<Option.Option<string>, FileError> =>
  Effect.gen(function* () {
    const now = BigInt(yield* Clock.currentTimeMillis) * 1_000_000n
    const times = yield* Effect.forEach(homes, (directory) =>
      Effect.map(spool.files.facts(spool.directory(directory)), ({ modifiedAtNanos }) => modifiedAtNanos)
    )
    return times.every((time) => time < now - stillNanos) ? Option.some(times.join()) : Option.none()
  })

const idOf = (name: string): ReadonlyArray<QueueId.QueueId> =>
  Option.toArray(QueueId.parse(name.split(".")[0] ?? ""))

/**
 * Journals without a message. A walk over directories in which entries move proves nothing about what it did not see;
 * one during which nothing changed does. Where the queue is never still, they wait.
 */
const sweepJournals = (spool: Spool): Effect.Effect<number, FileError> =>
  Effect.gen(function* () {
    const before = yield* stillness(spool)
    if (Option.isNone(before)) return 0
    const journals = yield* namesIn(spool, "st")
    if (journals.length === 0) return 0
    const living = new Set<string>()
    for (const directory of homes) {
      for (const name of yield* namesIn(spool, directory)) for (const id of idOf(name)) living.add(id)
    }
    const isNeeded = (id: QueueId.QueueId) =>
      living.has(id) || Option.exists(QueueId.parentOf(id), (parent) => living.has(parent))
    const orphans = journals.flatMap((name) => idOf(name).filter((id) => id === name && !isNeeded(id)))
    if (orphans.length === 0) return 0
    yield* spool.sync("q")
    const after = yield* stillness(spool)
    if (Option.isNone(after) || after.value !== before.value) return 0
    yield* unlinkJournals(spool, orphans)
    return orphans.length
  })

export const recover = (spool: Spool): Effect.Effect<Recovery, QueueFailed> =>
  Effect.gen(function* () {
    yield* spool.ready
    const temporary = yield* sweepTemporary(spool)
    const freed = yield* freeClaims(spool)
    const journals = yield* sweepJournals(spool)
    return { freed, swept: temporary + journals }
  }).pipe(
    Effect.catchTag("FileError", (error) => Effect.fail(queueFailed(error))),
    Effect.withSpan("queue.recover")
  )
