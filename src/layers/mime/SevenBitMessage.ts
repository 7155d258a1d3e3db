/**
 * Surveys a message, then writes it anew while it is sent.
 *
 * Once between the two it is written for nobody, to learn its size, which the envelope declares: cheaper than to keep a
 * second copy of it.
 * Source: RFC 1870 §3 (SIZE); RFC 6152 §3.
 */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { parseHeaderBlock } from "../../domain/mail/HeaderBlock.ts"
import * as LineEnds from "../../domain/mail/LineEnds.ts"
import type { MessageError } from "../../domain/mail/MessageError.ts"
import { combineFacts, type MessageFacts } from "../../domain/mail/MessageFacts.ts"
import { makeConversion } from "../../domain/mime/Conversion.ts"
import { longestLineBytes } from "../../domain/mime/HeaderConversion.ts"
import { makeSurvey, type Surveyed } from "../../domain/mime/Survey.ts"
import type { Unconvertible } from "../../domain/mime/Unconvertible.ts"
import type { QueueFailed } from "../../domain/queue/QueueError.ts"
import type { Message } from "../../services/Message.ts"
import type { Converted } from "../../services/MimeConverter.ts"

type Body = Message["body"]

const survey = Effect.fn("SevenBitMessage.survey")(function* (
  { header, body }: Message,
  sevenBit: boolean
): Effect.fn.Return<Surveyed, Unconvertible | MessageError | QueueFailed> {
  const fields = yield* parseHeaderBlock(header.wire)
  const surveying = makeSurvey(fields, sevenBit)
  yield* Stream.runForEach(body, (chunk) => Effect.sync(() => surveying.take(chunk)))
  return yield* surveying.finish()
})

/** A new conversion each time it is run. */
const convertedBody = (surveyed: Surveyed, { header, body }: Message): Body =>
  Stream.suspend(() => {
    const conversion = makeConversion(surveyed, header.wire)
    return Stream.mapConcat(body, conversion.take).pipe(
      Stream.concat(Stream.suspend(() => Stream.fromIterable(conversion.finish())))
    )
  })

const factsOf = (wire: Uint8Array, body: Body, nulsDropped: number) =>
  Stream.runFold(body, LineEnds.initial, (lines, octets) => LineEnds.step(lines, octets).state).pipe(
    Effect.map((lines): MessageFacts => ({ ...combineFacts(wire, LineEnds.bodyFacts(lines)), nulsDropped }))
  )

const headerLines = "in a header, without a blank to fold it at"

export const convert = Effect.fn("MimeConverter.convert")(function* (
  message: Message,
  { sevenBit }: { readonly sevenBit: boolean }
): Effect.fn.Return<Converted, Unconvertible | MessageError | QueueFailed> {
  const surveyed = yield* survey(message, sevenBit)
  const body = convertedBody(surveyed, message)
  const wire = makeConversion(surveyed, message.header.wire).header
  const facts = yield* factsOf(wire, body, message.facts.nulsDropped)
  const isLong = facts.longestLineBytes > longestLineBytes
  return {
    message: { header: { ...message.header, wire }, facts, body },
    ...(isLong && { leftLong: surveyed.leftLong ?? headerLines })
  }
})
