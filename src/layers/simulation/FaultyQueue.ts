/** The queue in memory, with a disk that refuses new messages while its script says so. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { QueueFailed } from "../../domain/queue/QueueError.ts"
import type { RetryPolicy } from "../../domain/queue/RetryPolicy.ts"
import { isWithin } from "../../domain/simulation/RelayScript.ts"
import type { QueueFault } from "../../domain/simulation/World.ts"
import { Queue } from "../../services/Queue.ts"
import * as QueueMemory from "../queue/QueueMemory.ts"

const refusal = (faults: ReadonlyArray<QueueFault>): Effect.Effect<void, QueueFailed> =>
  Effect.gen(function* () {
    const now = yield* Clock.currentTimeMillis
    const fault = faults.find((one) => isWithin(one, now))
    if (fault === undefined) return
    const { reason } = fault
    return yield* new QueueFailed({
      operation: "enqueue",
      path: "queue",
      reason,
      detail: `simulated ${reason}`
    })
  })

export const layer = (faults: ReadonlyArray<QueueFault>, policy: RetryPolicy): Layer.Layer<Queue> =>
  Layer.effect(
    Queue,
    Effect.map(Queue, (queue) =>
      Queue.of({ ...queue, enqueue: (draft) => Effect.zipRight(refusal(faults), queue.enqueue(draft)) })
    )
  ).pipe(Layer.provide(QueueMemory.layerWith(policy)))
