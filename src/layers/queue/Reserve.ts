/**
 * Space: refused in time to new mail, and kept back for the outcome of mail already under way.
 *
 * The reserve is a file that is there to be deleted: when the result of a delivery finds the disk full, its blocks hold
 * the record that keeps the message from being sent again.
 */
import * as Effect from "effect/Effect"
import * as Owner from "../../domain/queue/Owner.ts"
import { QueueFailed } from "../../domain/queue/QueueError.ts"
import type { FileError } from "../../services/SpoolFiles.ts"
import { isMissing, queueFailed } from "./fileError.ts"
import type { Spool } from "./Spool.ts"
import { writeAll } from "./writeAll.ts"

const reserveBytes = 64 * 1024

/** Left free for others: this part of the file system, but no more than this many octets. */
const spareShare = 0.05
const spareBytes = 16 * 1024 * 1024

/** Fails with `NoSpace` if a message of about this size would leave the file system too full. Costs nothing to undo. */
export const preflight = (spool: Spool, sizeBytes: number): Effect.Effect<void, QueueFailed> =>
  Effect.gen(function* () {
    const space = yield* Effect.mapError(spool.files.space(spool.root), queueFailed)
    const spare = Math.min(space.totalBytes * spareShare, spareBytes)
    const isOutOfFiles = space.totalFiles > 0 && space.freeFiles < 16
    if (space.freeBytes >= 2 * sizeBytes + spare && !isOutOfFiles) return
    return yield* new QueueFailed({
      operation: "statfs",
      path: spool.root,
      reason: "NoSpace",
      detail: isOutOfFiles ? "no free inodes for another message" : "too little free space for this message"
    })
  })

export interface Reserve {
  /** Fails if there is no space for one: then the outcome of a delivery could not be recorded either. */
  readonly ensure: Effect.Effect<void, FileError>
  /** Frees its blocks. False: there was none. */
  readonly spend: Effect.Effect<boolean>
}

const isThere = (spool: Spool, path: string) =>
  spool.files.facts(path).pipe(
    Effect.map(({ kind, sizeBytes }) => kind === "file" && sizeBytes >= reserveBytes),
    Effect.catchIf(isMissing, () => Effect.succeed(false))
  )

export const make = (spool: Spool): Reserve => {
  const path = `${spool.root}/reserve`
  const create = Effect.gen(function* () {
    const owner = yield* spool.newOwner
    const temporary = spool.path("tmp", `reserve.${Owner.encode(owner)}`)
    // Random, so that no file system can keep it in less space than it takes.
    const octets = yield* spool.host.randomOctets(reserveBytes)
    yield* Effect.acquireUseRelease(
      spool.files.createNew(temporary),
      (file) =>
        writeAll(file, temporary, octets, 0).pipe(Effect.zipRight(file.sync), Effect.zipRight(file.close)),
      (file) => Effect.ignore(file.close)
    ).pipe(
      Effect.zipRight(spool.files.rename(temporary, path)),
      Effect.onError(() => Effect.ignore(spool.files.unlink(temporary))),
      Effect.ensuring(Effect.sync(() => spool.drop(owner)))
    )
  })
  return {
    ensure: Effect.asVoid(Effect.unlessEffect(create, isThere(spool, path))),
    spend: Effect.suspend(() => {
      // Some file systems reuse freed blocks only after the deletion itself is on the disk.
      return spool.files.unlink(path).pipe(Effect.zipRight(spool.sync("root")), Effect.as(true))
    }).pipe(Effect.orElseSucceed(() => false))
  }
}
