/**
 * Moves entries out of the way: the damaged to bad/, those without a way to anyone to dead/. Nothing is deleted.
 */
import * as Effect from "effect/Effect"
import { QueueFailed } from "../../domain/queue/QueueError.ts"
import type { FileError } from "../../services/SpoolFiles.ts"
import type { Hold } from "./Claims.ts"
import { isMissing, queueFailed } from "./fileError.ts"
import type { Spool } from "./Spool.ts"
import { writeAll } from "./writeAll.ts"

/** Beside a damaged entry: what was found wrong with it. */
export const noteSuffix = ".why"

const isFree = (spool: Spool, path: string) =>
  spool.files.facts(path).pipe(
    Effect.as(false),
    Effect.catchIf(isMissing, () => Effect.succeed(true))
  )

/** A name in `directory` that nothing has yet. */
const freePath = (spool: Spool, directory: "bad" | "dead", name: string) =>
  Effect.gen(function* () {
    for (let number = 0; number < 1000; number++) {
      const path = spool.path(directory, number === 0 ? name : `${name}.${number}`)
      if (yield* isFree(spool, path)) return path
    }
    return yield* new QueueFailed({
      operation: "rename",
      path: spool.path(directory, name),
      reason: "Io",
      detail: "too many files of this name"
    })
  })

const moveTo = (spool: Spool, held: Hold, directory: "bad" | "dead") =>
  Effect.gen(function* () {
    const path = yield* freePath(spool, directory, held.id)
    yield* spool.files.rename(held.path, path)
    yield* held.settle
    yield* spool.sync(directory)
    yield* spool.sync("q")
    return path
  }).pipe(
    Effect.catchTag("FileError", (error) => Effect.fail(queueFailed(error))),
    Effect.uninterruptible
  )

const writeNote = (spool: Spool, path: string, problem: string): Effect.Effect<void, FileError> =>
  Effect.acquireUseRelease(
    spool.files.createNew(path),
    (file) => writeAll(file, path, new TextEncoder().encode(problem), 0),
    (file) => Effect.ignore(file.close)
  )

/** The journal stays where it is: it is found by the id. */
export const moveToBad = (spool: Spool, held: Hold, problem: string): Effect.Effect<void, QueueFailed> =>
  Effect.gen(function* () {
    const path = yield* moveTo(spool, held, "bad")
    // Only words for the listing, and the disk may be full: without them it says "damaged".
    yield* Effect.ignore(writeNote(spool, `${path}${noteSuffix}`, problem))
    yield* Effect.logError("damaged queue entry moved aside").pipe(
      Effect.annotateLogs({ queueId: held.id, path, reason: problem })
    )
  })

export const moveToDead = (spool: Spool, held: Hold, reason: string): Effect.Effect<void, QueueFailed> =>
  moveTo(spool, held, "dead").pipe(
    Effect.zipRight(
      Effect.logError("message can be neither delivered nor returned").pipe(
        Effect.annotateLogs({ queueId: held.id, reason })
      )
    )
  )
