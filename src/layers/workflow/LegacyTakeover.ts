/**
 * `LegacyQueue`: what the wrapper script left is prepared as a new submission would be, queued once, and retired.
 *
 * Source: esmtp: esmtp-wrapper. Its `cmd` lost all quoting when it was written; what no longer makes sense as a command
 * line, or as a message, stays where it is and is told of.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { SubmitRequest } from "../../domain/invocation/Invocation.ts"
import * as SendmailArgv from "../../domain/invocation/SendmailArgv.ts"
import { MessageError } from "../../domain/mail/MessageError.ts"
import type { QueueFailed } from "../../domain/queue/QueueError.ts"
import { LegacyQueue } from "../../services/LegacyQueue.ts"
import { type Draft, type LegacyEntry, Queue } from "../../services/Queue.ts"
import * as Preparation from "./Preparation.ts"

const left = (entry: LegacyEntry, reason: string) =>
  Effect.logWarning("mail of the old wrapper left as it is").pipe(
    Effect.annotateLogs({ entry: entry.name, reason })
  )

const readable = (name: string) => (cause: QueueFailed) =>
  new MessageError({ reason: "Unreadable", subject: name, detail: cause.message, cause })

const draftOf =
  (entry: LegacyEntry, request: SubmitRequest) => (mail: Stream.Stream<Uint8Array, QueueFailed>) =>
    Effect.gen(function* () {
      const input = Stream.mapError(mail, readable(entry.name))
      const { envelope, message, messageId, resolved } = yield* Preparation.prepare(request, input)
      const { name } = resolved.identity
      const draft: Draft = {
        envelope,
        message,
        argv: entry.argv,
        ...(name !== undefined && { identity: name }),
        ...(messageId !== undefined && { messageId })
      }
      return draft
    })

const adopt = (entry: LegacyEntry, request: SubmitRequest) =>
  Effect.gen(function* () {
    const queue = yield* Queue
    const id = yield* queue.adopt(entry, draftOf(entry, request))
    if (Option.isNone(id)) return
    yield* Effect.logInfo("mail of the old wrapper taken over").pipe(
      Effect.annotateLogs({ entry: entry.name, queueId: id.value })
    )
  }).pipe(Effect.scoped)

const takeOne = (entry: LegacyEntry) =>
  Effect.gen(function* () {
    if (entry.isLocked) return yield* left(entry, "it has a lock file: unfinished, or in use")
    const invocation = yield* SendmailArgv.parse("sendmail", entry.argv)
    if (invocation._tag !== "Submit") return yield* left(entry, "its command line sends no message")
    yield* adopt(entry, invocation.request)
  }).pipe(Effect.catchAll((error) => left(entry, error.message)))

export const layer: Layer.Layer<LegacyQueue, never, Queue | Preparation.Needs> = Layer.effect(
  LegacyQueue,
  Effect.gen(function* () {
    const services = yield* Effect.context<Queue | Preparation.Needs>()
    const queue = yield* Queue
    return LegacyQueue.of({
      takeOver: Effect.flatMap(queue.legacy, (entries) =>
        Effect.provide(Effect.forEach(entries, takeOne, { discard: true }), services)
      )
    })
  })
)
