/** `deliver`, `-q…`, `mailq -q`: one pass, a watch, or the background runner. */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { QueueRunRequest } from "../../domain/invocation/Invocation.ts"
import { SysExit } from "../../domain/invocation/SysExit.ts"
import type { RunSummary } from "../../domain/queue/DeliveryEvent.ts"
import type { QueueFailed } from "../../domain/queue/QueueError.ts"
import { Delivery, type Observe } from "../../services/Delivery.ts"
import { LegacyQueue } from "../../services/LegacyQueue.ts"
import { type AfterPass, Queue } from "../../services/Queue.ts"

/** A runner stays this long for the rest of a burst. */
const lingering = Duration.seconds(5)

/** A watch looks at least this often, whatever the clock does. */
const longestWait = Duration.hours(1)

/** A queue that another runner is in charge of is left to it for so long. */
const standby = Duration.minutes(1)

const exitOf = ({ undelivered }: RunSummary): SysExit => (undelivered === 0 ? SysExit.Ok : SysExit.TempFail)

type Pass = Effect.Effect<RunSummary, QueueFailed, Delivery | LegacyQueue>

const onePass = (request: QueueRunRequest, observe: Observe): Pass =>
  Effect.gen(function* () {
    const legacy = yield* LegacyQueue
    const delivery = yield* Delivery
    yield* legacy.takeOver
    return yield* delivery.run(request, observe)
  })

const untilNext = (request: QueueRunRequest, { nextAttemptAt }: RunSummary): Effect.Effect<AfterPass> =>
  Effect.gen(function* () {
    const { repeat } = request
    if (repeat === "linger") return { _tag: "Linger" as const, time: lingering }
    if (typeof repeat === "object")
      return { _tag: "Wait" as const, time: Duration.millis(repeat.everyMillis) }
    if (nextAttemptAt === undefined) return { _tag: "Wait" as const, time: longestWait }
    const left = Duration.millis(Math.max(1000, nextAttemptAt - (yield* Clock.currentTimeMillis)))
    return { _tag: "Wait" as const, time: Duration.min(left, longestWait) }
  })

/** The first pass does what was asked for; later ones take what is due. */
const passes = (request: QueueRunRequest, observe: Observe) => {
  let current = request
  return Effect.gen(function* () {
    const summary = yield* onePass(current, observe)
    current = { ...request, onlyDue: true }
    return yield* untilNext(request, summary)
  })
}

const stay = (request: QueueRunRequest, observe: Observe) =>
  Effect.gen(function* () {
    const queue = yield* Queue
    const pass = passes(request, observe)
    let wasInCharge = yield* queue.asRunner(pass)
    while (request.repeat !== "linger") {
      if (!wasInCharge) yield* Effect.sleep(standby)
      wasInCharge = yield* queue.asRunner(pass)
    }
    return SysExit.Ok
  })

/** Exits 0 when nothing of what was asked for is left, else 75. */
export const run = (
  request: QueueRunRequest,
  observe: Observe
): Effect.Effect<SysExit, QueueFailed, Queue | Delivery | LegacyQueue> =>
  request.repeat === undefined ? Effect.map(onePass(request, observe), exitOf) : stay(request, observe)
