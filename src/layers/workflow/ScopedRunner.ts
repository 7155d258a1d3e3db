/**
 * `BackgroundDelivery` by a fiber, for a program that goes on living: the queue's runner ends with the layer's scope, and
 * what it leaves is still queued.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { whatIsDue } from "../../domain/invocation/Invocation.ts"
import { BackgroundDelivery } from "../../services/BackgroundDelivery.ts"
import { Delivery } from "../../services/Delivery.ts"
import { type AfterPass, Queue } from "../../services/Queue.ts"

/** The runner stays this long for the rest of a burst. */
const lingering: AfterPass = { _tag: "Linger", time: Duration.seconds(5) }

const warn = (error: { readonly message: string }) =>
  Effect.logWarning("background delivery failed").pipe(Effect.annotateLogs({ reason: error.message }))

export const layer: Layer.Layer<BackgroundDelivery, never, Queue | Delivery> = Layer.scoped(
  BackgroundDelivery,
  Effect.gen(function* () {
    const queue = yield* Queue
    const delivery = yield* Delivery
    const scope = yield* Effect.scope
    const runner = queue
      .asRunner(
        Effect.as(
          delivery.run(whatIsDue, () => Effect.void),
          lingering
        )
      )
      .pipe(Effect.catchAll(warn))
    return BackgroundDelivery.of({
      start: Effect.gen(function* () {
        if (!(yield* queue.wake)) yield* Effect.forkIn(runner, scope)
      }).pipe(Effect.catchAll(warn))
    })
  })
)
