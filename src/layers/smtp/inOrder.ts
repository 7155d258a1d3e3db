/**
 * One thing after another, most of which turn out to be nothing.
 *
 * A session tells of each move that it makes, mostly to nobody; a step of the runtime for each would take longer than the
 * moves themselves.
 */
import * as Effect from "effect/Effect"

/** To be called where the first is to happen: each part is made when the ones before it are done, the first at once. */
export const inOrder = <R = never>(
  parts: ReadonlyArray<() => Effect.Effect<void, never, R>>,
  from = 0
): Effect.Effect<void, never, R> => {
  for (let at = from; at < parts.length; at++) {
    const part = parts[at]?.() ?? Effect.void
    if (part !== Effect.void)
      return Effect.zipRight(
        part,
        Effect.suspend(() => inOrder(parts, at + 1))
      )
  }
  return Effect.void
}
