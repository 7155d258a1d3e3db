import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as fc from "effect/FastCheck"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/TestClock"
import * as JournalState from "../../../src/domain/queue/JournalState.ts"
import * as RetryPolicy from "../../../src/domain/queue/RetryPolicy.ts"

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

const policy: RetryPolicy.RetryPolicy = {
  delaysMillis: [1, 5, 15, 30, 60, 120, 240].map((minutes) => minutes * minute),
  lifetimeMillis: 5 * day
}

const tried = (attemptsAt: ReadonlyArray<number>, more: Partial<JournalState.JournalState> = {}) => ({
  ...JournalState.initial(1),
  attemptsAt,
  ...more
})

const message = { acceptedAt: 0, isBounce: false }

describe("RetryPolicy", () => {
  it("from a third of its lifetime on a message counts the probes of others, a report sooner", () => {
    const counts = (isBounce: boolean, age: number, attemptsAt: ReadonlyArray<number> = []) =>
      RetryPolicy.countsProbes(policy, { acceptedAt: 0, isBounce }, tried(attemptsAt), age)
    const third = (5 * day) / 3
    assert.deepStrictEqual(
      [third, third + 1].map((age) => counts(false, age)),
      [false, true]
    )
    assert.deepStrictEqual(
      [16 * hour, 16 * hour + 1].map((age) => counts(true, age)),
      [false, true]
    )
    assert.deepStrictEqual(
      [6 * hour, 6 * hour + 1].map((gap) => counts(false, 2 * day + gap, [2 * day])),
      [false, true]
    )
  })

  it("delays follow the schedule, and the last repeats", () => {
    assert.deepStrictEqual(
      [1, 2, 3, 4, 5, 6, 7, 8, 99].map((attempts) => RetryPolicy.delayAfter(policy, attempts) / minute),
      [1, 5, 15, 30, 60, 120, 240, 240, 240]
    )
  })

  it("the next try lies within a fifth of the delay, and never before the floor of its scope", () => {
    const floors = { relay: 0, message: 15 * minute, account: hour } as const
    fc.assert(
      fc.property(
        fc.constantFrom("relay" as const, "message" as const, "account" as const),
        fc.integer({ min: 1, max: 50 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (scope, attempts, random) => {
          const wait = RetryPolicy.nextAttemptAt(policy, scope, attempts, 1000, random) - 1000
          const delay = Math.max(RetryPolicy.delayAfter(policy, attempts), floors[scope])
          assert.isAtLeast(wait, Math.floor(delay * 0.8))
          assert.isAtMost(wait, Math.ceil(delay * 1.2))
        }
      )
    )
  })

  it("a floor never exceeds the longest delay that the user configured", () => {
    const quick = { delaysMillis: [1000], lifetimeMillis: day }
    assert.strictEqual(RetryPolicy.nextAttemptAt(quick, "account", 1, 0, 0.5), 1000)
  })

  it.effect("the Schedule makes the same waits", () =>
    Effect.gen(function* () {
      let runs = 0
      const counting = Effect.sync(() => {
        runs++
      })
      const fiber = yield* Effect.fork(Effect.schedule(counting, RetryPolicy.schedule(policy)))
      yield* TestClock.adjust(Duration.millis(0.79 * minute))
      assert.strictEqual(runs, 0)
      yield* TestClock.adjust(Duration.millis(0.42 * minute))
      assert.strictEqual(runs, 1)
      yield* TestClock.adjust(Duration.minutes(6.1))
      assert.strictEqual(runs, 2)
      yield* TestClock.adjust(Duration.days(2))
      assert.isAbove(runs, 10)
      yield* Fiber.interrupt(fiber)
    })
  )

  it("what was never tried is due, what is held or buried is not", () => {
    assert.isTrue(RetryPolicy.isDue(policy, tried([]), 5))
    assert.isFalse(RetryPolicy.isDue(policy, tried([], { isHeld: true }), 5))
    assert.isFalse(RetryPolicy.isDue(policy, tried([], { buried: "why" }), 5))
    assert.isFalse(RetryPolicy.isDue(policy, tried([0], { nextAttemptAt: 100 }), 99))
    assert.isTrue(RetryPolicy.isDue(policy, tried([0], { nextAttemptAt: 100 }), 100))
  })

  it("P7: a next try that no delay can have set has come: the clock was put back", () => {
    const state = tried([0], { nextAttemptAt: 10 * 365 * day })
    assert.isTrue(RetryPolicy.isDue(policy, state, 0))
    assert.isFalse(RetryPolicy.isDue(policy, tried([0], { nextAttemptAt: 4.7 * hour }), 0))
  })

  it("P7: mail that was tried all its life expires after its lifetime", () => {
    const attempts = Array.from({ length: 35 }, (_, index) => index * 4 * hour)
    assert.isFalse(RetryPolicy.isExpired(policy, message, tried(attempts), 5 * day))
    assert.isTrue(RetryPolicy.isExpired(policy, message, tried(attempts), 5 * day + 1))
  })

  it("P7: no jump of the clock expires mail by itself", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 30 * minute }), { minLength: 4, maxLength: 30 }),
        fc.nat({ max: 29 }),
        fc.integer({ min: -50 * 365 * day, max: 50 * 365 * day }),
        (gaps, where, jump) => {
          let now = 1000 * day
          const attempts = gaps.map((gap, index) => {
            now += gap + (index === where ? jump : 0)
            return now
          })
          const expired = RetryPolicy.isExpired(
            policy,
            { acceptedAt: 1000 * day, isBounce: false },
            tried(attempts),
            now
          )
          assert.isFalse(expired)
        }
      )
    )
  })

  it("P7: a laptop that slept for weeks tries again before it gives up", () => {
    const attempts = [0, minute, 6 * minute, 21 * minute, 51 * minute, 30 * day]
    assert.isFalse(RetryPolicy.isExpired(policy, message, tried(attempts), 30 * day))
  })

  it("a bounce is given up after two days", () => {
    const attempts = Array.from({ length: 14 }, (_, index) => index * 4 * hour)
    const now = 2 * day + 1
    assert.isTrue(RetryPolicy.isExpired(policy, { acceptedAt: 0, isBounce: true }, tried(attempts), now))
    assert.isFalse(RetryPolicy.isExpired(policy, message, tried(attempts), now))
  })

  it("P7: a moved clock is noticed within one boot, and when acceptance lies ahead", () => {
    const accepted = { acceptedAt: 100 * day, acceptedOn: { bootId: "a", uptimeMillis: hour } }
    const reading = (bootId: string, uptimeMillis: number) => ({ bootId, uptimeMillis })
    assert.isFalse(RetryPolicy.clockMoved(accepted, 100 * day + hour, reading("a", 2 * hour)))
    assert.isTrue(RetryPolicy.clockMoved(accepted, 140 * day, reading("a", 2 * hour)))
    assert.isFalse(RetryPolicy.clockMoved(accepted, 140 * day, reading("b", 2 * hour)))
    assert.isTrue(RetryPolicy.clockMoved(accepted, 90 * day, reading("b", 2 * hour)))
  })

  it("a relay that fails is left alone for longer each time, and tried again after a clock jump", () => {
    const first = RetryPolicy.relayFailed(policy, "relay", undefined, "refused", 0, 0.5)
    const second = RetryPolicy.relayFailed(policy, "relay", first, "refused", minute, 0.5)
    assert.strictEqual(first.retryAt, minute)
    assert.strictEqual(second.retryAt, 6 * minute)
    assert.strictEqual(second.failures, 2)
    assert.isTrue(RetryPolicy.isBackedOff(policy, second, 6 * minute - 1))
    assert.isFalse(RetryPolicy.isBackedOff(policy, second, 6 * minute))
    assert.isFalse(RetryPolicy.isBackedOff(policy, second, -365 * day))
  })
})
