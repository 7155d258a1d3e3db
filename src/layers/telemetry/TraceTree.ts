/** Remembers the spans that a tracer makes, and prints them as a tree when the program ends. */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Tracer from "effect/Tracer"
import * as Limits from "../../domain/telemetry/Limits.ts"
import { type RecordedSpan, spanTreeLines } from "../../domain/telemetry/SpanTree.ts"
import { StandardStreams } from "../../services/StandardStreams.ts"

const recorded = (span: Tracer.Span): RecordedSpan => ({
  id: span.spanId,
  ...(Option.isSome(span.parent) && { parentId: span.parent.value.spanId }),
  name: span.name,
  startNanos: span.status.startTime,
  ...(span.status._tag === "Ended" && { endNanos: span.status.endTime }),
  attributes: span.attributes,
  failed: span.status._tag === "Ended" && Exit.isFailure(span.status.exit)
})

const remembering = (tracer: Tracer.Tracer, spans: Array<Tracer.Span>): Tracer.Tracer =>
  Tracer.make({
    context: (run, fiber) => tracer.context(run, fiber),
    span: (...about) => {
      const span = tracer.span(...about)
      if (spans.length < Limits.spans) spans.push(span)
      return span
    }
  })

export const layer: Layer.Layer<never, never, StandardStreams> = Layer.unwrapScoped(
  Effect.gen(function* () {
    const { error } = yield* StandardStreams
    const tracer = yield* Effect.tracer
    const spans: Array<Tracer.Span> = []
    yield* Effect.addFinalizer(() => {
      const lines = spanTreeLines(spans.map(recorded))
      return lines.length === 0 ? Effect.void : error(`${lines.join("\n")}\n`)
    })
    return Layer.setTracer(remembering(tracer, spans))
  })
)
