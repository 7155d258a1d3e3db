/**
 * Puts a message into the spool so that it is there whole or not at all.
 *
 * write tmp/<id>.<owner> · fsync it · rename to q/<id>.<owner> · fsync q/ · rename to q/<id>
 *
 * After the first fsync of the directory the message is accepted. Until the last rename it is held by its writer, so
 * that nobody delivers what may yet have to be taken back; a writer that dies before it leaves a claim of a dead owner.
 * The last rename needs no fsync: whether it survives or not, the message is in q/.
 */
import { createHash } from "node:crypto"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { MessageError } from "../../domain/mail/MessageError.ts"
import type * as Owner from "../../domain/queue/Owner.ts"
import * as QueueEntry from "../../domain/queue/QueueEntry.ts"
import { QueueFailed } from "../../domain/queue/QueueError.ts"
import * as QueueId from "../../domain/queue/QueueId.ts"
import { entryName } from "../../domain/queue/SpoolName.ts"
import type { Draft } from "../../services/Queue.ts"
import type { FileError, SpoolFile } from "../../services/SpoolFiles.ts"
import { queueFailed } from "./fileError.ts"
import { preflight } from "./Reserve.ts"
import type { Spool } from "./Spool.ts"
import { writeAll } from "./writeAll.ts"

/** Octets gathered before they are written. */
const blockBytes = 64 * 1024

interface Writer {
  readonly add: (octets: Uint8Array) => Effect.Effect<void, FileError>
  /** Octets added so far, and their SHA-256. */
  readonly end: () => QueueEntry.Trailer
  readonly flush: Effect.Effect<void, FileError>
}

const writerOf = (file: SpoolFile, path: string): Writer => {
  const hash = createHash("sha256")
  let blocks: Array<Uint8Array> = []
  let held = 0
  let written = 0
  const flush = Effect.suspend(() => {
    const octets = Buffer.concat(blocks, held)
    const position = written
    blocks = []
    held = 0
    written += octets.length
    return writeAll(file, path, octets, position)
  })
  return {
    add: (octets) =>
      Effect.suspend(() => {
        hash.update(octets)
        blocks.push(octets)
        held += octets.length
        return held >= blockBytes ? flush : Effect.void
      }),
    end: () => ({ contentBytes: written + held, sha256: hash.copy().digest("hex") }),
    flush
  }
}

const utf8 = new TextEncoder()

const mismatch = (path: string, detail: string) =>
  new QueueFailed({ operation: "verify", path, reason: "Corrupt", detail })

const hasLocalRecipient = (draft: Draft) => draft.envelope.recipients.some(({ route }) => route === "mda")

const writeContent = (file: SpoolFile, path: string, entry: QueueEntry.QueueEntry, draft: Draft) =>
  Effect.gen(function* () {
    const { body, header } = draft.message
    const local = hasLocalRecipient(draft) ? header.local : new Uint8Array(0)
    const head = { entry, sizes: { wireBytes: header.wire.length, localBytes: local.length } }
    const line = utf8.encode(QueueEntry.encodeHead(head))
    const writer = writerOf(file, path)
    yield* writer.add(line)
    yield* writer.add(header.wire)
    yield* writer.add(local)
    yield* Stream.runForEach(body, writer.add)
    const trailer = writer.end()
    const expected = QueueEntry.contentBytes(line.length, head)
    if (trailer.contentBytes !== expected) {
      return yield* mismatch(path, `message has ${trailer.contentBytes} octets, ${expected} were announced`)
    }
    yield* writer.add(utf8.encode(QueueEntry.encodeTrailer(trailer)))
    yield* writer.flush
  })

/** Whatever ends the writing early, an interruption included, leaves no file. */
const writeTemporary = (
  spool: Spool,
  path: string,
  entry: QueueEntry.QueueEntry,
  draft: Draft
): Effect.Effect<void, FileError | QueueFailed | MessageError> =>
  Effect.acquireUseRelease(
    spool.files.createNew(path),
    (file) =>
      writeContent(file, path, entry, draft).pipe(
        Effect.zipRight(Effect.uninterruptible(Effect.zipRight(file.sync, file.close)))
      ),
    (file, exit) =>
      exit._tag === "Success"
        ? Effect.void
        : Effect.zipRight(Effect.ignore(file.close), takeBack(spool, [path]))
  )

/** Removes what may be there under these names. What can't be removed is told: it may yet be delivered. */
const takeBack = (spool: Spool, paths: ReadonlyArray<string>): Effect.Effect<void> =>
  Effect.forEach(
    paths,
    (path) =>
      spool.files.unlink(path).pipe(
        Effect.catchIf(
          ({ code }) => code === "ENOENT",
          () => Effect.void
        ),
        Effect.catchAll((error) =>
          Effect.logError("refused message could not be taken back").pipe(
            Effect.annotateLogs({ path, reason: error.message })
          )
        )
      ),
    { discard: true }
  )

/** From here on the message is durable, or it is gone again. */
const commit = (spool: Spool, temporary: string, claimed: string): Effect.Effect<void, FileError> =>
  spool.files.rename(temporary, claimed).pipe(
    Effect.zipRight(spool.sync("q")),
    Effect.tapError(() =>
      // A network file system may have done what it reports as failed: both names are looked after. The sync makes
      // the taking back durable where it can; where it can't, the first one has failed for the same reason.
      takeBack(spool, [temporary, claimed]).pipe(Effect.zipRight(Effect.ignore(spool.sync("q"))))
    )
  )

/** Lets others have it. A failure changes nothing for the sender: the message is accepted, and freed when we end. */
const free = (spool: Spool, id: QueueId.QueueId, owner: Owner.Owner): Effect.Effect<void> =>
  spool.files.rename(spool.path("q", entryName({ id, owner })), spool.path("q", id)).pipe(
    Effect.catchAll((error) =>
      Effect.logWarning("accepted message stays claimed until this process ends").pipe(
        Effect.annotateLogs({ queueId: id, reason: error.message })
      )
    ),
    Effect.ensuring(Effect.sync(() => spool.drop(owner)))
  )

const describe = (spool: Spool, id: QueueId.QueueId, draft: Draft, parent: QueueId.QueueId | undefined) =>
  Effect.gen(function* () {
    const entry: QueueEntry.QueueEntry = {
      id,
      acceptedAt: yield* Clock.currentTimeMillis,
      acceptedOn: { bootId: spool.host.self.bootId, uptimeMillis: yield* spool.host.uptimeMillis },
      userId: spool.host.userId,
      envelope: draft.envelope,
      ...(draft.identity !== undefined && { identity: draft.identity }),
      ...(draft.messageId !== undefined && { messageId: draft.messageId }),
      argv: draft.argv,
      facts: draft.message.facts,
      ...(parent !== undefined && { parent })
    }
    return entry
  })

export interface Placement {
  readonly id: QueueId.QueueId
  readonly parent?: QueueId.QueueId
  /** Done while the message is accepted but still ours alone. If it fails, that is how things stay until we end. */
  readonly beforeRelease?: Effect.Effect<void, FileError>
}

/** Commits a draft under an id that must be free. */
export const writeAs = (
  spool: Spool,
  draft: Draft,
  { id, parent, beforeRelease = Effect.void }: Placement
): Effect.Effect<QueueId.QueueId, QueueFailed | MessageError> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.gen(function* () {
      yield* spool.ready
      yield* preflight(spool, draft.message.facts.sizeBytes + draft.message.header.local.length)
      const owner = yield* spool.newOwner
      const name = entryName({ id, owner })
      const entry = yield* describe(spool, id, draft, parent)
      const temporary = spool.path("tmp", name)
      yield* restore(writeTemporary(spool, temporary, entry, draft)).pipe(
        Effect.onInterrupt(() => takeBack(spool, [temporary])),
        Effect.zipRight(commit(spool, temporary, spool.path("q", name))),
        Effect.onError(() => Effect.sync(() => spool.drop(owner)))
      )
      yield* Effect.zipRight(beforeRelease, free(spool, id, owner))
      return id
    }).pipe(Effect.catchTag("FileError", (error) => Effect.fail(queueFailed(error))))
  )

export const newId = (spool: Spool): Effect.Effect<QueueId.QueueId> =>
  Effect.zipWith(Clock.currentTimeMillis, spool.host.randomOctets(QueueId.randomOctets), QueueId.make)
