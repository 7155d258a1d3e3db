/** `Delivery` over the queue, the transport and the MDA: recover, choose, and drain relay by relay. */
import * as EffectArray from "effect/Array"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Settings } from "../../domain/config/Settings.ts"
import { type QueueRunRequest, whatIsDue } from "../../domain/invocation/Invocation.ts"
import type { RunSummary } from "../../domain/queue/DeliveryEvent.ts"
import * as Limits from "../../domain/queue/Limits.ts"
import type { QueueId } from "../../domain/queue/QueueId.ts"
import { Config } from "../../services/Config.ts"
import { Delivery, type Observe } from "../../services/Delivery.ts"
import { Queue } from "../../services/Queue.ts"
import type { Ending } from "./Conclusion.ts"
import { identityNamed, type Selected, type Selection, selection } from "./QueueSelection.ts"
import * as RelayGroup from "./RelayGroup.ts"

const groups = (settings: Settings, entries: ReadonlyArray<Selected>) =>
  Object.values(EffectArray.groupBy(entries, ({ identity }) => identity ?? "")).flatMap((members) => {
    const identity = identityNamed(settings, members[0].identity)
    return identity === undefined ? [] : [{ identity, members }]
  })

/** However many there are: more than a function takes arguments. */
const earliest = (times: ReadonlyArray<number>): number =>
  times.reduce((first, time) => Math.min(first, time), Number.POSITIVE_INFINITY)

const summary = (chosen: Selection, endings: ReadonlyArray<Ending>): RunSummary => {
  const gone = endings.filter(({ isGone }) => isGone).length
  const times = [chosen.nextAttemptAt, ...endings.map(({ nextAttemptAt }) => nextAttemptAt)].filter(
    (time) => time !== undefined
  )
  return {
    undelivered: chosen.entries.length + chosen.passedOver - gone,
    ...(times.length > 0 && { nextAttemptAt: earliest(times) })
  }
}

const recover = Effect.gen(function* () {
  const queue = yield* Queue
  const { freed } = yield* queue.recover
  if (freed.length > 0) {
    yield* Effect.logInfo("entries of dead owners freed").pipe(Effect.annotateLogs({ count: freed.length }))
  }
})

const pass = (request: QueueRunRequest, observe: Observe) =>
  Effect.gen(function* () {
    const settings = yield* Config
    const chosen = yield* selection(request, settings)
    yield* observe({
      _tag: "PassStarted",
      entries: chosen.entries.length,
      sizeBytes: chosen.entries.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
    })
    const { onlyDue } = request
    const results = yield* Effect.forEach(
      groups(settings, chosen.entries),
      ({ identity, members }) => RelayGroup.run(members, { identity, settings, onlyDue, observe }),
      { concurrency: Limits.relaysAtOnce }
    )
    return summary(
      chosen,
      results.flatMap(({ endings }) => endings)
    )
  })

/** What the pass queued itself is not left for a later run: a second pass takes the reports. They make none of their own. */
const drain = (request: QueueRunRequest, observe: Observe) =>
  Effect.gen(function* () {
    yield* recover
    const reports: Array<QueueId> = []
    const noting: Observe = (event) => {
      if (event._tag === "Reported") reports.push(event.report)
      return observe(event)
    }
    const first = yield* pass(request, noting)
    if (reports.length === 0) return first
    const second = yield* pass({ ...whatIsDue, ids: reports }, observe)
    const times = [first.nextAttemptAt, second.nextAttemptAt].filter((time) => time !== undefined)
    return { ...first, ...(times.length > 0 && { nextAttemptAt: earliest(times) }) }
  })

export const layer: Layer.Layer<Delivery, never, Config | RelayGroup.Needs> = Layer.effect(
  Delivery,
  Effect.gen(function* () {
    const services = yield* Effect.context<Config | RelayGroup.Needs>()
    return Delivery.of({
      run: (request, observe) =>
        drain(request, observe).pipe(Effect.withSpan("delivery"), Effect.provide(services))
    })
  })
)
