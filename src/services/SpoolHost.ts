/** What the queue must know of machine and processes to tell a live owner from a dead one. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { ProcessFacts, ProcessIdentity } from "../domain/queue/Owner.ts"

export class SpoolHost extends Context.Tag("esmtp/services/SpoolHost")<
  SpoolHost,
  {
    readonly self: ProcessIdentity
    readonly userId: number
    /** Milliseconds since the machine started, time asleep included. */
    readonly uptimeMillis: Effect.Effect<number>
    /** Of a process of this machine and namespace. */
    readonly inspect: (pid: number) => Effect.Effect<ProcessFacts>
    /** From a cryptographic source. */
    readonly randomOctets: (count: number) => Effect.Effect<Uint8Array>
  }
>() {}
