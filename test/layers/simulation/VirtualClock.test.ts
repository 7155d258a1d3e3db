import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as VirtualClock from "../../../src/layers/simulation/VirtualClock.ts"

const day = 86_400_000

const sleeps = (told: Array<string>, name: string, ...millis: ReadonlyArray<number>) =>
  Effect.gen(function* () {
    for (const one of millis) {
      yield* Effect.sleep(one)
      told.push(`${name} ${yield* Clock.currentTimeMillis}`)
    }
  })

const on = <A, E>(effect: Effect.Effect<A, E>, startMillis = 0) =>
  VirtualClock.by(VirtualClock.make(startMillis))(effect)

describe("VirtualClock", () => {
  it.live("lets a year pass at once, and tells the time of each sleeper", () =>
    Effect.gen(function* () {
      const told: Array<string> = []
      const both = [sleeps(told, "a", 365 * day), sleeps(told, "b", 1, day, 0)]
      yield* on(Effect.all(both, { concurrency: "unbounded" }), 1000)
      assert.deepStrictEqual(told, ["b 1001", "b 86401001", "b 86401001", `a ${365 * day + 1000}`])
    })
  )

  it.live("wakes those of one moment in the order in which they fell asleep", () =>
    Effect.gen(function* () {
      const told: Array<string> = []
      const all = Array.from({ length: 50 }, (_, index) => sleeps(told, String(index), 10))
      yield* on(Effect.all(all, { concurrency: "unbounded" }))
      assert.deepStrictEqual(
        told,
        all.map((_, index) => `${index} 10`)
      )
    })
  )

  it.live("does not wake who has been interrupted, nor wait for him", () =>
    Effect.gen(function* () {
      const now = yield* on(
        Effect.gen(function* () {
          yield* Effect.timeoutOption(Effect.sleep(day), 5)
          yield* Effect.sleep(5)
          return yield* Clock.currentTimeMillis
        })
      )
      assert.strictEqual(now, 10)
    })
  )

  it.live("waits for work that takes turns of the event loop", () =>
    Effect.gen(function* () {
      const turns = Effect.async<void>((resume) => {
        setImmediate(() => setImmediate(() => resume(Effect.void)))
      })
      const won = yield* on(Effect.raceFirst(Effect.as(Effect.sleep(1), "sleep"), Effect.as(turns, "work")))
      assert.strictEqual(won, "work")
    })
  )
})
