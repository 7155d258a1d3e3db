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

/** Makes a body canonical and stores it. */
const makeBody = (store: BodyStore.BodyStore) => {
  let lines = LineEnds.initial
  // Used again and again: garbage of the message's size would be memory of the message's size for a while.
  let room = new Uint8Array(0)

  const keep = ({ octets, state }: LineEnds.LineEndsStep) => {
    lines = state
    return store.append(octets)
  }

  const take = (chunk: Uint8Array) =>
    Effect.suspend(() => {
      const needed = LineEnds.roomBytes(chunk)
      if (room.length < needed) room = new Uint8Array(needed)
      return keep(LineEnds.step(lines, chunk, room))
    })

  const finish = Effect.gen(function* () {
    yield* keep(LineEnds.finish(lines))
    return { body: yield* store.finish, bodyFacts: LineEnds.bodyFacts(lines) }
  })

  return { take, finish }
}

/** How far the message has come. */
type Progress =
  | { readonly _tag: "Header"; readonly scan: HeaderScan.HeaderScan }
  | { readonly _tag: "Body"; readonly header: HeaderBlock }

const atStart: Progress = { _tag: "Header", scan: HeaderScan.initial }

const receive = (options: BodyStore.BodyStoreOptions) =>
  Effect.fn("MessageIntake.receive")(function* (
    input: Stream.Stream<Uint8Array, MessageError>
  ): Effect.fn.Return<ReceivedMessage, MessageError, Scope.Scope> {
    const body = makeBody(yield* BodyStore.make(options))

    const endHeader = (end: HeaderScan.HeaderEnd) =>
      Effect.gen(function* () {
        if (end._tag === "TooLarge") return yield* tooLarge()
        const header = yield* parseHeaderBlock(end.header)
        yield* body.take(end.rest)
        return { _tag: "Body" as const, header }
      })

    const take = (progress: Progress, chunk: Uint8Array): Effect.Effect<Progress, MessageError> => {
      if (progress._tag === "Body") return Effect.as(body.take(chunk), progress)
      // The scan keeps what it is given, and the chunk may change.
      const scanned = HeaderScan.step(progress.scan, chunk.slice())
      return scanned._tag === "Open"
        ? Effect.succeed({ _tag: "Header", scan: scanned.scan })
        : endHeader(scanned)
    }

    const read = yield* Stream.runFoldEffect(input, atStart, take)
    const { header } = read._tag === "Body" ? read : yield* endHeader(HeaderScan.finish(read.scan))
    return { header, ...(yield* body.finish) }
  })

/** For tests, and for whoever knows a better directory. */
export const layerWith = (options: BodyStore.BodyStoreOptions): Layer.Layer<MessageIntake> =>
  Layer.succeed(MessageIntake, MessageIntake.of({ receive: receive(options) }))

export const layer: Layer.Layer<MessageIntake> = layerWith({
  inMemoryBytes: Limits.bodyInMemoryBytes,
  directory: tmpdir
})
