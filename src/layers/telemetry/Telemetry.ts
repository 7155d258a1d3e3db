/** Logs on standard error and traces, for the whole program. */
import * as Layer from "effect/Layer"
import type { StandardStreams } from "../../services/StandardStreams.ts"
import * as LogOutput from "./LogOutput.ts"
import * as Tracing from "./Tracing.ts"

export const layer = (
  options: LogOutput.LogOptions & Tracing.TracingOptions
): Layer.Layer<never, never, StandardStreams> => Layer.merge(LogOutput.layer(options), Tracing.layer(options))
