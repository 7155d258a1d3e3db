/**
 * Takes over what the wrapper script of C esmtp left in the same directory: `<8 characters>/{cmd,mail,lock}`.
 *
 * An adoption is a claim of its own: the directory is renamed to tmp/<name>.<owner>, its mail committed under an id that
 * follows from it, and the directory retired before the new entry is freed. Whoever dies in between leaves a directory
 * whose entry is there (then it is retired) or not (then it is put back).
 *
 * Source: esmtp: esmtp-wrapper.
 */
import { createHash } from "node:crypto"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { MessageError } from "../../domain/mail/MessageError.ts"
import { argvOf, isLegacyName } from "../../domain/queue/LegacyEntry.ts"
import * as Limits from "../../domain/queue/Limits.ts"
import * as Owner from "../../domain/queue/Owner.ts"
import { QueueFailed } from "../../domain/queue/QueueError.ts"
import * as QueueId from "../../domain/queue/QueueId.ts"
import type { Draft, LegacyEntry } from "../../services/Queue.ts"
import type { FileError } from "../../services/SpoolFiles.ts"
import { contentOf, Damage, openTrusted } from "./EntryReader.ts"
import { writeAs } from "./EntryWriter.ts"
import { isMissing, queueFailed } from "./fileError.ts"
import { isDurablyKnown } from "./Presence.ts"
import type { Spool } from "./Spool.ts"

const isThere = (spool: Spool, path: string) => Effect.isSuccess(spool.files.facts(path))

const readCommand = (spool: Spool, path: string) =>
  openTrusted(spool, path).pipe(
    Effect.filterOrFail(
      ({ facts }) => facts.sizeBytes <= Limits.legacyCommandBytes,
      () => new Damage({ problem: "is too long for a command line" })
    ),
    Effect.flatMap((file) => file.read(0, file.facts.sizeBytes)),
    Effect.map((octets) => argvOf(new TextDecoder().decode(octets))),
    Effect.scoped
  )

const modifiedMillis = (spool: Spool, path: string): Effect.Effect<number, FileError> =>
  Effect.map(spool.files.facts(path), ({ modifiedAtNanos }) => Number(modifiedAtNanos / 1_000_000n))

/** One directory; none if it is not, or not yet, an entry of the wrapper. */
const readEntry = (spool: Spool, name: string) =>
  Effect.gen(function* () {
    const path = `${spool.root}/${name}`
    const facts = yield* spool.files.facts(path)
    if (facts.kind !== "directory" || facts.userId !== spool.host.userId) return Option.none()
    const isLocked = yield* isThere(spool, `${path}/lock`)
    if (!(yield* isThere(spool, `${path}/cmd`)) || !(yield* isThere(spool, `${path}/mail`)))
      return Option.none()
    const entry: LegacyEntry = {
      name,
      argv: yield* readCommand(spool, `${path}/cmd`),
      arrivedAt: yield* modifiedMillis(spool, `${path}/mail`),
      isLocked
    }
    return Option.some(entry)
  }).pipe(
    Effect.catchAll((error) =>
      Effect.logWarning("message of the old queue can't be read").pipe(
        Effect.annotateLogs({ name, reason: error.message }),
        Effect.as(Option.none<LegacyEntry>())
      )
    )
  )

/** Oldest first. An unreadable one is logged and left where it is. */
export const list = (spool: Spool): Effect.Effect<ReadonlyArray<LegacyEntry>, QueueFailed> =>
  spool.files.names(spool.root).pipe(
    Effect.catchIf(isMissing, () => Effect.succeed<ReadonlyArray<string>>([])),
    Effect.mapError(queueFailed),
    Effect.flatMap((names) => Effect.forEach(names.filter(isLegacyName), (name) => readEntry(spool, name))),
    Effect.map((found) => found.flatMap(Option.toArray).sort((one, other) => one.arrivedAt - other.arrivedAt))
  )

/** Always the same for the same directory. */
const idFor = (name: string, arrivedAt: number): QueueId.QueueId =>
  QueueId.make(
    arrivedAt,
    createHash("sha256").update(`${name} ${arrivedAt}`).digest().subarray(0, QueueId.randomOctets)
  )

const mailIn = (spool: Spool, directory: string): Stream.Stream<Uint8Array, QueueFailed> =>
  openTrusted(spool, `${directory}/mail`).pipe(
    Effect.mapError((error) =>
      error._tag === "FileError"
        ? queueFailed(error)
        : new QueueFailed({ operation: "open", path: directory, reason: "Unsafe", detail: error.problem })
    ),
    Effect.map((file) => contentOf(file, Option.none())),
    Stream.unwrapScoped
  )

interface Adoption {
  /** Where the directory lies while it is ours. */
  readonly path: string
  /** Where it lies once it is only to be deleted. */
  readonly retired: (id: QueueId.QueueId) => string
  readonly owner: Owner.Owner
  isCommitted: boolean
}

const retire = (spool: Spool, adoption: Adoption, id: QueueId.QueueId): Effect.Effect<void, FileError> =>
  Effect.suspend(() => {
    adoption.isCommitted = true
    return spool.files.rename(adoption.path, adoption.retired(id))
  }).pipe(Effect.zipRight(spool.sync("tmp")), Effect.zipRight(spool.sync("root")))

const begin = (spool: Spool, name: string): Effect.Effect<Option.Option<Adoption>, FileError> =>
  Effect.gen(function* () {
    const owner = yield* spool.newOwner
    const path = spool.path("tmp", `${name}.${Owner.encode(owner)}`)
    const adoption: Adoption = {
      path,
      retired: (id) => spool.path("tmp", `${id}.${Owner.encode(owner)}`),
      owner,
      isCommitted: false
    }
    return yield* spool.files.rename(`${spool.root}/${name}`, path).pipe(
      Effect.as(Option.some(adoption)),
      Effect.catchIf(isMissing, () => Effect.succeed(Option.none<Adoption>())),
      Effect.tap((begun) => Effect.sync(() => Option.isNone(begun) && spool.drop(owner))),
      Effect.onError(() => Effect.sync(() => spool.drop(owner)))
    )
  })

/** Uncommitted: as if nothing had happened. Committed but not retired: left to the recovery after our end. */
const end = (spool: Spool, name: string, adoption: Adoption): Effect.Effect<void> =>
  adoption.isCommitted
    ? Effect.void
    : spool.files.rename(adoption.path, `${spool.root}/${name}`).pipe(
        Effect.catchAll((error) =>
          Effect.logWarning("message of the old queue could not be put back").pipe(
            Effect.annotateLogs({ path: adoption.path, reason: error.message })
          )
        ),
        Effect.ensuring(Effect.sync(() => spool.drop(adoption.owner)))
      )

const adoptAs = <E, R>(
  spool: Spool,
  adoption: Adoption,
  id: QueueId.QueueId,
  make: (mail: Stream.Stream<Uint8Array, QueueFailed>) => Effect.Effect<Draft, E, R>
) =>
  Effect.gen(function* () {
    if (yield* Effect.mapError(isDurablyKnown(spool, id), queueFailed)) {
      yield* Effect.mapError(retire(spool, adoption, id), queueFailed)
    } else {
      const draft = yield* make(mailIn(spool, adoption.path))
      yield* writeAs(spool, draft, { id, beforeRelease: retire(spool, adoption, id) })
    }
    // Whatever remains is swept by a recovery after our end.
    yield* Effect.ignore(spool.files.removeTree(adoption.retired(id)))
    spool.drop(adoption.owner)
    return id
  })

/** None: somebody else was faster. */
export const adopt = <E, R>(
  spool: Spool,
  legacy: LegacyEntry,
  make: (mail: Stream.Stream<Uint8Array, QueueFailed>) => Effect.Effect<Draft, E, R>
): Effect.Effect<Option.Option<QueueId.QueueId>, E | QueueFailed | MessageError, R> =>
  Effect.gen(function* () {
    yield* spool.ready
    return yield* Effect.acquireUseRelease(
      Effect.mapError(begin(spool, legacy.name), queueFailed),
      Option.match({
        onNone: () => Effect.succeedNone,
        onSome: (adoption) =>
          Effect.asSome(adoptAs(spool, adoption, idFor(legacy.name, legacy.arrivedAt), make))
      }),
      Option.match({ onNone: () => Effect.void, onSome: (adoption) => end(spool, legacy.name, adoption) })
    )
  })

const nameOf = (temporaryName: string): string => temporaryName.split(".")[0] ?? ""

/** Of a name in tmp/: whether it is a directory of the wrapper under adoption. */
export const isAdoption = (temporaryName: string): boolean => isLegacyName(nameOf(temporaryName))

/** An adoption whose owner died: ended if its entry is there, undone if not. */
export const recover = (spool: Spool, temporaryName: string): Effect.Effect<void, FileError> =>
  Effect.gen(function* () {
    const path = spool.path("tmp", temporaryName)
    const name = nameOf(temporaryName)
    const id = yield* Effect.option(modifiedMillis(spool, `${path}/mail`))
    const isCommitted = Option.isSome(id) && (yield* isDurablyKnown(spool, idFor(name, id.value)))
    yield* isCommitted ? spool.files.removeTree(path) : spool.files.rename(path, `${spool.root}/${name}`)
  }).pipe(Effect.catchIf(isMissing, () => Effect.void))
