/**
 * The second of two passes over a message: writes it anew, as the survey has found that it can be.
 *
 * Source: RFC 6152 §3; RFC 2045 §6.
 */
import * as Either from "effect/Either"
import { toBytes } from "../mail/ByteString.ts"
import { makeBase64Encoder, makeBase64Wrapper } from "./Base64.ts"
import { type Entity, makeEntityReader } from "./EntityReader.ts"
import { convertHeader } from "./HeaderConversion.ts"
import { makeQuotedPrintableDecoder, makeQuotedPrintableEncoder, type OctetCoder } from "./QuotedPrintable.ts"
import type { Surveyed, Treatment } from "./Survey.ts"

type Pieces = ReadonlyArray<Uint8Array>

export interface Conversion {
  /** Of the whole message, with its empty line. */
  readonly header: Uint8Array
  /** What comes out so far. Pieces of the chunk itself may be among it. */
  readonly take: (chunk: Uint8Array) => Pieces
  readonly finish: () => Pieces
}

const untouched: OctetCoder = { take: (octets) => octets, finish: () => new Uint8Array(0) }

/** One coder after the other. */
const piped = (first: OctetCoder, second: OctetCoder): OctetCoder => ({
  take: (octets) => second.take(first.take(octets)),
  finish: () => Uint8Array.of(...second.take(first.finish()), ...second.finish())
})

const coderFor = (treatment: Treatment | undefined): OctetCoder => {
  if (treatment === undefined || treatment._tag === "Keep") return untouched
  if (treatment._tag === "Wrap") return makeBase64Wrapper()
  const encoder = treatment.label.encoding === "base64" ? makeBase64Encoder() : makeQuotedPrintableEncoder()
  return treatment.isQuotedPrintable ? piped(makeQuotedPrintableDecoder(), encoder) : encoder
}

/** The base64 of a leaf that nothing follows; before a delimiter, the line end is there already. */
const endsWithoutLine = (treatment: Treatment | undefined): boolean =>
  treatment?._tag === "Wrap" || (treatment?._tag === "Encode" && treatment.label.encoding === "base64")

const lineEnd = Uint8Array.of(0x0d, 0x0a)

/** Nothing of the header has changed, so that every octet of it may stay. */
const isSame = ({ header }: Entity, converted: Uint8Array): boolean => {
  const before = toBytes(`${header.fields.map(({ raw }) => raw).join("")}\r\n`)
  return before.length === converted.length && before.every((octet, at) => octet === converted[at])
}

const headerOf = (
  entity: Entity,
  octets: Uint8Array,
  treatment: Treatment | undefined,
  sevenBit: boolean
): Uint8Array => {
  if (!entity.isReadable) return octets
  const label = treatment === undefined || treatment._tag === "Wrap" ? undefined : treatment.label
  const needs = { sevenBit, isMessage: entity.isMessage, ...(label === undefined ? {} : { label }) }
  // What can't be converted was found by the survey, which then gave no treatments.
  const converted = Either.getOrElse(convertHeader(entity.header, needs), () => octets)
  return label === undefined && isSame(entity, converted) ? octets : converted
}

/** `wire`: the header as the survey got it. */
export const makeConversion = ({ root, sevenBit, treatments }: Surveyed, wire: Uint8Array): Conversion => {
  let pieces: Array<Uint8Array> = []
  let treatment = treatments[0]
  let coder = coderFor(treatment)

  const push = (octets: Uint8Array) => {
    if (octets.length > 0) pieces.push(octets)
  }
  const drain = () => {
    const drained = pieces
    pieces = []
    return drained
  }
  const reader = makeEntityReader(root, {
    header: (entity, octets) => {
      treatment = treatments[entity.index]
      coder = coderFor(treatment)
      push(headerOf(entity, octets, treatment, sevenBit))
    },
    content: (octets) => push(coder.take(octets)),
    end: (isLast) => {
      push(coder.finish())
      if (isLast && endsWithoutLine(treatment)) push(lineEnd)
    },
    frame: push
  })

  return {
    header: headerOf(root, wire, treatment, sevenBit),
    take: (chunk) => {
      reader.take(chunk)
      return drain()
    },
    finish: () => {
      reader.finish()
      return drain()
    }
  }
}
