/**
 * Text of an esmtprc file: its encoding, and the escapes inside values.
 *
 * Source: esmtp: lexer.l (`escapes`); RFC 3629.
 * Deviations: C esmtp handles octets; here octets that are not UTF-8 are read as ISO 8859-1. A backslash before the end of
 * a value stands for itself (C reads past the end), and values are not cut at 8191 octets.
 */
import * as Option from "effect/Option"

const encoder = new TextEncoder()
const strictDecoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

const decodeStrictly = Option.liftThrowable((octets: Uint8Array) => strictDecoder.decode(octets))

const sequenceLength = (lead: number): number => {
  if (lead < 0x80) return 1
  if (lead < 0xc2) return 0
  if (lead < 0xe0) return 2
  if (lead < 0xf0) return 3
  return lead < 0xf5 ? 4 : 0
}

const decodeLeniently = (octets: Uint8Array): string => {
  let text = ""
  let offset = 0
  while (offset < octets.length) {
    const lead = octets[offset] ?? 0
    const sequence = octets.subarray(offset, offset + sequenceLength(lead))
    const character = sequence.length === 0 ? Option.none() : decodeStrictly(sequence)
    text += Option.getOrElse(character, () => String.fromCharCode(lead))
    offset += Option.isSome(character) ? sequence.length : 1
  }
  return text
}

/** UTF-8, with each octet that is not part of it read as ISO 8859-1. Never fails. */
export const decodeOctets = (octets: Uint8Array): string =>
  Option.getOrElse(decodeStrictly(octets), () => decodeLeniently(octets))

/** Whether the octets begin with a byte order mark of UTF-16. */
export const isUtf16 = ([first, second]: Uint8Array): boolean =>
  (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)

const numeric: ReadonlyArray<{ readonly pattern: RegExp; readonly radix: number }> = [
  { pattern: /[xX]([0-9a-fA-F]{0,2})/y, radix: 16 },
  { pattern: /(0[0-7]{0,2})/y, radix: 8 },
  { pattern: /([0-9]{1,3})/y, radix: 10 }
]

const single: Readonly<Record<string, string>> = { n: "\n", t: "\t", b: "\b", r: "\r" }

/** The octet that digits after a backslash stand for, and how many characters they are. */
const numericEscape = (raw: string, offset: number): { octet: number; length: number } | undefined => {
  for (const { pattern, radix } of numeric) {
    pattern.lastIndex = offset
    const match = pattern.exec(raw)
    if (match !== null) {
      // As in C: no digits is zero, and only the low eight bits count.
      return { octet: Number.parseInt(`0${match[1] ?? ""}`, radix) & 0xff, length: match[0].length }
    }
  }
  return undefined
}

/** Replaces `\xHH`, `\0oo`, `\ddd` (decimal), `\n`, `\t`, `\b`, `\r` and `\c`. Numbers are octets, so `\xc3\xa9` is `é`. */
export const expandEscapes = (raw: string): string => {
  if (!raw.includes("\\")) return raw
  const octets: Array<number> = []
  let offset = 0
  while (offset < raw.length) {
    const backslash = raw.indexOf("\\", offset)
    const end = backslash === -1 ? raw.length : backslash
    for (const octet of encoder.encode(raw.slice(offset, end))) octets.push(octet)
    offset = end + 1
    if (backslash === -1) break
    const number = numericEscape(raw, offset)
    if (number !== undefined) {
      octets.push(number.octet)
      offset += number.length
    } else {
      const character = String.fromCodePoint(raw.codePointAt(offset) ?? 0x5c)
      for (const octet of encoder.encode(single[character] ?? character)) octets.push(octet)
      offset += character.length
    }
  }
  return decodeOctets(Uint8Array.from(octets))
}

const escapes: Readonly<Record<string, string>> = {
  "\\": "\\\\",
  '"': "\\x22",
  "\n": "\\n",
  "\r": "\\r"
}

/** In double quotes, so that the parser gives the text back. A double quote itself can't be escaped by a backslash there. */
export const quote = (text: string): string =>
  `"${text.replace(/[\\"\n\r]/g, (character) => escapes[character] ?? character)}"`
