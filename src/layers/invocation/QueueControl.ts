/** `esmtp queue hold|release|remove|retry|show ID…`. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { QueueAction } from "../../domain/invocation/Invocation.ts"
import { SysExit } from "../../domain/invocation/SysExit.ts"
import { historyLine } from "../../domain/queue/HistoryText.ts"
import { QueueFailed } from "../../domain/queue/QueueError.ts"
import * as QueueId from "../../domain/queue/QueueId.ts"
import * as Listing from "../../domain/queue/QueueListing.ts"
import { printable } from "../../domain/telemetry/Printable.ts"
import { LocalSystem } from "../../services/LocalSystem.ts"
import { type ControlResult, Queue } from "../../services/Queue.ts"
import { StandardStreams } from "../../services/StandardStreams.ts"

export interface ControlRequest {
  readonly action: QueueAction
  readonly ids: ReadonlyArray<string>
  readonly all: boolean
}

const notFound = (id: string): QueueFailed =>
  new QueueFailed({ operation: "find", path: printable(id), reason: "NotFound", detail: "no such mail" })

const known = (id: string): Effect.Effect<QueueId.QueueId, QueueFailed> =>
  Option.match(QueueId.parse(id), { onNone: () => Effect.fail(notFound(id)), onSome: Effect.succeed })

const show = (id: string): Effect.Effect<ControlResult, QueueFailed, Queue | LocalSystem | StandardStreams> =>
  Effect.gen(function* () {
    const queue = yield* Queue
    const { utcOffsetMinutes } = yield* LocalSystem
    const { out } = yield* StandardStreams
    const detail = yield* queue.show(id)
    if (Option.isNone(detail)) return "unknown" as const
    const { listing, history, content } = detail.value
    const now = yield* Clock.currentTimeMillis
    yield* out(Listing.toText(listing, { now, utcOffsetMinutes }))
    for (const record of history) yield* out(`${historyLine(record)}\n`)
    yield* out("\n")
    yield* Stream.runForEach(content, out)
    return "done" as const
  }).pipe(Effect.scoped)

const act = (
  action: QueueAction,
  id: string
): Effect.Effect<ControlResult, QueueFailed, Queue | LocalSystem | StandardStreams> =>
  Effect.gen(function* () {
    const queue = yield* Queue
    switch (action) {
      case "show":
        return yield* show(id)
      case "remove":
        return yield* queue.remove(id)
      case "hold":
        return yield* queue.hold(yield* known(id))
      case "release":
        return yield* queue.release(yield* known(id))
      case "retry":
        return yield* queue.retry(yield* known(id))
    }
  })

const problems: Readonly<Record<Exclude<ControlResult, "done">, string>> = {
  active: "being delivered at this moment",
  unknown: "no such mail",
  bad: "damaged: only show and remove are possible"
}

const statuses: Readonly<Record<ControlResult, SysExit>> = {
  done: SysExit.Ok,
  active: SysExit.TempFail,
  unknown: SysExit.NoInput,
  bad: SysExit.DataError
}

const nameOf = (listing: Listing.QueueListing): string =>
  listing._tag === "Known" ? listing.entry.id : listing.name

const confirmed = (action: QueueAction, count: number): Effect.Effect<boolean, never, StandardStreams> =>
  Effect.gen(function* () {
    if (action !== "remove" || count === 0) return true
    const { confirm } = yield* StandardStreams
    return yield* confirm(`Remove all ${count} mails?`)
  })

const targets = ({
  action,
  all,
  ids
}: ControlRequest): Effect.Effect<ReadonlyArray<string>, QueueFailed, Queue | StandardStreams> =>
  Effect.gen(function* () {
    if (!all) return ids
    const queue = yield* Queue
    const every = [...(yield* Stream.runCollect(queue.list))].map(nameOf)
    return (yield* confirmed(action, every.length)) ? every : []
  })

/** Does what it can; the status is that of the first problem. */
export const control = (
  request: ControlRequest
): Effect.Effect<SysExit, QueueFailed, Queue | LocalSystem | StandardStreams> =>
  Effect.gen(function* () {
    const streams = yield* StandardStreams
    let status: SysExit = SysExit.Ok
    for (const id of yield* targets(request)) {
      const result = yield* act(request.action, id)
      if (result === "done") continue
      yield* streams.error(`esmtp: ${printable(id)}: ${problems[result]}\n`)
      if (status === SysExit.Ok) status = statuses[result]
    }
    return status
  })
