/** A span for the stage that a session is in, from the command to the reply that ends it, with what is known of it. */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FiberRef from "effect/FiberRef"
import type * as Tracer from "effect/Tracer"
import type { Stage } from "../../domain/smtp/Stage.ts"
import type { SessionEvent } from "../../domain/telemetry/SessionEvent.ts"
import {
  countReply,
  noReplies,
  type ReplyCounts,
  repliesText,
  type StageAttributes,
  stageFacts
} from "../../domain/telemetry/StageFacts.ts"

/** What is not there takes no step of the runtime, where everything is told so often. Does its part when it is made. */
export interface StageSpan {
  /** Ends the span of the stage before, if there is one. */
  readonly enter: (stage: Stage) => Effect.Effect<void>
  readonly isIn: (stage: Stage) => boolean
  /** Ends the span; with `error`, as failed. */
  readonly leave: (error?: unknown) => Effect.Effect<void>
  /** What is told of a stage that is about to begin waits for it. */
  readonly observe: (event: SessionEvent) => void
}

interface Current {
  readonly stage: Stage
  readonly span: Tracer.Span
  replies: ReplyCounts
  bytes: number
}

const setAll = (span: Tracer.Span, attributes: StageAttributes): void => {
  for (const [name, value] of Object.entries(attributes)) span.attribute(name, value)
}

/** Where nobody traces only the stage is kept. */
const untraced = (): StageSpan => {
  let current: Stage | undefined
  return {
    enter: (stage) => {
      current = stage
      return Effect.void
    },
    isIn: (stage) => current === stage,
    leave: () => {
      current = undefined
      return Effect.void
    },
    observe: () => {}
  }
}

const traced = (attributes: StageAttributes): StageSpan => {
  let current: Current | undefined
  const ahead = new Map<Stage, StageAttributes>()

  const leave = (error?: unknown) =>
    Effect.map(Effect.clock, (clock) => {
      current?.span.end(clock.unsafeCurrentTimeNanos(), error === undefined ? Exit.void : Exit.fail(error))
      current = undefined
    })
  const isIn = (stage: Stage) => current?.stage === stage
  const enter = (stage: Stage) =>
    Effect.gen(function* () {
      yield* leave()
      const span = yield* Effect.makeSpan(stage, { attributes: { ...attributes, ...ahead.get(stage) } })
      ahead.delete(stage)
      current = { stage, span, replies: noReplies, bytes: 0 }
    })
  const observe = (event: SessionEvent): void => {
    if (current?.span.sampled === false) return
    const facts = stageFacts(event)
    if (facts === undefined) return
    const { stage = current?.stage, reply, bytes } = facts
    if (stage === undefined) return
    if (current === undefined || stage !== current.stage) {
      ahead.set(stage, { ...ahead.get(stage), ...facts.attributes })
      return
    }
    setAll(current.span, facts.attributes)
    if (reply !== undefined) {
      current.replies = countReply(current.replies, reply)
      current.span.attribute("replies", repliesText(current.replies))
    }
    if (bytes !== undefined) {
      current.bytes += bytes
      current.span.attribute("bytes", current.bytes)
    }
  }
  return { enter, isIn, leave, observe }
}

export const make = (attributes: StageAttributes, isTraced: boolean): StageSpan =>
  isTraced ? traced(attributes) : untraced()

export const isTraced: Effect.Effect<boolean> = FiberRef.get(FiberRef.currentTracerEnabled)

/** A span that costs nobody anything who does not trace. */
export const span =
  (name: string) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.flatMap(isTraced, (isOn) => (isOn ? Effect.withSpan(effect, name) : effect))
