/**
 * Time that passes only when nobody has anything left to do: the next sleeper is woken at once, and it is then what the
 * clock says. Days take as long as what happens in them.
 *
 * It comes with the scheduler of the fibers that live by it, which knows when none of them can go on. Effect's `TestClock`
 * can't know that: it looks at all fibers every few milliseconds of real time until they stand still, at each step.
 * Fibers that wait for the world outside (a file, a module being loaded) are not seen: whoever needs something from there
 * fetches it before, or takes it from memory.
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as FiberRef from "effect/FiberRef"
import * as Layer from "effect/Layer"
import * as Scheduler from "effect/Scheduler"
import { type Sleeper, SleeperHeap } from "./SleeperHeap.ts"

export interface VirtualClock {
  readonly clock: Clock.Clock
  readonly scheduler: Scheduler.Scheduler
}

/** Turns of the event loop without anything to do: more than any of ours takes until it does something. */
const quietTurns = 4

/** Rounds of tasks after which the event loop may look at the world, such as a signal. */
const roundsBetweenTurns = 4096

const nanosPerMilli = 1_000_000n

class IdleScheduler implements Scheduler.Scheduler {
  private readonly tasks = new Scheduler.PriorityBuckets()
  private isDraining = false
  /** Of the latest drain: an older wait for quiet has missed something. */
  private drains = 0
  private readonly onIdle: () => void

  constructor(onIdle: () => void) {
    this.onIdle = onIdle
  }

  shouldYield(fiber: Fiber.RuntimeFiber<unknown, unknown>): number | false {
    return fiber.currentOpCount > fiber.getFiberRef(FiberRef.currentMaxOpsBeforeYield)
      ? fiber.getFiberRef(FiberRef.currentSchedulingPriority)
      : false
  }

  scheduleTask(task: Scheduler.Task, priority: number): void {
    this.tasks.scheduleTask(task, priority)
    if (this.isDraining) return
    this.isDraining = true
    queueMicrotask(this.drain)
  }

  /** Somebody has begun to sleep. */
  awaitQuiet(): void {
    if (!this.isDraining) this.quiet(this.drains, 0)
  }

  private readonly drain = (): void => {
    for (let round = 0; this.tasks.buckets.length > 0; round++) {
      if (round === roundsBetweenTurns) {
        setImmediate(this.drain)
        return
      }
      const buckets = this.tasks.buckets
      this.tasks.buckets = []
      for (const [, tasks] of buckets) for (const task of tasks) task()
    }
    this.isDraining = false
    this.drains++
    this.quiet(this.drains, 0)
  }

  private quiet(drains: number, turns: number): void {
    setImmediate(() => {
      if (this.isDraining || drains !== this.drains) return
      if (turns < quietTurns) this.quiet(drains, turns + 1)
      else this.onIdle()
    })
  }
}

export const make = (startMillis: number): VirtualClock => {
  let now = startMillis
  const sleepers = new SleeperHeap()
  const wake = (): void => {
    const first = sleepers.pop()
    if (first === undefined) return
    now = Math.max(now, first.at)
    first.wake()
    // Those of the same moment, in the order in which they fell asleep.
    while (sleepers.peek()?.at === first.at) sleepers.pop()?.wake()
  }
  const scheduler = new IdleScheduler(wake)
  const nanos = (): bigint => BigInt(Math.round(now)) * nanosPerMilli
  const clock: Clock.Clock = {
    [Clock.ClockTypeId]: Clock.ClockTypeId,
    unsafeCurrentTimeMillis: () => now,
    unsafeCurrentTimeNanos: nanos,
    currentTimeMillis: Effect.sync(() => now),
    currentTimeNanos: Effect.sync(nanos),
    sleep: (duration) =>
      Effect.async<void>((resume) => {
        const millis = Math.max(0, Duration.toMillis(duration))
        if (!Number.isFinite(millis)) return
        const sleeper: Sleeper = { at: now + millis, wake: () => resume(Effect.void) }
        sleepers.push(sleeper)
        scheduler.awaitQuiet()
        return Effect.sync(() => sleepers.remove(sleeper))
      })
  }
  return { clock, scheduler }
}

/** Runs an effect, and every fiber it forks, by this clock. */
export const by =
  ({ clock, scheduler }: VirtualClock) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    // The first turn of the effect is already under the new scheduler.
    Effect.zipRight(Effect.yieldNow(), effect).pipe(Effect.withClock(clock), Effect.withScheduler(scheduler))

/** For whatever the layer is provided to. `startMillis`: since the epoch. */
export const layer = (startMillis = 0): Layer.Layer<never> =>
  Layer.unwrapEffect(
    Effect.sync(() => {
      const { clock, scheduler } = make(startMillis)
      return Layer.merge(Layer.setClock(clock), Layer.setScheduler(scheduler))
    })
  )
