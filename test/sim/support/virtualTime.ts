/** Runs a program on the test's clock: whenever it has nothing left to do but wait, the time it waits for comes. */
import * as Clock from "effect/Clock"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"

/** It waits, and no moment will ever end that. */
export class Stuck extends Data.TaggedError("Stuck")<{ readonly atMillis: number }> {
  override get message(): string {
    return `the program waits for what never comes, since ${new Date(this.atMillis).toISOString()}`
  }
}

/** Turns of the event loop that a program without I/O needs at most between two things it does. */
const turnsToSettle = 8

/** The same, where a module is loaded. */
const patience = 20_000

const turn = Effect.promise(() => new Promise<void>((resolve) => setImmediate(resolve)))

const nextSleep = Effect.gen(function* () {
  const now = yield* Clock.currentTimeMillis
  const ends = [...(yield* TestClock.sleeps())].filter((end) => end > now)
  return ends.length === 0 ? Option.none<number>() : Option.some(Math.min(...ends))
})

/** Ends with the program, or interrupts it when `untilMillis` has come (none: the program ends by itself). */
export const runVirtually = <A, E, R>(
  program: Effect.Effect<A, E, R>,
  untilMillis: number = Number.POSITIVE_INFINITY
): Effect.Effect<Option.Option<A>, E | Stuck, R> =>
  Effect.gen(function* () {
    const fiber = yield* Effect.fork(program)
    let idle = 0
    while (true) {
      yield* Effect.repeatN(turn, turnsToSettle)
      const exit = yield* Fiber.poll(fiber)
      if (Option.isSome(exit)) return Option.some(yield* Exit.isExit(exit.value) ? exit.value : Effect.never)
      const next = yield* nextSleep
      if (Option.isSome(next) && next.value <= untilMillis) {
        idle = 0
        yield* TestClock.setTime(next.value)
        continue
      }
      if (Number.isFinite(untilMillis)) {
        yield* TestClock.setTime(untilMillis)
        yield* Effect.repeatN(turn, turnsToSettle)
        yield* Fiber.interrupt(fiber)
        return Option.none()
      }
      idle += 1
      if (idle > patience) {
        yield* Fiber.interrupt(fiber)
        return yield* new Stuck({ atMillis: yield* Clock.currentTimeMillis })
      }
    }
  })
