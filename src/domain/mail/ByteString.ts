/**
 * Octets as text, one character an octet (U+0000 to U+00FF), so that header fields can be cut, compared and joined
 * without knowing, or harming, their charset.
 *
 * Source: RFC 5322 §2.2 (fields are octets); RFC 6532 §3.2 (UTF-8 in fields).
 */

/** Holds no character above U+00FF. */
export type ByteString = string

/** Arguments of one call; far below what engines allow. */
const chunkBytes = 8192

const utf8 = new TextDecoder("utf-8", { ignoreBOM: true })

export const fromBytes = (bytes: Uint8Array): ByteString => {
  const decoded = utf8.decode(bytes)
  // Only ASCII keeps its length without a replacement character, and it is what nearly every header holds.
  if (decoded.length === bytes.length && !decoded.includes("\ufffd")) return decoded
  const pieces: Array<string> = []
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    pieces.push(String.fromCharCode(...bytes.subarray(at, at + chunkBytes)))
  }
  return pieces.join("")
}

export const toBytes = (text: ByteString): Uint8Array => {
  const bytes = new Uint8Array(text.length)
  for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at)
  return bytes
}

/** Whether an octet outside ASCII is in it. */
export const hasEightBit = (text: ByteString): boolean => /[\x80-\xff]/.test(text)

/** What a person reads in it: UTF-8 where it is UTF-8, else Latin-1, the charset of those who still send none. */
export const toText = (text: ByteString): string => {
  if (!hasEightBit(text)) return text
  const decoded = utf8.decode(toBytes(text))
  return decoded.includes("\ufffd") ? text : decoded
}

/** As UTF-8. */
export const fromText = (text: string): ByteString =>
  /^[\0-\x7f]*$/.test(text) ? text : fromBytes(new TextEncoder().encode(text))
