/** Sees to it that what was queued is delivered soon, without anybody waiting for it. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"

export class BackgroundDelivery extends Context.Tag("esmtp/services/BackgroundDelivery")<
  BackgroundDelivery,
  {
    /**
     * Wakes the queue's runner or starts one. That fails is logged and no more: the message is safe, and the next
     * submission, `deliver`, cron or timer will send it.
     */
    readonly start: Effect.Effect<void>
  }
>() {}
