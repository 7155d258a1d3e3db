/** Mail that the wrapper script of C esmtp left in the queue directory. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { QueueFailed } from "../domain/queue/QueueError.ts"

export class LegacyQueue extends Context.Tag("esmtp/services/LegacyQueue")<
  LegacyQueue,
  {
    /**
     * Queues each of its messages once and retires it. What can't be understood stays where it is and is told of in
     * the log; it never stops a run.
     */
    readonly takeOver: Effect.Effect<void, QueueFailed>
  }
>() {}
