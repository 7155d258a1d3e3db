/** What a disk that fails on one file does to that entry, and does not do to the others. */
import * as fs from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as JournalState from "../../../src/domain/queue/JournalState.ts"
import * as NodeSpoolFiles from "../../../src/layers/queue/NodeSpoolFiles.ts"
import * as NodeSpoolHost from "../../../src/layers/queue/NodeSpoolHost.ts"
import * as QueueDirectory from "../../../src/layers/queue/QueueDirectory.ts"
import { Queue } from "../../../src/services/Queue.ts"
import { FileError, SpoolFiles } from "../../../src/services/SpoolFiles.ts"
import { makeTempDir } from "../../support/TempDir.ts"
import { delivered, draft, policy } from "./drafts.ts"

type Files = typeof SpoolFiles.Service

const queueOver = (directory: string, change: (files: Files) => Files): Layer.Layer<Queue> => {
  const files = Layer.effect(SpoolFiles, Effect.map(SpoolFiles, change)).pipe(
    Layer.provide(NodeSpoolFiles.layer)
  )
  return QueueDirectory.layerAt({ directory, policy }).pipe(
    Layer.provide(Layer.merge(files, NodeSpoolHost.layer))
  )
}

/** Journals whose n-th fsync, counted over all files, fails; and which file each fsync was for. */
const failingSync = (isFailing: (number: number) => boolean, synced: Array<string>) => (files: Files) => ({
  ...files,
  openAppend: (path: string) =>
    Effect.map(files.openAppend(path), (file) => {
      const inode = path.includes("/st/") ? `${fs.statSync(path).ino}` : ""
      const sync = Effect.suspend(() => {
        if (inode === "") return file.sync
        const number = synced.push(inode)
        return isFailing(number)
          ? Effect.fail(new FileError({ operation: "fsync", path, code: "EIO" }))
          : file.sync
      })
      return { ...file, sync }
    })
})

const inTempDir = <A, E>(
  change: (files: Files) => Files,
  use: (directory: string) => Effect.Effect<A, E, Queue>
) =>
  Effect.gen(function* () {
    const directory = `${yield* makeTempDir}/spool`
    return yield* Effect.provide(use(directory), queueOver(directory, change))
  }).pipe(Effect.scoped)

describe("a disk that fails", () => {
  it.live(
    "P3: a result whose fsync failed is recorded in another file; the first is never synced again",
    () => {
      const synced: Array<string> = []
      return inTempDir(
        failingSync((number) => number === 2, synced),
        () =>
          Effect.gen(function* () {
            const queue = yield* Queue
            const id = yield* queue.enqueue(draft({ recipients: ["a@x", "b@x"] }))
            yield* Effect.gen(function* () {
              const result = yield* queue.claim(id)
              if (result._tag !== "Claimed") return assert.fail(result._tag)
              yield* result.claim.recordAttempt(0)
              const after = yield* result.claim.recordResults([delivered(0)])
              assert.deepStrictEqual(JournalState.pending(after), [1])
              yield* result.claim.recordResults([delivered(1)])
            }).pipe(Effect.scoped)
            const [first, failed, second, third] = synced
            assert.strictEqual(first, failed)
            assert.notStrictEqual(second, failed)
            assert.strictEqual(third, second)
            // Each record once, and the next owner finds them all.
            const again = yield* Effect.scoped(queue.claim(id))
            assert.strictEqual(again._tag, "Finished")
          })
      )
    }
  )

  it.live(
    "P3: what was delivered to one of two and could not be recorded anywhere is told as a failure",
    () =>
      inTempDir(
        failingSync((number) => number > 1, []),
        (directory) =>
          Effect.gen(function* () {
            const queue = yield* Queue
            const id = yield* queue.enqueue(draft({ recipients: ["a@x", "b@x"] }))
            yield* Effect.gen(function* () {
              const result = yield* queue.claim(id)
              if (result._tag !== "Claimed") return assert.fail(result._tag)
              yield* result.claim.recordAttempt(0)
              const error = yield* Effect.flip(result.claim.recordResults([delivered(0)]))
              assert.strictEqual(error.reason, "Io")
            }).pipe(Effect.scoped)
            assert.deepStrictEqual(fs.readdirSync(`${directory}/q`), [id])
            assert.deepStrictEqual(
              fs.readdirSync(`${directory}/tmp`).filter((name) => name.startsWith("journal")),
              []
            )
          })
      )
  )

  it.live("P5: a damaged entry that can't be moved aside is in nobody's way", () => {
    const refusing = (files: Files): Files => ({
      ...files,
      rename: (from, to) =>
        to.includes("/bad/")
          ? Effect.fail(new FileError({ operation: "rename", path: from, code: "EACCES" }))
          : files.rename(from, to)
    })
    return inTempDir(refusing, (directory) =>
      Effect.gen(function* () {
        const queue = yield* Queue
        const bad = yield* queue.enqueue(draft())
        const good = yield* queue.enqueue(draft())
        fs.truncateSync(`${directory}/q/${bad}`, 100)
        const tags = yield* Effect.forEach([bad, good], (id) =>
          Effect.map(Effect.scoped(queue.claim(id)), ({ _tag }) => _tag)
        )
        assert.deepStrictEqual(tags, ["Unreadable", "Claimed"])
        assert.sameMembers(fs.readdirSync(`${directory}/q`), [bad, good])
      })
    )
  })

  it.live.runIf(process.getuid?.() === 0)(
    "P5: somebody else's file in the queue is shown, never sent, and moved aside",
    () =>
      inTempDir(
        (files) => files,
        (directory) =>
          Effect.gen(function* () {
            const queue = yield* Queue
            const id = yield* queue.enqueue(draft())
            fs.chownSync(`${directory}/q/${id}`, 4242, 4242)
            const shown = yield* Effect.scoped(queue.show(id))
            assert.match(JSON.stringify(shown), /belongs to user 4242/)
            assert.strictEqual((yield* Effect.scoped(queue.claim(id)))._tag, "Damaged")
            assert.deepStrictEqual(fs.readdirSync(`${directory}/q`), [])
            assert.include(fs.readdirSync(`${directory}/bad`), id)
          })
      )
  )
})
