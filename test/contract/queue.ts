/** What every `Queue` does, whatever it is made of. */
import { assert, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import type * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import { Mailbox } from "../../src/domain/mail/Mailbox.ts"
import * as JournalState from "../../src/domain/queue/JournalState.ts"
import * as QueueId from "../../src/domain/queue/QueueId.ts"
import { toJson } from "../../src/domain/queue/QueueListing.ts"
import * as RetryPolicy from "../../src/domain/queue/RetryPolicy.ts"
import { type AfterPass, type Claim, Queue } from "../../src/services/Queue.ts"
import { deferred, delivered, draft, failed, policy } from "../layers/queue/drafts.ts"

const text = (stream: Stream.Stream<Uint8Array, unknown>) =>
  Effect.map(Stream.runCollect(stream), (blocks) =>
    Buffer.concat(Chunk.toReadonlyArray(blocks)).toString("latin1")
  )

const listed = Effect.gen(function* () {
  const queue = yield* Queue
  return Chunk.toReadonlyArray(yield* Stream.runCollect(queue.list)).map(toJson)
})

const claimed = (id: QueueId.QueueId) =>
  Effect.gen(function* () {
    const queue = yield* Queue
    const result = yield* queue.claim(id)
    assert.strictEqual(result._tag, "Claimed")
    return result._tag === "Claimed" ? result.claim : yield* Effect.dieMessage("not claimed")
  })

/** Works on an entry and gives it back. */
const within = <A, E>(id: QueueId.QueueId, work: (claim: Claim) => Effect.Effect<A, E>) =>
  Effect.scoped(Effect.flatMap(claimed(id), work))

const states = Effect.map(listed, (entries) => entries.map(({ state }) => state))

export const queueContract = (name: string, layer: Layer.Layer<Queue>): void => {
  describe(`the contract of Queue, kept by ${name}`, () => {
    it.scoped("P1: what was enqueued is listed with all that a delivery must know", () =>
      Effect.gen(function* () {
        const queue = yield* Queue
        const id = yield* queue.enqueue(
          draft({ recipients: ["a@x.example", "b@y.example"], identity: "work" })
        )
        const [entry] = yield* listed
        assert.deepStrictEqual(
          { ...entry, arrivedAt: "", nextAttemptAt: "" },
          {
            id,
            state: "queued",
            sender: "sender@example.org",
            recipients: [
              { address: "a@x.example", status: "pending" },
              { address: "b@y.example", status: "pending" }
            ],
            size: 24,
            arrivedAt: "",
            nextAttemptAt: "",
            attempts: 0,
            identity: "work",
            messageId: "<1@example.org>"
          }
        )
      }).pipe(Effect.provide(layer))
    )

    it.scoped("P1: a claim gives back the message octet for octet, as often as it is read", () =>
      Effect.gen(function* () {
        const queue = yield* Queue
        const body = Array.from({ length: 50 }, (_, index) => new Uint8Array(4093).fill(index))
        const id = yield* queue.enqueue(draft({ body, wire: "A: wire\r\n\r\n", local: "A: local\r\n\r\n" }))
        const { entry, message } = yield* claimed(id)
        const expected = Buffer.concat(body).toString("latin1")
        assert.strictEqual(yield* text(message.body), expected)
        assert.strictEqual(yield* text(message.body), expected)
        assert.strictEqual(Buffer.from(message.header.wire).toString(), "A: wire\r\n\r\n")
        assert.strictEqual(Buffer.from(message.header.local).toString(), "A: wire\r\n\r\n")
        assert.strictEqual(message.facts.sizeBytes, expected.length + 11)
        assert.deepStrictEqual(entry.argv, ["-t", "-oi"])
      }).pipe(Effect.provide(layer))
    )

    it.scoped("the local rendering of the header is kept for a local recipient, and only then", () =>
      Effect.gen(function* () {
        const queue = yield* Queue
        const local = { mailbox: Mailbox("joe"), route: "mda" } as const
        const id = yield* queue.enqueue(
          draft({ recipients: ["a@x.example", local], wire: "A: wire\r\n\r\n", local: "A: local\r\n\r\n" })
        )
        const { message } = yield* claimed(id)
        assert.strictEqual(Buffer.from(message.header.local).toString(), "A: local\r\n\r\n")
        assert.strictEqual(yield* text(message.body), "hello\r\n")
      }).pipe(Effect.provide(layer))
    )

    it.scoped("an envelope comes back with every DSN parameter", () =>
      Effect.gen(function* () {
        const queue = yield* Queue
        const envelope = {
          reversePath: "" as const,
          recipients: [
            { mailbox: Mailbox("a@x"), route: "relay", notify: "NEVER", originalRecipient: "A@x" },
            { mailbox: Mailbox("b@x"), route: "relay", notify: ["FAILURE", "DELAY"] }
          ],
          ret: "HDRS",
          envid: 'q+"=é',
          body: "8BITMIME"
        } as const
        const id = yield* queue.enqueue({ ...draft(), envelope })
        assert.deepStrictEqual((yield* claimed(id)).entry.envelope, envelope)
      }).pipe(Effect.provide(layer))
    )

    it.scoped("P4: an entry has one owner at a time, and is free again when the scope closes", () =>
      Effect.gen(function* () {
        const queue = yield* Queue
        const id = yield* queue.enqueue(draft())
        yield* within(id, () =>
          Effect.gen(function* () {
            assert.strictEqual((yield* Effect.scoped(queue.claim(id)))._tag, "Taken")
            assert.deepStrictEqual(yield* Effect.provideService(states, Queue, queue), ["active"])
          })
        )
        assert.deepStrictEqual(yield* states, ["queued"])
        yield* within(id, () => Effect.void)
      }).pipe(Effect.provide(layer))
    )

    it.scoped("an id that is not in the queue is taken", () =>
      Effect.gen(function* () {
        const queue = yield* Queue
        const id = QueueId.make(1, new Uint8Array(10))
        assert.strictEqual((yield* queue.claim(id))._tag, "Taken")
        assert.strictEqual(yield* queue.hold(id), "unknown")
        assert.strictEqual(yield* queue.remove(id), "unknown")
        assert.strictEqual(yield* queue.remove("../../etc/passwd"), "unknown")
        assert.isTrue(Option.isNone(yield* queue.show(id)))
      }).pipe(Effect.provide(layer))
    )

    it.scoped("P3: what was recorded is there for the next owner, and a recipient done stays done", () =>
      Effect.gen(function* () {
        const queue = yield* Queue
        const id = yield* queue.enqueue(draft({ recipients: ["a@x", "b@x", "c@x"] }))
        yield* within(id, (claim) =>
          Effect.gen(function* () {
            yield* claim.recordAttempt(5_000)
            yield* claim.recordResults([delivered(0), deferred(1), failed(2)])
            yield* claim.recordResults([deferred(0)])
            yield* claim.defer(9_000, "later")
          })
        )
        const state = yield* within(id, (claim) => claim.state)
        assert.deepStrictEqual(
          state.recipients.map(({ status }) => status),
          ["delivered", "pending", "failed"]
        )
        assert.deepStrictEqual(JournalState.pending(state), [1])
        assert.deepStrictEqual(JournalState.unreported(state), [2])
        assert.strictEqual(state.nextAttemptAt, 9_000)
        assert.strictEqual(state.attemptsAt.length, 1)
        const [entry] = yield* listed
        assert.strictEqual(entry?.lastError, "later")
        assert.strictEqual(entry?.recipients[2]?.reply, "550 5.1.1 unknown")
      }).pipe(Effect.provide(layer))
    )

    it.scoped("a finished entry is removed, an unfinished one must not be", () =>
      Effect.gen(function* () {
        const queue = yield* Queue
        const id = yield* queue.enqueue(draft({ recipients: ["a@x", "b@x"] }))
        const exit = yield* within(id, (claim) =>
          Effect.gen(function* () {
            yield* claim.recordAttempt(1)
            yield* claim.recordResults([delivered(0)])
            return yield* Effect.exit(claim.remove)
          })
        )
        assert.isTrue(Exit.isFailure(exit))
        assert.deepStrictEqual(yield* states, ["queued"])
        yield* within(id, (claim) => Effect.zipRight(claim.recordResults([delivered(1)]), claim.remove))
        assert.deepStrictEqual(yield* states, [])
      }).pipe(Effect.provide(layer))
    )

    it.scoped(
      "P8: a failure is finished only when it is reported or settled; the report is queued once",
      () =>
        Effect.gen(function* () {
          const queue = yield* Queue
          const id = yield* queue.enqueue(draft({ recipients: ["a@x", "b@x"] }))
          const child = yield* within(id, (claim) =>
            Effect.gen(function* () {
              yield* claim.recordAttempt(1)
              assert.isFalse(JournalState.isFinished(yield* claim.recordResults([failed(0, 1)])))
              const report = yield* claim.report("bounce", [0], (given) =>
                draft({ sender: "", body: `about ${given}\r\n` })
              )
              assert.deepStrictEqual(JournalState.unreported(yield* claim.state), [1])
              assert.isTrue(JournalState.isFinished(yield* claim.settle([1], "not wanted")))
              yield* claim.remove
              return report
            })
          )
          assert.strictEqual(child, `${id}B1`)
          const { entry, message } = yield* claimed(child)
          assert.strictEqual(entry.parent, id)
          assert.strictEqual(yield* text(message.body), `about ${child}\r\n`)
        }).pipe(Effect.provide(layer))
    )

    it.scoped("P8: a report has no reports; it is buried, seen in the list, and rises on retry", () =>
      Effect.gen(function* () {
        const queue = yield* Queue
        const parent = yield* queue.enqueue(draft())
        const id = yield* within(parent, (claim) =>
          Effect.zipRight(
            claim.recordResults([failed(0)]),
            claim.report("bounce", [0], () => draft())
          )
        )
        const refused = yield* within(id, (claim) =>
          Effect.gen(function* () {
            yield* claim.recordResults([failed(0)])
            const exit = yield* Effect.either(claim.report("bounce", [0], () => draft()))
            yield* claim.bury("nobody to tell")
            return exit
          })
        )
        assert.isTrue(
          refused._tag === "Left" && "reason" in refused.left && refused.left.reason === "Unsupported"
        )
        const dead = (yield* listed).find((entry) => entry.id === id)
        assert.strictEqual(dead?.state, "dead")
        assert.strictEqual(dead?.lastError, "nobody to tell")
        assert.strictEqual((yield* queue.claim(id))._tag, "Taken")
        assert.strictEqual(yield* queue.retry(id), "done")
        const state = yield* within(id, (claim) => claim.state)
        assert.deepStrictEqual(JournalState.pending(state), [0])
      }).pipe(Effect.provide(layer))
    )

    it.scoped("hold keeps deliveries away until release; an active entry is left alone", () =>
      Effect.gen(function* () {
        const queue = yield* Queue
        const id = yield* queue.enqueue(draft())
        assert.strictEqual(yield* queue.hold(id), "done")
        assert.deepStrictEqual(yield* states, ["held"])
        assert.strictEqual((yield* Effect.scoped(queue.claim(id)))._tag, "Held")
        assert.strictEqual(yield* queue.release(id), "done")
        yield* within(id, () =>
          Effect.gen(function* () {
            assert.strictEqual(yield* queue.hold(id), "active")
            assert.strictEqual(yield* queue.remove(id), "active")
          })
        )
        assert.deepStrictEqual(yield* states, ["queued"])
      }).pipe(Effect.provide(layer))
    )

    it.scoped("retry makes an entry due, remove takes it away for good", () =>
      Effect.gen(function* () {
        const queue = yield* Queue
        const id = yield* queue.enqueue(draft())
        const soon = 3_600_000
        yield* within(id, (claim) => claim.recordAttempt(soon))
        const before = yield* within(id, (claim) => claim.state)
        assert.isFalse(RetryPolicy.isDue(policy, before, soon - 1))
        assert.strictEqual(yield* queue.retry(id), "done")
        const after = yield* within(id, (claim) => claim.state)
        assert.isTrue(RetryPolicy.isDue(policy, after, 1))
        assert.strictEqual(yield* queue.remove(id), "done")
        assert.deepStrictEqual(yield* listed, [])
        assert.strictEqual((yield* queue.claim(id))._tag, "Taken")
      }).pipe(Effect.provide(layer))
    )

    it.scoped("show tells envelope, history and content", () =>
      Effect.gen(function* () {
        const queue = yield* Queue
        const id = yield* queue.enqueue(draft({ body: "the body\r\n" }))
        yield* within(id, (claim) => claim.recordAttempt(7))
        const detail = Option.getOrThrow(yield* queue.show(id))
        assert.strictEqual(detail.listing._tag, "Known")
        assert.deepStrictEqual(
          detail.history.map(({ type }) => type),
          ["attempt"]
        )
        assert.strictEqual(yield* text(detail.content), "Subject: test\r\n\r\nthe body\r\n")
      }).pipe(Effect.provide(layer))
    )

    it.scoped("the list is in the order of acceptance", () =>
      Effect.gen(function* () {
        const queue = yield* Queue
        const ids: Array<string> = []
        for (let count = 0; count < 20; count++) {
          ids.push(yield* queue.enqueue(draft()))
          yield* TestClock.adjust("5 millis")
        }
        assert.deepStrictEqual(
          (yield* listed).map(({ id }) => id),
          ids
        )
      }).pipe(Effect.provide(layer))
    )

    it.scoped("a relay's backoff is remembered, replaced and forgotten", () =>
      Effect.gen(function* () {
        const queue = yield* Queue
        const relay = "relay.example:25/../x\n"
        assert.isTrue(Option.isNone(yield* queue.relayBackoff(relay)))
        const first = RetryPolicy.relayFailed(policy, "relay", undefined, "refused", 1000, 0.5)
        const second = RetryPolicy.relayFailed(policy, "relay", first, "refused", 2000, 0.5)
        yield* queue.setRelayBackoff(relay, Option.some(first))
        yield* queue.setRelayBackoff(relay, Option.some(second))
        assert.deepStrictEqual(yield* queue.relayBackoff(relay), Option.some(second))
        assert.isTrue(Option.isNone(yield* queue.relayBackoff("other:25")))
        yield* queue.setRelayBackoff(relay, Option.none())
        assert.isTrue(Option.isNone(yield* queue.relayBackoff(relay)))
      }).pipe(Effect.provide(layer))
    )

    it.scoped("one runner is in charge; whoever wakes it gets a pass, and none starts beside it", () =>
      Effect.gen(function* () {
        const queue = yield* Queue
        assert.isFalse(yield* queue.wake)
        const answers: Array<boolean> = []
        let passes = 0
        const pass: Effect.Effect<AfterPass, never> = Effect.gen(function* () {
          passes++
          const nested = queue.asRunner(Effect.succeed<AfterPass>({ _tag: "Linger", time: 0 }))
          if (passes === 1) answers.push(yield* Effect.orDie(nested))
          if (passes === 2) answers.push(yield* Effect.orDie(queue.wake))
          return { _tag: "Linger", time: passes < 3 ? "1 hour" : 0 }
        })
        const runner = yield* Effect.fork(queue.asRunner(pass))
        assert.isTrue(yield* Fiber.join(runner))
        assert.deepStrictEqual(answers, [false, true])
        assert.strictEqual(passes, 3)
        assert.isFalse(yield* queue.wake)
      }).pipe(Effect.provide(layer))
    )

    it.scoped("a failed pass gives the charge back", () =>
      Effect.gen(function* () {
        const queue = yield* Queue
        const exit = yield* Effect.exit(queue.asRunner(Effect.fail("broken")))
        assert.deepStrictEqual(exit, Exit.fail("broken"))
        assert.isTrue(yield* queue.asRunner(Effect.succeed<AfterPass>({ _tag: "Linger", time: 0 })))
      }).pipe(Effect.provide(layer))
    )
  })
}
