import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/TestClock"
import * as Deadline from "../../../src/layers/smtp/Deadline.ts"
import * as Inbox from "../../../src/layers/smtp/Inbox.ts"

const world = Effect.gen(function* () {
  const inbox = Inbox.make<string>()
  const deadline = Deadline.make(yield* Effect.clock, inbox)
  yield* Effect.forkScoped(deadline.watch)
  return { deadline, inbox, next: deadline.next }
})

describe("Deadline", () => {
  it.scoped("gives events in their order, waiting for each", () =>
    Effect.gen(function* () {
      const { inbox, next } = yield* world
      inbox.push("one")
      inbox.push("two")
      assert.deepStrictEqual([yield* next, yield* next], ["one", "two"])
      const fiber = yield* Effect.fork(next)
      yield* Effect.yieldNow()
      inbox.push("three")
      assert.strictEqual(yield* Fiber.join(fiber), "three")
    })
  )

  it.scoped("passes when nothing comes in time, and only once", () =>
    Effect.gen(function* () {
      const { deadline, inbox, next } = yield* world
      deadline.arm(1000)
      const fiber = yield* Effect.fork(next)
      yield* TestClock.adjust("999 millis")
      assert.strictEqual(fiber.unsafePoll(), null)
      assert.strictEqual(deadline.remainingMillis(), 1)
      yield* TestClock.adjust("1 millis")
      assert.strictEqual(yield* Fiber.join(fiber), undefined)
      assert.strictEqual(deadline.remainingMillis(), undefined)
      inbox.push("late")
      assert.strictEqual(yield* next, "late")
    })
  )

  it.scoped("is not put off by what trickles in", () =>
    Effect.gen(function* () {
      const { deadline, inbox, next } = yield* world
      deadline.arm(1000)
      for (let count = 0; count < 9; count++) {
        yield* TestClock.adjust("100 millis")
        inbox.push("drop")
        assert.strictEqual(yield* next, "drop")
      }
      yield* TestClock.adjust("100 millis")
      assert.strictEqual(yield* next, undefined)
    })
  )

  it.scoped("lets count what had arrived when it passed, and nothing after that", () =>
    Effect.gen(function* () {
      const { deadline, inbox, next } = yield* world
      deadline.arm(1000)
      inbox.push("one")
      inbox.push("two")
      // The machine slept.
      yield* TestClock.adjust("1 hour")
      assert.strictEqual(yield* next, "one")
      inbox.push("too late")
      assert.strictEqual(yield* next, "two")
      assert.strictEqual(yield* next, undefined)
      assert.strictEqual(yield* next, "too late")
    })
  )

  it.scoped("starts anew with each arming", () =>
    Effect.gen(function* () {
      const { deadline, next } = yield* world
      deadline.arm(1000)
      yield* TestClock.adjust("900 millis")
      deadline.arm(1000)
      const fiber = yield* Effect.fork(next)
      yield* TestClock.adjust("900 millis")
      assert.strictEqual(fiber.unsafePoll(), null)
      deadline.disarm()
      assert.strictEqual(deadline.remainingMillis(), undefined)
      yield* Fiber.interrupt(fiber)
    })
  )

  it.scoped("passes early when it is armed anew with less time", () =>
    Effect.gen(function* () {
      const { deadline, next } = yield* world
      deadline.arm(60_000)
      const fiber = yield* Effect.fork(next)
      yield* TestClock.adjust("1 second")
      deadline.arm(500)
      yield* TestClock.adjust("500 millis")
      assert.strictEqual(yield* Fiber.join(fiber), undefined)
      deadline.arm(100)
      const again = yield* Effect.fork(next)
      yield* TestClock.adjust("100 millis")
      assert.strictEqual(yield* Fiber.join(again), undefined)
    })
  )
})
