/**
 * Layers built one after the other, each with all that those before it offer, as one layer.
 *
 * `Layer.mergeAll` and `Layer.provideMerge` build what they can side by side, each in a fiber with a scope of its own, and
 * look up every combination in a map. None of our layers waits for anything, and a sendmail lives for the tenth of a
 * second, of which this was a fifth.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"

type Built<A, E, R> = Effect.Effect<Context.Context<A>, E, R | Scope.Scope>

/** The lowest layer. */
export const first = <A, E, R>(layer: Layer.Layer<A, E, R>): Built<A, E, R> => Layer.build(layer)

/** The next one, which may use all below it. */
export const next =
  <B, E2, R2>(layer: Layer.Layer<B, E2, R2>) =>
  <A, E, R>(below: Built<A, E, R>): Built<A | B, E | E2, R | Exclude<R2 | Scope.Scope, A>> =>
    Effect.flatMap(below, (context) =>
      Layer.build(layer).pipe(
        Effect.provide(context),
        Effect.map((built) => Context.merge(context, built))
      )
    )

/** Ends in the opposite order. */
export const together = <A, E, R>(built: Built<A, E, R>): Layer.Layer<A, E, Exclude<R, Scope.Scope>> =>
  Layer.scopedContext(built)
