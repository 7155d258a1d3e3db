/** Whoever watches a delivery: `-v`, `-X`, debug logs, progress, simulation. Watching never fails a delivery. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { SessionEvent } from "../domain/telemetry/SessionEvent.ts"

export class TrafficLog extends Context.Tag("esmtp/services/TrafficLog")<
  TrafficLog,
  {
    readonly record: (event: SessionEvent) => Effect.Effect<void>
  }
>() {}
