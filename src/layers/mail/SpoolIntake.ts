/**
 * Takes a message in: the header as fields, the body canonical, in memory or in an unnamed file.
 *
 * Source: RFC 5321 §3.3, §4.5.3.1. esmtp: message.c (which reads as it sends, and so can't try again).
 */
import { tmpdir } from "node:os"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { type HeaderBlock, parseHeaderBlock } from "../../domain/mail/HeaderBlock.ts"
import * as HeaderScan from "../../domain/mail/HeaderScan.ts"
import * as Limits from "../../domain/mail/Limits.ts"
import * as LineEnds from "../../domain/mail/LineEnds.ts"
import { MessageError } from "../../domain/mail/MessageError.ts"
import { MessageIntake, type ReceivedMessage } from "../../services/MessageIntake.ts"
import * as BodyStore from "./BodyStore.ts"

const tooLarge = (): MessageError =>
  new MessageError({
    reason: "HeaderTooLarge",
    detail: `header of more than ${Limits.headerBlockBytes} octets, or of more than ${Limits.headerFields} fields`
  })

/** How far the message has come. */
type Progress =
  | { readonly _tag: "Header"; readonly scan: HeaderScan.HeaderScan }
  | { readonly _tag: "Body"; readonly header: HeaderBlock; readonly lines: LineEnds.LineEnds }

type InBody = Extract<Progress, { readonly _tag: "Body" }>

const start: Progress = { _tag: "Header", scan: HeaderScan.initial }

const takeBody = (
  store: BodyStore.BodyStore,
  header: HeaderBlock,
  { octets, state }: LineEnds.LineEndsStep
) => Effect.as(store.append(octets), { _tag: "Body" as const, header, lines: state })

const endHeader = (
  store: BodyStore.BodyStore,
  end: HeaderScan.HeaderEnd
): Effect.Effect<InBody, MessageError> =>
  Effect.gen(function* () {
    if (end._tag === "TooLarge") return yield* tooLarge()
    const header = yield* parseHeaderBlock(end.header)
    return yield* takeBody(store, header, LineEnds.step(LineEnds.initial, end.rest))
  })

const take =
  (store: BodyStore.BodyStore) =>
  (progress: Progress, chunk: Uint8Array): Effect.Effect<Progress, MessageError> => {
    if (progress._tag === "Body")
      return takeBody(store, progress.header, LineEnds.step(progress.lines, chunk))
    const scanned = HeaderScan.step(progress.scan, chunk)
    return scanned._tag === "Open"
      ? Effect.succeed({ _tag: "Header", scan: scanned.scan })
      : endHeader(store, scanned)
  }

const receive = (options: BodyStore.BodyStoreOptions) =>
  Effect.fn("MessageIntake.receive")(function* (
    input: Stream.Stream<Uint8Array, MessageError>
  ): Effect.fn.Return<ReceivedMessage, MessageError, Scope.Scope> {
    const store = yield* BodyStore.make(options)
    const read = yield* Stream.runFoldEffect(input, start, take(store))
    const { header, lines } =
      read._tag === "Body" ? read : yield* endHeader(store, HeaderScan.finish(read.scan))
    const whole = yield* takeBody(store, header, LineEnds.finish(lines))
    return { header, body: yield* store.finish, bodyFacts: LineEnds.bodyFacts(whole.lines) }
  })

/** For tests, and for whoever knows a better directory. */
export const layerWith = (options: BodyStore.BodyStoreOptions): Layer.Layer<MessageIntake> =>
  Layer.succeed(MessageIntake, MessageIntake.of({ receive: receive(options) }))

export const layer: Layer.Layer<MessageIntake> = layerWith({
  inMemoryBytes: Limits.bodyInMemoryBytes,
  directory: tmpdir
})
