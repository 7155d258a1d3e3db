/** A span that costs nobody anything who does not trace. */
import * as Effect from "effect/Effect"
import * as FiberRef from "effect/FiberRef"

/** `attributes`: what is known when the effect has succeeded. */
export const span =
  <A>(name: string, attributes: (result: A) => Readonly<Record<string, unknown>> = () => ({})) =>
  <E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.flatMap(FiberRef.get(FiberRef.currentTracerEnabled), (isTraced) =>
      isTraced
        ? effect.pipe(
            Effect.tap((result) => Effect.annotateCurrentSpan(attributes(result))),
            Effect.withSpan(name)
          )
        : effect
    )
