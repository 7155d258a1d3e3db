/** Converts messages given as text, octets as characters. */
import * as Either from "effect/Either"
import { parseHeaderBlock } from "../../../src/domain/mail/HeaderBlock.ts"
import { makeConversion } from "../../../src/domain/mime/Conversion.ts"
import { makeSurvey } from "../../../src/domain/mime/Survey.ts"
import { cut } from "./octetCoders.ts"

export interface ConvertOptions {
  /** Absent: true. */
  readonly sevenBit?: boolean
  readonly chunkBytes?: number
}

export interface ConvertedText {
  readonly text: string
  readonly leftLong: string | undefined
}

/** Left: the obstacle. */
export const convert = (
  message: string,
  { sevenBit = true, chunkBytes = 10_000 }: ConvertOptions = {}
): Either.Either<ConvertedText, string> => {
  const bodyAt = message.startsWith("\r\n") ? 2 : message.indexOf("\r\n\r\n") + 4
  const wire = new Uint8Array(Buffer.from(message.slice(0, bodyAt), "latin1"))
  const chunks = cut(new Uint8Array(Buffer.from(message.slice(bodyAt), "latin1")), chunkBytes)
  const survey = makeSurvey(Either.getOrThrow(parseHeaderBlock(wire)), sevenBit)
  for (const chunk of chunks) survey.take(chunk)
  return Either.mapBoth(survey.finish(), {
    onLeft: ({ obstacle }) => obstacle,
    onRight: (surveyed) => {
      const conversion = makeConversion(surveyed, wire)
      const pieces = [
        conversion.header,
        ...chunks.flatMap((chunk) => conversion.take(chunk)),
        ...conversion.finish()
      ]
      return { text: Buffer.concat(pieces).toString("latin1"), leftLong: surveyed.leftLong }
    }
  })
}

/** Lines of a text in the notation of tests. */
export const lines = (...text: ReadonlyArray<string>): string =>
  Buffer.from(`${text.join("\r\n")}\r\n`, "utf8").toString("latin1")
