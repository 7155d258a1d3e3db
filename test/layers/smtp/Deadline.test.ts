import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/TestClock"
import * as Deadline from "../../../src/layers/smtp/Deadline.ts"
import * as Inbox from "../../../src/layers/smtp/Inbox.ts"

const world = Effect.gen(function* () {
  const deadline = Deadline.make(yield* Effect.clock)
  const inbox = Inbox.make<string>()
  return { deadline, inbox, next: deadline.next(inbox) }
})

describe("Deadline", () => {
  it.effect("gives events in their order, waiting for each", () =>
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

  it.effect("passes when nothing comes in time, and only once", () =>
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

  it.effect("is not put off by what trickles in", () =>
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

  it.effect("lets count what had arrived when it passed, and nothing after that", () =>
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

  it.effect("starts anew with each arming", () =>
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
})
