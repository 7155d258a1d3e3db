/**
 * Octet strings as SASL messages need them: text, concatenation, base64, comparison.
 *
 * Source: RFC 3629 (UTF-8), RFC 4648 §4 (base64).
 */
import * as Either from "effect/Either"
import * as Encoding from "effect/Encoding"
import * as Option from "effect/Option"

const encoder = new TextEncoder()
const strictDecoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

export const empty: Uint8Array = new Uint8Array(0)

export const utf8 = (text: string): Uint8Array => encoder.encode(text)

/** Malformed UTF-8 gives none. */
export const fromUtf8 = Option.liftThrowable((octets: Uint8Array) => strictDecoder.decode(octets))

export const concat = (...parts: ReadonlyArray<Uint8Array>): Uint8Array => {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let offset = 0
  for (const part of parts) {
    whole.set(part, offset)
    offset += part.length
  }
  return whole
}

/** A copy, also of a part of Node's Buffer, whose own `slice` shares memory. */
export const part = (octets: Uint8Array, start: number, end: number = octets.length): Uint8Array =>
  Uint8Array.from(octets.subarray(start, end))

/** Of the shorter one's length. */
export const xor = (a: Uint8Array, b: Uint8Array): Uint8Array =>
  Uint8Array.from({ length: Math.min(a.length, b.length) }, (_, index) => (a[index] ?? 0) ^ (b[index] ?? 0))

/** Takes the same time wherever the difference is. */
export const equals = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && xor(a, b).reduce((difference, octet) => difference | octet, 0) === 0

export const toHex = Encoding.encodeHex

export const toBase64 = (octets: Uint8Array): string => Encoding.encodeBase64(octets)

/** Strict: canonical alphabet, padding and trailing bits, no line ends. */
export const fromBase64 = (text: string): Option.Option<Uint8Array> =>
  Option.filter(Either.getRight(Encoding.decodeBase64(text)), (octets) => toBase64(octets) === text)
