/** A span for the stage that a session is in, from the command to the reply that ends it. */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Tracer from "effect/Tracer"
import type { Stage } from "../../domain/smtp/Stage.ts"

export interface StageSpan {
  /** Ends the span of another stage, if there is one. */
  readonly enter: (stage: Stage) => Effect.Effect<void>
  /** Ends the span; with `error`, as failed. */
  readonly leave: (error?: unknown) => Effect.Effect<void>
}

export const make = (attributes: Readonly<Record<string, unknown>>): StageSpan => {
  let current: { readonly stage: Stage; readonly span: Tracer.Span } | undefined

  const leave = (error?: unknown) =>
    Effect.map(Effect.clock, (clock) => {
      current?.span.end(clock.unsafeCurrentTimeNanos(), error === undefined ? Exit.void : Exit.fail(error))
      current = undefined
    })
  const enter = (stage: Stage) =>
    Effect.gen(function* () {
      if (current?.stage === stage) return
      yield* leave()
      current = { stage, span: yield* Effect.makeSpan(stage, { attributes }) }
    })
  return { enter, leave }
}
