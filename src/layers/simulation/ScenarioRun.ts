/**
 * Plays a scenario on virtual time: programs start at their times, the queue is run as the scenario says, and everything
 * that happens becomes a timeline. It ends when nothing is left to happen, or when the scenario's time is over.
 */
import * as Chunk from "effect/Chunk"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Stream from "effect/Stream"
import type { ConfigError } from "../../domain/config/ConfigError.ts"
import { whatIsDue } from "../../domain/invocation/Invocation.ts"
import { mostPermanent, SysExit } from "../../domain/invocation/SysExit.ts"
import { pending } from "../../domain/queue/JournalState.ts"
import type { QueueFailed } from "../../domain/queue/QueueError.ts"
import type { Arrival, Scenario } from "../../domain/simulation/Scenario.ts"
import { type TimelineEvent, type Totals, totals } from "../../domain/simulation/Timeline.ts"
import * as World from "../../domain/simulation/World.ts"
import type { Delivery } from "../../services/Delivery.ts"
import type { LegacyQueue } from "../../services/LegacyQueue.ts"
import { Queue } from "../../services/Queue.ts"
import * as QueueRun from "../invocation/QueueRun.ts"
import * as Chronicle from "./Chronicle.ts"
import * as SimulatedProgram from "./SimulatedProgram.ts"
import * as Simulation from "./Simulation.ts"
import * as VirtualClock from "./VirtualClock.ts"

export interface Played {
  readonly startAt: number
  readonly endAt: number
  readonly events: ReadonlyArray<TimelineEvent>
  readonly totals: Totals
  /** Of the run: the most permanent of the programs' own, and 75 where mail is left. */
  readonly exitStatus: SysExit
  /** The sessions as `-X` would write them. */
  readonly transcript: string
}

const sleepUntil = (at: number): Effect.Effect<void> =>
  Effect.flatMap(Clock.currentTimeMillis, (now) => Effect.sleep(Duration.millis(Math.max(0, at - now))))

const startOne = (
  world: World.World,
  chronicle: Chronicle.Chronicle,
  arrival: Arrival,
  index: number,
  label: string
): Effect.Effect<void, never, Simulation.Services> =>
  Effect.gen(function* () {
    const resident = yield* Effect.context<Simulation.Services>()
    const startedAt = yield* Clock.currentTimeMillis
    const ran = yield* SimulatedProgram.start(world, {
      argv: ["sendmail", ...arrival.argv],
      input: arrival.input,
      observe: chronicle.observe,
      resident
    })
    yield* chronicle.ran(label, index, arrival, startedAt, ran)
  })

/** Programs of one arrival run side by side, as processes do. */
const starts = (
  world: World.World,
  chronicle: Chronicle.Chronicle,
  arrival: Arrival,
  index: number
): Effect.Effect<void, never, Simulation.Services> =>
  Effect.gen(function* () {
    const running: Array<Fiber.Fiber<void>> = []
    for (let number = 0; number < arrival.count; number++) {
      yield* sleepUntil(arrival.at + number * arrival.everyMillis)
      const label = arrival.count === 1 ? String(index + 1) : `${index + 1}.${number + 1}`
      running.push(yield* Effect.fork(startOne(world, chronicle, arrival, index, label)))
    }
    yield* Fiber.joinAll(running)
  })

type RunNeeds = Queue | Delivery | LegacyQueue

const runsOf = (
  { runs, startAt }: Scenario,
  { observe }: Chronicle.Chronicle
): Effect.Effect<unknown, QueueFailed, RunNeeds> => {
  const once = QueueRun.run(whatIsDue, observe)
  switch (runs._tag) {
    case "Schedule":
      return QueueRun.run({ ...whatIsDue, repeat: "schedule" }, observe)
    case "Every":
      return Effect.gen(function* () {
        for (let at = startAt + runs.millis; ; at += runs.millis) {
          yield* sleepUntil(at)
          yield* once
        }
      })
    case "At":
      return Effect.gen(function* () {
        for (const at of runs.times) {
          yield* sleepUntil(at)
          yield* once
        }
        return yield* Effect.never
      })
  }
}

/** Whatever was started has ended, and the queue is empty. */
const settled = ({ changes, isWaiting }: Chronicle.Chronicle): Effect.Effect<void> =>
  Effect.gen(function* () {
    while (isWaiting()) {
      while (changes.shift() !== undefined);
      if (isWaiting()) yield* changes.arrival
    }
  })

const waitingRecipients = Effect.gen(function* () {
  const queue = yield* Queue
  const listings = Chunk.toReadonlyArray(yield* Stream.runCollect(queue.list))
  return listings.reduce(
    (sum, listing) =>
      listing._tag === "Known" && listing.state !== "dead" ? sum + pending(listing.journal).length : sum,
    0
  )
})

const statusOf = (events: ReadonlyArray<TimelineEvent>, { dead, pending: left }: Totals): SysExit =>
  mostPermanent([
    ...events.flatMap((event) => (event._tag === "Ran" ? [event.exitStatus] : [])),
    left + dead > 0 ? SysExit.TempFail : SysExit.Ok
  ])

const story = (scenario: Scenario, world: World.World) =>
  Effect.gen(function* () {
    const probe = yield* Simulation.Probe
    const chronicle = Chronicle.make(yield* Effect.clock)
    const needs = yield* Effect.context<RunNeeds>()
    const running = yield* Effect.fork(Effect.provide(runsOf(scenario, chronicle), needs))
    const started = Effect.forEach(
      scenario.arrivals,
      (arrival, index) => starts(world, chronicle, arrival, index),
      { concurrency: "unbounded", discard: true }
    )
    const all = Effect.zipRight(started, settled(chronicle))
    const failing = Effect.zipRight(Fiber.join(running), Effect.never)
    yield* Effect.raceFirst(
      Effect.raceFirst(all, failing),
      Effect.sleep(Duration.millis(scenario.durationMillis))
    )
    yield* Fiber.interrupt(running)
    const events = chronicle.events(yield* probe.calls)
    const counted = totals(events, yield* waitingRecipients)
    const played: Played = {
      startAt: scenario.startAt,
      endAt: yield* Clock.currentTimeMillis,
      events,
      totals: counted,
      exitStatus: statusOf(events, counted),
      transcript: yield* probe.transcript
    }
    return played
  })

/** The same scenario and seed give the same, octet for octet. Fails where the configuration, or the queue, does. */
export const play = (scenario: Scenario): Effect.Effect<Played, ConfigError | QueueFailed> =>
  Effect.suspend(() => {
    const world = World.make(scenario.world)
    return story(scenario, world).pipe(
      Effect.provide(Layer.merge(Simulation.layerOf(world), Logger.minimumLogLevel(LogLevel.None))),
      // Nobody looks at the spans of a simulation, and there are very many.
      Effect.withTracerEnabled(false),
      VirtualClock.by(VirtualClock.make(scenario.startAt))
    )
  })
