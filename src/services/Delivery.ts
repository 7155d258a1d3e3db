/** Drains the queue. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { QueueRunRequest } from "../domain/invocation/Invocation.ts"
import type { DeliveryEvent, RunSummary } from "../domain/queue/DeliveryEvent.ts"
import type { QueueFailed } from "../domain/queue/QueueError.ts"

export type Observe = (event: DeliveryEvent) => Effect.Effect<void>

export class Delivery extends Context.Tag("esmtp/services/Delivery")<
  Delivery,
  {
    /**
     * One pass over what was asked for. What could not be delivered stays queued with its next time, was bounced, or
     * is among the dead; nobody needs to retry. Fails only when the queue itself can't be read.
     */
    readonly run: (request: QueueRunRequest, observe: Observe) => Effect.Effect<RunSummary, QueueFailed>
  }
>() {}
