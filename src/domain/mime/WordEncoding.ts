/**
 * Turns words of a header that hold octets above 127 into encoded words, and leaves the others as they are.
 *
 * What a reader sees stays the same to the blank: neighbours are encoded together with the blanks between them, because
 * blanks between encoded words are not shown.
 * Source: RFC 2047 §2, §5, §6.2; RFC 1428 (`unknown-8bit`).
 */
import { type ByteString, hasEightBit, toBytes } from "../mail/ByteString.ts"
import { encodedWords } from "../mail/EncodedWord.ts"
import { isUtf8 } from "./Utf8Check.ts"

export interface Word {
  readonly blanksBefore: string
  /** As it stands. */
  readonly raw: ByteString
  /** What it says, where that is not `raw`: without quotes and backslashes. */
  readonly text?: ByteString
}

const encodedWord = /^=\?[^?\s]+\?[bq]\?[^?\s]*\?=$/i

const isEncoded = (word: Word | undefined): boolean => word !== undefined && encodedWord.test(word.raw)

/** A line can't be folded inside a word. */
const longestWord = 900

export const needsEncoding = ({ raw }: Word): boolean => hasEightBit(raw) || raw.length > longestWord

const textOf = ({ raw, text }: Word): ByteString => text ?? raw

const octetsAsQ = (octets: ByteString): ReadonlyArray<string> =>
  Array.from(octets, (octet) => {
    if (octet === " ") return "_"
    if (/[A-Za-z0-9!*+/-]/.test(octet)) return octet
    return `=${octet.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`
  })

/** Words of octets whose charset is a guess; it names none that needs more than an octet a character. */
const wordsOfOctets = (octets: ByteString, charset: string): ReadonlyArray<string> => {
  const opening = `=?${charset}?q?`
  const room = 75 - opening.length - 2
  const words: Array<string> = []
  let word = ""
  for (const piece of octetsAsQ(octets)) {
    if (word.length + piece.length > room) {
      words.push(`${opening}${word}?=`)
      word = ""
    }
    word += piece
  }
  return [...words, `${opening}${word}?=`]
}

const utf8 = new TextDecoder("utf-8", { ignoreBOM: true })

/** `charset`: of octets that are not UTF-8. */
const encode = (octets: ByteString, charset: string): string =>
  (isUtf8(octets) ? encodedWords(utf8.decode(toBytes(octets))) : wordsOfOctets(octets, charset)).join(" ")

/** Neighbours that are encoded together. */
interface Group {
  readonly blanksBefore: string
  readonly octets: ByteString
}

/** Blanks next to an encoded word that was there are not shown either, so the group takes them in. */
const begun = (word: Word, previous: Word | undefined): Group => {
  const { blanksBefore } = word
  if (isEncoded(previous)) return { blanksBefore: " ", octets: blanksBefore + textOf(word) }
  // An encoded word must not touch what is before it.
  const touches = blanksBefore === "" && previous !== undefined
  return { blanksBefore: touches ? " " : blanksBefore, octets: textOf(word) }
}

/** The words again, one after the other, blanks included. */
export const encodeWords = (words: ReadonlyArray<Word>, charset: string): ByteString => {
  let written = ""
  let group: Group | undefined
  let previous: Word | undefined
  for (const word of words) {
    if (needsEncoding(word)) {
      group =
        group === undefined
          ? begun(word, previous)
          : { ...group, octets: group.octets + word.blanksBefore + textOf(word) }
    } else if (group === undefined) written += word.blanksBefore + word.raw
    else {
      const octets = isEncoded(word) ? group.octets + word.blanksBefore : group.octets
      // What follows must not touch the encoded word.
      const blanks = word.blanksBefore === "" ? " " : word.blanksBefore
      written += group.blanksBefore + encode(octets, charset) + blanks + word.raw
      group = undefined
    }
    previous = word
  }
  return group === undefined ? written : written + group.blanksBefore + encode(group.octets, charset)
}

/** Of text without structure. */
export const wordsOf = (text: ByteString): ReadonlyArray<Word> =>
  Array.from(text.matchAll(/([ \t]*)([^ \t]+|$)/g), ([, blanksBefore = "", raw = ""]) => ({
    blanksBefore,
    raw
  })).filter(({ blanksBefore, raw }) => blanksBefore !== "" || raw !== "")
