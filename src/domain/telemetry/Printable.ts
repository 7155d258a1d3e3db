/**
 * Makes text from a server, a file or a command line fit for one line of a terminal, a log or a listing.
 *
 * Source: RFC 5321 §4.2 (reply text is for humans, and not to be trusted); CWE-117, CVE-2021-42574 (bidi controls).
 */
import * as Limits from "./Limits.ts"

const isControl = (point: number): boolean => point < 0x20 || (point >= 0x7f && point <= 0x9f)

/** Characters that reorder, break or hide what stands around them. */
const isInvisible = (point: number): boolean =>
  point === 0x061c ||
  (point >= 0x200b && point <= 0x200f) ||
  (point >= 0x2028 && point <= 0x202e) ||
  (point >= 0x2060 && point <= 0x206f) ||
  point === 0xfeff ||
  (point >= 0xfff9 && point <= 0xfffb) ||
  (point >= 0xe0000 && point <= 0xe007f)

const isLoneSurrogate = (point: number): boolean => point >= 0xd800 && point <= 0xdfff

const named: ReadonlyMap<number, string> = new Map([
  [0x09, "\\t"],
  [0x0a, "\\n"],
  [0x0d, "\\r"]
])

const escaped = (point: number): string =>
  named.get(point) ??
  (point <= 0xff ? `\\x${point.toString(16).padStart(2, "0")}` : `\\u{${point.toString(16)}}`)

/** What nearly every text consists of, and needs no second look. */
const isPlain = (text: string): boolean => /^[\x20-\x7e]*$/.test(text)

/** Whether a text holds a control character (C0, DEL, C1) or a line separator. */
export const hasControl = (text: string): boolean => {
  if (isPlain(text)) return false
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0
    if (isControl(point) || point === 0x2028 || point === 0x2029) return true
  }
  return false
}

/**
 * Escapes what a terminal or a line-based file would act on, and cuts the text after `maxLength` characters of output.
 * The result holds none of these characters, so applying it twice changes nothing.
 */
export const printable = (text: string, maxLength: number = Limits.printableCharacters): string => {
  if (text.length <= maxLength && isPlain(text)) return text
  let shown = ""
  let length = 0
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0
    const piece =
      isControl(point) || isInvisible(point) || isLoneSurrogate(point) ? escaped(point) : character
    // An escape counts as its length, any other character as one.
    const width = piece === character ? 1 : piece.length
    if (length + width > maxLength) return `${shown}…`
    shown += piece
    length += width
  }
  return shown
}
