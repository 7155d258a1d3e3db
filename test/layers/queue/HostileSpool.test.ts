import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { QueueId } from "../../../src/domain/queue/QueueId.ts"
import { toJson } from "../../../src/domain/queue/QueueListing.ts"
import { Queue } from "../../../src/services/Queue.ts"
import { makeTempDir } from "../../support/TempDir.ts"
import { delivered, draft } from "./drafts.ts"
import { queueAt } from "./spools.ts"

/** Runs in a spool of its own: once as the process that queued, then as those that come after. */
const inSpool = <A>(work: (root: string) => Effect.Effect<A, unknown, Queue>) =>
  Effect.gen(function* () {
    const root = `${yield* makeTempDir}/spool`
    return yield* Effect.provide(work(root), queueAt(root))
  }).pipe(Effect.scoped)

const listed = Effect.gen(function* () {
  const queue = yield* Queue
  return Chunk.toReadonlyArray(yield* Stream.runCollect(queue.list)).map(toJson)
})

const enqueued = (body = "hello\r\n") => Effect.flatMap(Queue, (queue) => queue.enqueue(draft({ body })))

const claimTag = (id: QueueId) =>
  Effect.scoped(Effect.flatMap(Queue, (queue) => Effect.map(queue.claim(id), ({ _tag }) => _tag)))

/** A sound entry goes through, whatever lies beside it. */
const deliverSound = (id: QueueId) =>
  Effect.gen(function* () {
    const queue = yield* Queue
    yield* queue.recover
    const result = yield* queue.claim(id)
    assert.strictEqual(result._tag, "Claimed")
    if (result._tag !== "Claimed") return
    yield* result.claim.recordAttempt(1)
    yield* result.claim.recordResults([delivered(0)])
    yield* result.claim.remove
  }).pipe(Effect.scoped)

const path = (root: string, id: string) => `${root}/q/${id}`

const sparse = (file: string): number => {
  const fd = fs.openSync(file, "w")
  fs.ftruncateSync(fd, 2 ** 31)
  return fd
}

describe("a spool with damaged and hostile files in it", () => {
  it.effect("P5 L8: no prefix of an entry is transmitted; each is kept, shown, and in nobody's way", () =>
    inSpool((root) =>
      Effect.gen(function* () {
        const template = yield* enqueued()
        const whole = fs.readFileSync(path(root, template))
        for (let length = 0; length < whole.length; length += 7) {
          const id = yield* enqueued()
          fs.writeFileSync(path(root, id), whole.subarray(0, length))
          assert.strictEqual(yield* claimTag(id), "Damaged", `${length} octets`)
          assert.strictEqual(fs.readFileSync(`${root}/bad/${id}`).length, length)
        }
        const entries = yield* listed
        assert.strictEqual(entries.filter(({ state }) => state === "bad").length, Math.ceil(whole.length / 7))
        yield* deliverSound(template)
      })
    )
  )

  it.effect("P5 L8: no flipped bit anywhere in an entry goes unnoticed", () =>
    inSpool((root) =>
      Effect.gen(function* () {
        const id = yield* enqueued("x\r\n")
        const whole = fs.readFileSync(path(root, id))
        const headEnd = whole.indexOf(0x0a)
        for (let octet = 0; octet < whole.length; octet++) {
          // Every octet of the end mark and of what surrounds the head's end; a sample of the rest.
          if (octet < headEnd - 3 && octet % 11 !== 0) continue
          const damaged = Buffer.from(whole)
          damaged[octet] = (damaged[octet] ?? 0) ^ (1 << (octet % 8))
          fs.writeFileSync(path(root, id), damaged)
          assert.strictEqual(yield* claimTag(id), "Damaged", `octet ${octet}`)
        }
        fs.writeFileSync(path(root, id), whole)
        yield* deliverSound(id)
      })
    )
  )

  it.effect("P5 L8: another entry's content under an id is damage", () =>
    inSpool((root) =>
      Effect.gen(function* () {
        const one = yield* enqueued()
        const other = yield* enqueued()
        fs.copyFileSync(path(root, one), path(root, other))
        assert.strictEqual(yield* claimTag(other), "Damaged")
        yield* deliverSound(one)
      })
    )
  )

  it.effect("P5 L8 L9: directory, FIFO, links, sparse file: none hangs, none is followed", () =>
    inSpool((root) =>
      Effect.gen(function* () {
        const sound = yield* enqueued()
        const secret = `${root}/../secret`
        fs.copyFileSync(path(root, sound), secret)
        const replace: ReadonlyArray<readonly [string, (file: string) => void]> = [
          ["empty", (file) => fs.writeFileSync(file, "")],
          ["directory", (file) => fs.mkdirSync(file)],
          ["fifo", (file) => execFileSync("mkfifo", [file])],
          ["symbolic link", (file) => fs.symlinkSync(secret, file)],
          ["dangling link", (file) => fs.symlinkSync("/nowhere", file)],
          ["hard link", (file) => fs.linkSync(secret, file)],
          ["2 GiB of holes", (file) => fs.closeSync(sparse(file))],
          [
            "zeroes behind it",
            (file) => fs.writeFileSync(file, Buffer.concat([fs.readFileSync(secret), Buffer.alloc(4096)]))
          ]
        ]
        for (const [what, put] of replace) {
          const id = yield* enqueued()
          fs.rmSync(path(root, id))
          put(path(root, id))
          // Damage behind the first line is found by whoever claims the entry.
          const isSeen = !what.startsWith("zeroes")
          if (isSeen) assert.strictEqual((yield* listed).find((entry) => entry.id === id)?.state, "bad", what)
          assert.strictEqual(yield* claimTag(id), "Damaged", what)
          assert.isTrue(fs.existsSync(`${root}/bad/${id}`) || what === "dangling link", what)
        }
        assert.isTrue(fs.existsSync(secret))
        yield* deliverSound(sound)
      })
    )
  )

  it.effect("P5 L8: names that esmtp did not give are listed, escaped, and left alone", () =>
    inSpool((root) =>
      Effect.gen(function* () {
        const sound = yield* enqueued()
        const names = [
          "-rf",
          "a\nb",
          "\u001b[2J",
          ".hidden",
          "01HF7YAT1",
          `${sound}.1-2-3`,
          `${sound}~`,
          "x".repeat(200)
        ]
        for (const name of names) fs.writeFileSync(path(root, name), "?")
        const shown = yield* listed
        assert.strictEqual(shown.filter(({ state }) => state === "bad").length, names.length)
        yield* deliverSound(sound)
        for (const name of names) assert.isTrue(fs.existsSync(path(root, name)), JSON.stringify(name))
        const queue = yield* Queue
        assert.strictEqual(yield* queue.remove("-rf"), "done")
        assert.isFalse(fs.existsSync(path(root, "-rf")))
        assert.strictEqual(yield* queue.remove("../VERSION"), "unknown")
      })
    )
  )

  it.effect("P5: a damaged journal moves the entry aside, for who was served can't be known", () =>
    inSpool((root) =>
      Effect.gen(function* () {
        const queue = yield* Queue
        const id = yield* enqueued()
        yield* Effect.scoped(
          Effect.gen(function* () {
            const result = yield* queue.claim(id)
            if (result._tag !== "Claimed") return assert.fail(result._tag)
            yield* result.claim.recordAttempt(1)
            yield* result.claim.recordAttempt(2)
          })
        )
        const journal = fs.readFileSync(`${root}/st/${id}`)
        journal[10] = (journal[10] ?? 0) ^ 1
        fs.writeFileSync(`${root}/st/${id}`, journal)
        assert.strictEqual((yield* listed)[0]?.state, "bad")
        assert.strictEqual(yield* claimTag(id), "Damaged")
        const detail = Option.getOrThrow(yield* queue.show(id))
        assert.include(JSON.stringify(toJson(detail.listing)), "journal damaged")
        assert.strictEqual(yield* queue.retry(id), "bad")
        assert.strictEqual(yield* queue.remove(id), "done")
        assert.deepStrictEqual(yield* listed, [])
      }).pipe(Effect.scoped)
    )
  )

  it.effect("P3: a torn record is cut off before the next append", () =>
    inSpool((root) =>
      Effect.gen(function* () {
        const queue = yield* Queue
        const id = yield* enqueued()
        const attempt = Effect.scoped(
          Effect.gen(function* () {
            const result = yield* queue.claim(id)
            return result._tag === "Claimed" ? yield* result.claim.recordAttempt(1) : undefined
          })
        )
        yield* attempt
        fs.appendFileSync(`${root}/st/${id}`, '97 0badcafe {"type":"res')
        yield* attempt
        assert.strictEqual((yield* attempt)?.attemptsAt.length, 3)
      })
    )
  )

  it.effect("P5: a journal that is a link is not written through", () =>
    inSpool((root) =>
      Effect.gen(function* () {
        const id = yield* enqueued()
        const target = `${root}/../target`
        fs.writeFileSync(target, "")
        fs.symlinkSync(target, `${root}/st/${id}`)
        assert.strictEqual(yield* claimTag(id), "Damaged")
        assert.strictEqual(fs.readFileSync(target, "utf8"), "")
      })
    )
  )
})
