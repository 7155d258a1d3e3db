/**
 * The journal of one claimed entry on the disk: read once, then only appended to.
 *
 * What the disk refused half way is cut off before the next append. A file whose fsync failed is never synced again: the
 * kernel may report success for octets it has thrown away. The next append goes to a copy, which takes its place.
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import * as Journal from "../../domain/queue/Journal.ts"
import * as JournalState from "../../domain/queue/JournalState.ts"
import * as Limits from "../../domain/queue/Limits.ts"
import * as Owner from "../../domain/queue/Owner.ts"
import { QueueFailed } from "../../domain/queue/QueueError.ts"
import type * as QueueId from "../../domain/queue/QueueId.ts"
import { FileError, type SpoolFile } from "../../services/SpoolFiles.ts"
import { Damage, readTrusted } from "./EntryReader.ts"
import { queueFailed } from "./fileError.ts"
import type { Spool } from "./Spool.ts"
import { writeAll } from "./writeAll.ts"

const damaged = (problem: string) => new Damage({ problem })

const nothing = new Uint8Array(0)

const readAll = (spool: Spool, path: string): Effect.Effect<Uint8Array, FileError | Damage> =>
  Effect.gen(function* () {
    const content = yield* readTrusted(spool, path, Limits.journalBytes)
    if (Option.isNone(content)) return nothing
    return content.value.octets ?? (yield* damaged("its journal is too large"))
  })

/** The journal of an entry, which may have none yet. */
export const read = (spool: Spool, id: QueueId.QueueId): Effect.Effect<Journal.Journal, FileError | Damage> =>
  Effect.flatMap(readAll(spool, spool.path("st", id)), (octets) =>
    Either.mapLeft(Journal.decode(octets), (problem) => damaged(problem))
  )

export interface JournalFile {
  readonly state: Effect.Effect<JournalState.JournalState>
  /** On the disk when it returns. */
  readonly append: (
    records: ReadonlyArray<Journal.JournalRecord>
  ) => Effect.Effect<JournalState.JournalState, QueueFailed>
  /** In the kernel when it returns. */
  readonly appendLazily: (
    records: ReadonlyArray<Journal.JournalRecord>
  ) => Effect.Effect<JournalState.JournalState, QueueFailed>
}

interface Appender {
  readonly file: SpoolFile
  /** False until we made it so: whoever wrote the journal before us may have died before he could. */
  isNameDurable: boolean
  /** Octets behind `goodBytes` that must go first. */
  isTorn: boolean
  /** The disk failed on it: what of it is safe can't be known any more. */
  isSuspect: boolean
  goodBytes: number
}

const joined = (pieces: ReadonlyArray<Uint8Array>): Uint8Array => Buffer.concat(pieces)

const openAppender = (
  spool: Spool,
  path: string,
  goodBytes: number
): Effect.Effect<Appender, FileError | QueueFailed, Scope.Scope> =>
  Effect.gen(function* () {
    const file = yield* spool.files.openAppend(path)
    yield* Scope.addFinalizer(yield* Effect.scope, Effect.ignore(file.close))
    const { kind, links, sizeBytes, userId } = file.facts
    if (kind !== "file" || links !== 1 || userId !== spool.host.userId || sizeBytes < goodBytes) {
      return yield* new QueueFailed({
        operation: "open",
        path,
        reason: "Corrupt",
        detail: "the journal is not the file that was read"
      })
    }
    return { file, isNameDurable: false, isTorn: sizeBytes > goodBytes, isSuspect: false, goodBytes }
  })

/** The good part of a file in a new one of the same name. */
const replaced = (
  spool: Spool,
  path: string,
  { file, goodBytes }: Appender
): Effect.Effect<Appender, FileError | QueueFailed, Scope.Scope> =>
  Effect.gen(function* () {
    const octets = yield* file.read(0, goodBytes)
    const good = Either.map(Journal.decode(octets), (journal) => journal.goodBytes)
    if (Either.isLeft(good) || good.right !== goodBytes)
      return yield* new FileError({ operation: "read", path, code: "EIO" })
    const owner = yield* spool.newOwner
    const temporary = spool.path("tmp", `journal.${Owner.encode(owner)}`)
    yield* Effect.acquireUseRelease(
      spool.files.createNew(temporary),
      (copy) =>
        writeAll(copy, temporary, octets, 0).pipe(Effect.zipRight(copy.sync), Effect.zipRight(copy.close)),
      (copy) => Effect.ignore(copy.close)
    ).pipe(
      Effect.zipRight(spool.files.rename(temporary, path)),
      Effect.onError(() => Effect.ignore(spool.files.unlink(temporary))),
      Effect.ensuring(Effect.sync(() => spool.drop(owner)))
    )
    yield* Effect.logWarning("journal copied: the disk failed on it").pipe(Effect.annotateLogs({ path }))
    return yield* openAppender(spool, path, goodBytes)
  })

const write = (path: string, appender: Appender, octets: Uint8Array): Effect.Effect<void, FileError> =>
  Effect.gen(function* () {
    if (appender.isTorn) {
      yield* appender.file.truncate(appender.goodBytes)
      appender.isTorn = false
    }
    yield* writeAll(appender.file, path, octets, appender.goodBytes).pipe(
      Effect.tapError(({ code }) =>
        Effect.sync(() => {
          appender.isTorn = true
          appender.isSuspect ||= code === "EIO"
        })
      )
    )
  })

const makeDurable = (spool: Spool, appender: Appender): Effect.Effect<void, FileError> =>
  appender.file.sync.pipe(
    Effect.tapError(() =>
      Effect.sync(() => {
        appender.isSuspect = true
      })
    ),
    Effect.zipRight(appender.isNameDurable ? Effect.void : spool.sync("st")),
    Effect.tap(() => {
      appender.isNameDurable = true
    }),
    // Whoever hears of a failure writes the same once more, or nothing.
    Effect.tapError(() =>
      Effect.sync(() => {
        appender.isTorn = true
      })
    )
  )

/** For the owner of a claim only. */
export const open = (
  spool: Spool,
  id: QueueId.QueueId,
  recipientCount: number
): Effect.Effect<JournalFile, FileError | Damage, Scope.Scope> =>
  Effect.gen(function* () {
    const path = spool.path("st", id)
    const journal = yield* read(spool, id)
    let state = yield* Either.mapLeft(JournalState.fold(recipientCount, journal.records), damaged)
    let opened: Appender | undefined
    const scope = yield* Effect.scope
    const turn = yield* Effect.makeSemaphore(1)
    const appender = Effect.suspend(() => {
      if (opened !== undefined && !opened.isSuspect) return Effect.succeed(opened)
      const next =
        opened === undefined ? openAppender(spool, path, journal.goodBytes) : replaced(spool, path, opened)
      return next.pipe(
        Effect.provideService(Scope.Scope, scope),
        Effect.tap((made) => {
          opened = made
        })
      )
    })
    const add = (records: ReadonlyArray<Journal.JournalRecord>, isDurable: boolean) =>
      Effect.gen(function* () {
        const target = yield* appender
        const octets = joined(records.flatMap(Journal.encode))
        yield* write(path, target, octets)
        if (isDurable) yield* makeDurable(spool, target)
        target.goodBytes += octets.length
        state = records.reduce(JournalState.append, state)
        return state
      }).pipe(
        Effect.catchTag("FileError", (error) => Effect.fail(queueFailed(error))),
        Effect.uninterruptible,
        turn.withPermits(1)
      )
    return {
      state: Effect.sync(() => state),
      append: (records) => add(records, true),
      appendLazily: (records) => add(records, false)
    }
  })
