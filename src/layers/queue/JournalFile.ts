/**
 * The journal of one claimed entry on the disk: read once, then only appended to.
 *
 * What the disk refused half way is cut off before the next append. A journal whose fsync failed is not written again:
 * the kernel may report success for octets it has thrown away.
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import * as Journal from "../../domain/queue/Journal.ts"
import * as JournalState from "../../domain/queue/JournalState.ts"
import { QueueFailed } from "../../domain/queue/QueueError.ts"
import type * as QueueId from "../../domain/queue/QueueId.ts"
import type { FileError, SpoolFile } from "../../services/SpoolFiles.ts"
import { Damage, readTrusted } from "./EntryReader.ts"
import { queueFailed } from "./fileError.ts"
import type { Spool } from "./Spool.ts"
import { writeAll } from "./writeAll.ts"

/** Far beyond what five days of tries can write. */
export const maxJournalBytes = 64 * 1024 * 1024

const damaged = (problem: string) => new Damage({ problem })

const nothing = new Uint8Array(0)

const readAll = (spool: Spool, path: string): Effect.Effect<Uint8Array, FileError | Damage> =>
  Effect.gen(function* () {
    const content = yield* readTrusted(spool, path, maxJournalBytes)
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
  goodBytes: number
}

const joined = (pieces: ReadonlyArray<Uint8Array>): Uint8Array => Buffer.concat(pieces)

const openAppender = (
  spool: Spool,
  path: string,
  goodBytes: number
): Effect.Effect<Appender, FileError | QueueFailed, Scope.Scope> =>
  Effect.gen(function* () {
    const file = yield* Effect.acquireRelease(spool.files.openAppend(path), (opened) =>
      Effect.ignore(opened.close)
    )
    const { kind, links, sizeBytes, userId } = file.facts
    if (kind !== "file" || links !== 1 || userId !== spool.host.userId || sizeBytes < goodBytes) {
      return yield* new QueueFailed({
        operation: "open",
        path,
        reason: "Corrupt",
        detail: "the journal is not the file that was read"
      })
    }
    return { file, isNameDurable: false, isTorn: sizeBytes > goodBytes, goodBytes }
  })

const write = (path: string, appender: Appender, octets: Uint8Array): Effect.Effect<void, FileError> =>
  Effect.gen(function* () {
    if (appender.isTorn) {
      yield* appender.file.truncate(appender.goodBytes)
      appender.isTorn = false
    }
    yield* writeAll(appender.file, path, octets, appender.goodBytes).pipe(
      Effect.tapError(() =>
        Effect.sync(() => {
          appender.isTorn = true
        })
      )
    )
    appender.goodBytes += octets.length
  })

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
    let broken: FileError | undefined
    let opened: Appender | undefined
    const scope = yield* Effect.scope
    const turn = yield* Effect.makeSemaphore(1)
    const appender = Effect.suspend(() =>
      opened === undefined
        ? openAppender(spool, path, journal.goodBytes).pipe(
            Effect.provideService(Scope.Scope, scope),
            Effect.tap((made) => {
              opened = made
            })
          )
        : Effect.succeed(opened)
    )
    const makeDurable = (target: Appender) =>
      target.file.sync.pipe(
        Effect.tapError((error) =>
          Effect.sync(() => {
            broken = error
          })
        ),
        Effect.zipRight(target.isNameDurable ? Effect.void : spool.sync("st")),
        Effect.tap(() => {
          target.isNameDurable = true
        })
      )
    const add = (records: ReadonlyArray<Journal.JournalRecord>, isDurable: boolean) =>
      Effect.gen(function* () {
        if (broken !== undefined) return yield* broken
        const target = yield* appender
        yield* write(path, target, joined(records.flatMap(Journal.encode)))
        if (isDurable) yield* makeDurable(target)
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
