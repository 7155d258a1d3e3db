/**
 * Spans for whoever asks: a tree on standard error (`--trace`, `-d`), a collector (`OTEL_EXPORTER_OTLP_ENDPOINT`), or
 * nobody, and then none are made and none of this is loaded.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { StandardStreams } from "../../services/StandardStreams.ts"
import type { OtlpEnvironment } from "./Otlp.ts"

export interface TracingOptions {
  /** `--trace` */
  readonly trace: boolean
  /** `-d`: 0 is off. */
  readonly debugLevel: number
  readonly env: OtlpEnvironment
}

const off: Layer.Layer<never> = Layer.setTracerEnabled(false)

export const layer = ({
  trace,
  debugLevel,
  env
}: TracingOptions): Layer.Layer<never, never, StandardStreams> => {
  const wantsTree = trace || debugLevel > 0
  const wantsCollector = (env.OTEL_EXPORTER_OTLP_ENDPOINT ?? "") !== ""
  if (!wantsTree && !wantsCollector) return off
  const tree = wantsTree
    ? Layer.unwrapEffect(
        Effect.map(
          Effect.promise(() => import("./TraceTree.ts")),
          ({ layer }) => layer
        )
      )
    : Layer.empty
  const collector = wantsCollector
    ? Layer.unwrapEffect(
        Effect.map(
          Effect.promise(() => import("./Otlp.ts")),
          ({ layer }) => layer(env)
        )
      )
    : Layer.empty
  return Layer.provideMerge(tree, collector)
}
