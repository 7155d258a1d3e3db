import * as fs from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { QueueFailed } from "../../../src/domain/queue/QueueError.ts"
import { toJson } from "../../../src/domain/queue/QueueListing.ts"
import { type LegacyEntry, Queue } from "../../../src/services/Queue.ts"
import { makeTempDir, writeFiles } from "../../support/TempDir.ts"
import { draft } from "./drafts.ts"
import { queueAt } from "./spools.ts"

/** As the wrapper leaves it: world-readable directories and all. */
const wrapperQueue = Effect.map(makeTempDir, (home) => {
  const root = `${home}/.esmtp_queue`
  writeFiles(root, {
    "aB3dE6gH/cmd": "-oi -f joe@example.org  a@x.example b@y.example\n",
    "aB3dE6gH/mail": "Subject: old\n\nbody\n",
    "Zz345678/cmd": "-t\n",
    "Zz345678/mail": "To: c@x.example\n\nhalf",
    "Zz345678/lock": "",
    "notours/cmd": "x"
  })
  fs.chmodSync(root, 0o755)
  return root
})

const read = (mail: Stream.Stream<Uint8Array, QueueFailed>) =>
  Effect.map(Stream.runCollect(mail), (blocks) => Buffer.concat(Chunk.toReadonlyArray(blocks)).toString())

const asDraft = (mail: Stream.Stream<Uint8Array, QueueFailed>) =>
  Effect.map(read(mail), (body) => draft({ body, recipients: ["a@x.example"] }))

const listed = Effect.gen(function* () {
  const queue = yield* Queue
  return Chunk.toReadonlyArray(yield* Stream.runCollect(queue.list)).map(toJson)
})

const first = Effect.gen(function* () {
  const queue = yield* Queue
  const entry = (yield* queue.legacy).find(({ isLocked }) => !isLocked)
  return entry ?? (yield* Effect.dieMessage("no entry"))
})

const adopt = (legacy: LegacyEntry) => Effect.flatMap(Queue, (queue) => queue.adopt(legacy, asDraft))

describe("the queue of the wrapper script", () => {
  it.scoped("its entries are told with their words, the locked ones as such", () =>
    Effect.gen(function* () {
      const root = yield* wrapperQueue
      const entries = yield* Effect.flatMap(Queue, (queue) => queue.legacy).pipe(
        Effect.provide(queueAt(root))
      )
      assert.deepStrictEqual(
        entries
          .map(({ argv, isLocked, name }) => ({ argv, isLocked, name }))
          .sort((a, b) => (a.name < b.name ? 1 : -1)),
        [
          {
            name: "aB3dE6gH",
            argv: ["-oi", "-f", "joe@example.org", "a@x.example", "b@y.example"],
            isLocked: false
          },
          { name: "Zz345678", argv: ["-t"], isLocked: true }
        ]
      )
      assert.deepStrictEqual(fs.readdirSync(root).sort(), ["Zz345678", "aB3dE6gH", "notours"])
    })
  )

  it.scoped("an adopted entry is queued, its directory is gone, the queue is closed to others", () =>
    Effect.gen(function* () {
      const root = yield* wrapperQueue
      yield* Effect.gen(function* () {
        const legacy = yield* first
        const id = Option.getOrThrow(yield* adopt(legacy))
        assert.deepStrictEqual(
          (yield* listed).map((entry) => [entry.id, entry.state]),
          [[id, "queued"]]
        )
        assert.isTrue(Option.isNone(yield* adopt(legacy)), "a second time there is nothing to adopt")
      }).pipe(Effect.provide(queueAt(root)))
      assert.isFalse(fs.existsSync(`${root}/aB3dE6gH`))
      assert.isTrue(fs.existsSync(`${root}/Zz345678/mail`))
      assert.deepStrictEqual(fs.readdirSync(`${root}/tmp`), [])
      assert.strictEqual(fs.statSync(root).mode & 0o777, 0o700)
    })
  )

  it.scoped("P2: when it can't become a message, it stays as it was", () =>
    Effect.gen(function* () {
      const root = yield* wrapperQueue
      yield* Effect.gen(function* () {
        const queue = yield* Queue
        const exit = yield* Effect.exit(queue.adopt(yield* first, () => Effect.fail("no recipients")))
        assert.deepStrictEqual(exit, Exit.fail("no recipients"))
      }).pipe(Effect.provide(queueAt(root)))
      assert.strictEqual(fs.readFileSync(`${root}/aB3dE6gH/mail`, "utf8"), "Subject: old\n\nbody\n")
      assert.deepStrictEqual(fs.readdirSync(`${root}/q`), [])
    })
  )

  it.scopedLive("P1 P3: whoever dies while adopting, it is queued exactly once", () =>
    Effect.gen(function* () {
      const root = yield* wrapperQueue
      // Died before the commit: the directory is put back. Died after it: the directory is retired.
      const dead = "999999-1-b0-1-m-0"
      yield* Effect.gen(function* () {
        const queue = yield* Queue
        yield* queue.enqueue(draft())
        fs.renameSync(`${root}/aB3dE6gH`, `${root}/tmp/aB3dE6gH.${dead}`)
        yield* Effect.sync(() => fs.utimesSync(`${root}/tmp/aB3dE6gH.${dead}`, 1, 1))
        yield* queue.recover
        assert.isTrue(fs.existsSync(`${root}/aB3dE6gH/mail`))
        const legacy = yield* first
        yield* adopt(legacy)
        fs.mkdirSync(`${root}/tmp/aB3dE6gH.${dead}`)
        fs.writeFileSync(`${root}/tmp/aB3dE6gH.${dead}/mail`, "Subject: old\n\nbody\n")
        // Seconds are given as a floating number: the middle of the millisecond can't fall into the one before.
        const seconds = (legacy.arrivedAt + 0.5) / 1000
        fs.utimesSync(`${root}/tmp/aB3dE6gH.${dead}/mail`, seconds, seconds)
        fs.utimesSync(`${root}/tmp/aB3dE6gH.${dead}`, 1, 1)
        yield* queue.recover
        assert.isFalse(fs.existsSync(`${root}/aB3dE6gH`))
        assert.strictEqual((yield* listed).length, 2)
      }).pipe(Effect.provide(queueAt(root)))
    })
  )
})
