/** An envelope of ten thousand: results in many records, a report on all, and a crash between its commit and its record. */
import * as fs from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as JournalState from "../../../src/domain/queue/JournalState.ts"
import { Queue } from "../../../src/services/Queue.ts"
import { makeTempDir } from "../../support/TempDir.ts"
import { delivered, draft, failed } from "./drafts.ts"
import { queueAt } from "./spools.ts"

const count = 10_000
const recipients = Array.from({ length: count }, (_, number) => `user${number}@example.org`)
const positions = [...recipients.keys()]
const odd = positions.filter((position) => position % 2 === 1)
const even = positions.filter((position) => position % 2 === 0)

describe("ten thousand recipients", () => {
  it.scopedLive("P3 P8: each is served or reported, and known to be, by records of 4 KiB at most", () =>
    Effect.gen(function* () {
      const directory = `${yield* makeTempDir}/spool`
      yield* Effect.gen(function* () {
        const queue = yield* Queue
        const id = yield* queue.enqueue(draft({ recipients }))
        yield* Effect.gen(function* () {
          const result = yield* queue.claim(id)
          if (result._tag !== "Claimed") return assert.fail(result._tag)
          yield* result.claim.recordAttempt(0)
          yield* result.claim.recordResults([delivered(...even), failed(...odd)])
        }).pipe(Effect.scoped)
        const lines = fs.readFileSync(`${directory}/st/${id}`, "latin1").split("\n")
        for (const line of lines) assert.isBelow(line.length, 4096)

        yield* Effect.gen(function* () {
          const result = yield* queue.claim(id)
          if (result._tag !== "Claimed") return assert.fail(result._tag)
          const { claim } = result
          const state = yield* claim.state
          assert.deepStrictEqual(JournalState.pending(state), [])
          assert.deepStrictEqual(JournalState.unreported(state), odd)
          yield* claim.report("bounce", odd, () => draft({ sender: "" }))
          assert.isTrue(JournalState.isFinished(yield* claim.state))
          yield* claim.remove
        }).pipe(Effect.scoped)
        const left = Chunk.toReadonlyArray(yield* Stream.runCollect(queue.list))
        assert.deepStrictEqual(
          left.map((listing) => (listing._tag === "Known" ? listing.entry.parent : listing.problem)),
          [id]
        )
      }).pipe(Effect.provide(queueAt(directory)))
    })
  )

  it.scopedLive("P8: a crash between the report's commit and its record loses no one of them", () =>
    Effect.gen(function* () {
      const directory = `${yield* makeTempDir}/spool`
      yield* Effect.gen(function* () {
        const queue = yield* Queue
        const id = yield* queue.enqueue(draft({ recipients }))
        const reported: Array<ReadonlyArray<number>> = []
        const pass = Effect.gen(function* () {
          const result = yield* queue.claim(id)
          if (result._tag !== "Claimed") return result._tag
          const { claim } = result
          if (JournalState.pending(yield* claim.state).length > 0) {
            yield* claim.recordAttempt(0)
            yield* claim.recordResults([failed(...positions)])
          }
          const unreported = JournalState.unreported(yield* claim.state)
          yield* claim.report("bounce", unreported, () => {
            reported.push(unreported)
            return draft({ sender: "" })
          })
          return JournalState.isFinished(yield* claim.state) ? "finished" : "more"
        }).pipe(Effect.scoped)
        assert.strictEqual(yield* pass, "finished")
        // As if the last records, which say that it was committed, had never been written.
        const path = `${directory}/st/${id}`
        const text = fs.readFileSync(path, "latin1")
        fs.writeFileSync(path, text.slice(0, text.lastIndexOf("\n", text.indexOf('"committed":true')) + 1))
        for (let round = 0; round < 3; round++) if ((yield* pass) !== "more") break
        assert.isAtMost(reported.length, 2)
        assert.deepStrictEqual(
          [...new Set(reported.flat())].sort((one, other) => one - other),
          positions
        )
        assert.strictEqual((yield* Effect.scoped(queue.claim(id)))._tag, "Finished")
      }).pipe(Effect.provide(queueAt(directory)))
    })
  )
})
