/**
 * Reads an entry back, and believes nothing of it before its trailer, its digest and its first line agree.
 *
 * A file that is damaged or not what esmtp put there is `Damage`: never transmitted, never deleted. A file that can't be
 * read at the moment is a `FileError`: another time it may be.
 */
import { createHash } from "node:crypto"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as Limits from "../../domain/queue/Limits.ts"
import * as QueueEntry from "../../domain/queue/QueueEntry.ts"
import type { QueueFailed } from "../../domain/queue/QueueError.ts"
import type * as QueueId from "../../domain/queue/QueueId.ts"
import type { Message } from "../../services/Message.ts"
import type { FileContent, FileError, FileFacts, SpoolFile } from "../../services/SpoolFiles.ts"
import { queueFailed } from "./fileError.ts"
import type { Spool } from "./Spool.ts"

/** What is wrong with a file in the spool, in a few words. */
export class Damage extends Data.TaggedError("Damage")<{ readonly problem: string }> {
  override get message(): string {
    return this.problem
  }
}

const damaged = (problem: string) => new Damage({ problem })

const blockBytes = 64 * 1024

/** What a file must be before it is opened for its content: plain, ours, and known by no other name. */
export const suspicion = (facts: FileFacts, userId: number): Option.Option<string> => {
  if (facts.kind === "symlink") return Option.some("is a symbolic link")
  if (facts.kind !== "file") return Option.some("is not a regular file")
  if (facts.userId !== userId) return Option.some(`belongs to user ${facts.userId}`)
  return facts.links === 1 ? Option.none() : Option.some(`has ${facts.links} names`)
}

const judgeFacts = (spool: Spool, { facts }: { readonly facts: FileFacts }): Effect.Effect<void, Damage> =>
  Option.match(suspicion(facts, spool.host.userId), {
    onNone: () => Effect.void,
    onSome: (problem) => damaged(problem)
  })

/** The codes that opening gives for what can't be a file of ours. */
const isForeign = ({ operation, code }: FileError) =>
  operation === "open" && (code === "ELOOP" || code === "ENXIO" || code === "EISDIR" || code === "ENODEV")

const foreign = ({ code }: FileError) => damaged(`is not a regular file (${code})`)

/** Opens a file of the spool for reading, closed with the scope. */
export const openTrusted = (
  spool: Spool,
  path: string
): Effect.Effect<SpoolFile, FileError | Damage, Scope.Scope> =>
  Effect.acquireRelease(spool.files.openRead(path), (file) => Effect.ignore(file.close)).pipe(
    Effect.catchIf(isForeign, foreign),
    Effect.tap((file) => judgeFacts(spool, file))
  )

/** The same for a file that is read at once, if it has no more octets than `limit`. None: there is no such file. */
export const readTrusted = (
  spool: Spool,
  path: string,
  limit: number
): Effect.Effect<Option.Option<FileContent>, FileError | Damage> =>
  Effect.gen(function* () {
    const content = yield* Effect.catchIf(spool.files.readWhole(path, limit), isForeign, foreign)
    if (Option.isSome(content)) yield* judgeFacts(spool, content.value)
    return content
  })

const latin1 = (octets: Uint8Array): string =>
  Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength).toString("latin1")

const utf8 = new TextDecoder("utf-8", { fatal: true })

const trailerIn = (end: Uint8Array, size: number): Either.Either<QueueEntry.Trailer, Damage> =>
  Either.mapLeft(QueueEntry.decodeTrailer(latin1(end), size), damaged)

const readTrailer = (file: SpoolFile): Effect.Effect<QueueEntry.Trailer, FileError | Damage> =>
  Effect.gen(function* () {
    const size = file.facts.sizeBytes
    const length = Math.min(Limits.trailerBytes, size)
    const end = yield* file.read(size - length, length)
    return yield* trailerIn(end, size)
  })

/** The octets from `start`, `length` of them, block by block. A file that ends sooner has changed under us. */
const octetsOf = (file: SpoolFile, start: number, length: number): Stream.Stream<Uint8Array, FileError> =>
  Stream.unfoldEffect(0, (done) =>
    done >= length
      ? Effect.succeedNone
      : file
          .read(start + done, Math.min(blockBytes, length - done))
          .pipe(
            Effect.map((block) =>
              block.length === 0 ? Option.none() : Option.some([block, done + block.length] as const)
            )
          )
  )

const checkDigest = (file: SpoolFile, trailer: QueueEntry.Trailer): Effect.Effect<void, FileError | Damage> =>
  Effect.gen(function* () {
    const hash = createHash("sha256")
    yield* Stream.runForEach(octetsOf(file, 0, trailer.contentBytes), (block) =>
      Effect.sync(() => void hash.update(block))
    )
    if (hash.digest("hex") !== trailer.sha256) return yield* damaged("its digest is wrong")
  })

const decodeLine = (octets: Uint8Array): Either.Either<QueueEntry.EntryHead, Damage> =>
  Either.try({ try: () => utf8.decode(octets), catch: () => damaged("first line is not UTF-8") }).pipe(
    Either.flatMap((line) => Either.mapLeft(QueueEntry.decodeHead(line), damaged))
  )

export interface ReadHead {
  readonly head: QueueEntry.EntryHead
  /** Octets of the first line, newline included. */
  readonly lineBytes: number
}

/** From the first octets of a file; none if they end before the first line does. */
export const headIn = (octets: Uint8Array): Option.Option<Either.Either<ReadHead, Damage>> => {
  const newline = octets.indexOf(0x0a)
  return newline === -1
    ? Option.none()
    : Option.some(
        Either.map(decodeLine(octets.subarray(0, newline)), (head) => ({ head, lineBytes: newline + 1 }))
      )
}

const noLine: Either.Either<ReadHead, Damage> = Either.left(damaged("has no first line"))

/** Reads the first line alone, however long it is. */
export const readHead = (file: SpoolFile): Effect.Effect<ReadHead, FileError | Damage> =>
  Effect.gen(function* () {
    let limit = blockBytes
    while (true) {
      const octets = yield* file.read(0, Math.min(limit, file.facts.sizeBytes))
      const found = headIn(octets)
      if (Option.isSome(found)) return yield* found.value
      if (octets.length < limit || limit >= Limits.headBytes) return yield* noLine
      limit *= 16
    }
  })

export interface OpenEntry {
  readonly entry: QueueEntry.QueueEntry
  readonly message: Message
}

const messageOf = (file: SpoolFile, { head, lineBytes }: ReadHead): Effect.Effect<Message, FileError> =>
  Effect.gen(function* () {
    const { localBytes, wireBytes } = head.sizes
    const wire = yield* file.read(lineBytes, wireBytes)
    const local = localBytes === 0 ? wire : yield* file.read(lineBytes + wireBytes, localBytes)
    const { facts } = head.entry
    const start = lineBytes + wireBytes + localBytes
    const body: Stream.Stream<Uint8Array, QueueFailed> = Stream.mapError(
      octetsOf(file, start, facts.sizeBytes - wireBytes),
      queueFailed
    )
    return { header: { wire, local }, facts, body }
  })

/** The first line is that of this entry and of this file. */
const agreeing = (
  read: ReadHead,
  trailer: QueueEntry.Trailer,
  id: QueueId.QueueId
): Either.Either<ReadHead, Damage> => {
  if (read.head.entry.id !== id) return Either.left(damaged(`is the entry ${read.head.entry.id}`))
  const expected = QueueEntry.contentBytes(read.lineBytes, read.head)
  return expected === trailer.contentBytes
    ? Either.right(read)
    : Either.left(damaged("its parts don't add up"))
}

const openFile = (
  spool: Spool,
  path: string,
  id: QueueId.QueueId
): Effect.Effect<OpenEntry, FileError | Damage, Scope.Scope> =>
  Effect.gen(function* () {
    const file = yield* openTrusted(spool, path)
    const trailer = yield* readTrailer(file)
    yield* checkDigest(file, trailer)
    const read = yield* agreeing(yield* readHead(file), trailer, id)
    return { entry: read.head.entry, message: yield* messageOf(file, read) }
  })

const messageIn = (octets: Uint8Array, { head, lineBytes }: ReadHead): Message => {
  const { localBytes, wireBytes } = head.sizes
  const { facts } = head.entry
  const start = lineBytes + wireBytes + localBytes
  const wire = octets.subarray(lineBytes, lineBytes + wireBytes)
  const local = localBytes === 0 ? wire : octets.subarray(lineBytes + wireBytes, start)
  const end = start + facts.sizeBytes - wireBytes
  return {
    header: { wire, local },
    facts,
    body: Stream.make(octets.subarray(start, end)),
    ...(localBytes === 0 && { whole: octets.subarray(lineBytes, end) })
  }
}

/** The proof of an entry whose octets are all here. */
const openOctets = (octets: Uint8Array, id: QueueId.QueueId): Either.Either<OpenEntry, Damage> =>
  Either.gen(function* () {
    const trailer = yield* trailerIn(octets.subarray(-Limits.trailerBytes), octets.length)
    const digest = createHash("sha256").update(octets.subarray(0, trailer.contentBytes)).digest("hex")
    if (digest !== trailer.sha256) return yield* Either.left(damaged("its digest is wrong"))
    const found = yield* Option.getOrElse(headIn(octets), () => noLine)
    const read = yield* agreeing(found, trailer, id)
    return { entry: read.head.entry, message: messageIn(octets, read) }
  })

/** Opens and proves an entry. Its message can be read until the scope closes, whatever its file is called by then. */
export const open = (
  spool: Spool,
  path: string,
  id: QueueId.QueueId
): Effect.Effect<OpenEntry, FileError | Damage, Scope.Scope> =>
  Effect.gen(function* () {
    const content = yield* readTrusted(spool, path, Limits.entryAtOnceBytes)
    const octets = Option.isSome(content) ? content.value.octets : undefined
    return octets === undefined ? yield* openFile(spool, path, id) : yield* openOctets(octets, id)
  })

/** Wire header and body if the first line tells where they are, else the whole file. */
export const contentOf = (
  file: SpoolFile,
  read: Option.Option<ReadHead>
): Stream.Stream<Uint8Array, QueueFailed> => {
  const size = file.facts.sizeBytes
  const parts = Option.match(read, {
    onNone: () => octetsOf(file, 0, size),
    onSome: ({ head, lineBytes }) => {
      const { localBytes, wireBytes } = head.sizes
      const bodyBytes = Math.max(0, head.entry.facts.sizeBytes - wireBytes)
      return Stream.concat(
        octetsOf(file, lineBytes, wireBytes),
        octetsOf(file, lineBytes + wireBytes + localBytes, bodyBytes)
      )
    }
  })
  return Stream.mapError(parts, queueFailed)
}
