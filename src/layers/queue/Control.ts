/**
 * Hold, release, retry, remove: what a person asks of single entries.
 *
 * Each takes the entry as a delivery would, so none can meet a delivery half way; an entry that is being delivered at
 * this moment is left alone and said to be active.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import type { JournalRecord } from "../../domain/queue/Journal.ts"
import type { QueueFailed } from "../../domain/queue/QueueError.ts"
import * as QueueId from "../../domain/queue/QueueId.ts"
import { entryName } from "../../domain/queue/SpoolName.ts"
import type { ControlResult } from "../../services/Queue.ts"
import type { FileError } from "../../services/SpoolFiles.ts"
import { unlinkMessage, type Workshop } from "./ClaimedEntry.ts"
import * as Claims from "./Claims.ts"
import { type Damage, openTrusted, readHead } from "./EntryReader.ts"
import { isMissing, queueFailed } from "./fileError.ts"
import * as JournalFile from "./JournalFile.ts"
import { judge } from "./Liveness.ts"
import { entriesIn, namesIn } from "./Presence.ts"
import { moveToBad, noteSuffix } from "./Quarantine.ts"
import { recover, sweepTemporary } from "./Recovery.ts"
import type { Spool, SpoolDirectory } from "./Spool.ts"

const isNamed = (spool: Spool, directory: SpoolDirectory, name: string): Effect.Effect<boolean, FileError> =>
  spool.files.facts(spool.path(directory, name)).pipe(
    Effect.as(true),
    Effect.catchIf(isMissing, () => Effect.succeed(false))
  )

/** Why an entry could not be taken. */
const whereabouts = (
  spool: Spool,
  id: QueueId.QueueId
): Effect.Effect<ControlResult | "abandoned", FileError> =>
  Effect.gen(function* () {
    for (const { id: other, owner } of yield* entriesIn(spool, "q")) {
      if (other !== id) continue
      if (owner === undefined) return "abandoned"
      const judgement = yield* judge(spool, owner, spool.path("q", entryName({ id, owner })))
      return judgement === "dead" ? "abandoned" : "active"
    }
    return (yield* isNamed(spool, "bad", id)) ? "bad" : "unknown"
  })

/** Out of the queue, or risen from the dead. An entry of a dead owner is freed first. */
const take = (spool: Spool, id: QueueId.QueueId) =>
  Effect.gen(function* () {
    for (let round = 0; round < 3; round++) {
      for (const home of ["q", "dead"] as const) {
        const held = yield* Claims.hold(spool, id, home)
        if (Option.isNone(held)) continue
        // What has left the dead must not be found among them again; but first of all it must have arrived.
        if (home === "dead") {
          yield* Effect.mapError(Effect.zipRight(spool.sync("q"), spool.sync("dead")), queueFailed)
        }
        return { held: held.value, home }
      }
      const where = yield* Effect.mapError(whereabouts(spool, id), queueFailed)
      if (where !== "abandoned") return where
      yield* recover(spool)
    }
    return "active" as const
  })

const journalOf = (
  spool: Spool,
  hold: Claims.Hold
): Effect.Effect<JournalFile.JournalFile, FileError | Damage, Scope.Scope> =>
  Effect.gen(function* () {
    const { head } = yield* readHead(yield* openTrusted(spool, hold.path))
    return yield* JournalFile.open(spool, hold.id, head.entry.envelope.recipients.length)
  })

/** Back among the dead, where it was found. */
const reBury = (spool: Spool, hold: Claims.Hold) =>
  spool.files
    .rename(hold.path, spool.path("dead", hold.id))
    .pipe(Effect.mapError(queueFailed), Effect.zipRight(hold.settle), Effect.uninterruptible)

const writing = (
  { spool }: Workshop,
  id: QueueId.QueueId,
  record: (at: number) => JournalRecord,
  after: (hold: Claims.Hold, home: "q" | "dead") => Effect.Effect<void, QueueFailed>
): Effect.Effect<ControlResult, QueueFailed> =>
  Effect.gen(function* () {
    yield* spool.ready
    yield* Effect.mapError(sweepTemporary(spool), queueFailed)
    const taken = yield* take(spool, id)
    if (typeof taken === "string") return taken
    const { held, home } = taken
    const at = yield* Clock.currentTimeMillis
    return yield* journalOf(spool, held).pipe(
      Effect.flatMap((journal) => journal.append([record(at)])),
      Effect.zipRight(after(held, home)),
      Effect.as<ControlResult>("done"),
      Effect.catchTags({
        Damage: ({ problem }) => Effect.as(moveToBad(spool, held, problem), "bad" as const),
        FileError: (error) => Effect.fail(queueFailed(error))
      })
    )
  }).pipe(Effect.scoped)

const asFound = (spool: Spool) => (hold: Claims.Hold, home: "q" | "dead") =>
  home === "dead" ? reBury(spool, hold) : Effect.void

export const hold = (workshop: Workshop, id: QueueId.QueueId) =>
  writing(workshop, id, (at) => ({ type: "held", at }), asFound(workshop.spool))

export const release = (workshop: Workshop, id: QueueId.QueueId) =>
  writing(workshop, id, (at) => ({ type: "released", at }), asFound(workshop.spool))

export const retry = (workshop: Workshop, id: QueueId.QueueId) =>
  writing(
    workshop,
    id,
    (at) => ({ type: "retry", at }),
    () => Effect.void
  )

/** What lies aside, or was never ours: by exactly the name that stands in the directory, so that no path gets in. */
const discard = (spool: Spool, directory: "q" | "bad", name: string): Effect.Effect<boolean, FileError> =>
  Effect.gen(function* () {
    if (!(yield* namesIn(spool, directory)).includes(name)) return false
    yield* spool.files.removeTree(spool.path(directory, name))
    if (directory === "bad") yield* spool.files.removeTree(spool.path("bad", `${name}${noteSuffix}`))
    return true
  })

const discardDamaged = (
  { graves, spool }: Workshop,
  name: string
): Effect.Effect<ControlResult, QueueFailed> =>
  Effect.gen(function* () {
    const inBad = yield* discard(spool, "bad", name)
    const id = QueueId.parse(name)
    if (inBad && Option.isSome(id)) {
      yield* spool.sync("bad")
      yield* graves.add(id.value)
    }
    if (inBad) return "done"
    const isForeign = Option.isNone(id)
    return isForeign && (yield* discard(spool, "q", name)) ? "done" : "unknown"
  }).pipe(Effect.mapError(queueFailed))

export const remove = (workshop: Workshop, name: string): Effect.Effect<ControlResult, QueueFailed> =>
  Effect.gen(function* () {
    const id = QueueId.parse(name)
    if (Option.isSome(id)) {
      const result = yield* writing(
        workshop,
        id.value,
        (at) => ({ type: "removed", at }),
        (held) => unlinkMessage(workshop, held)
      )
      if (result !== "bad" && result !== "unknown") return result
    }
    return yield* discardDamaged(workshop, name)
  })
