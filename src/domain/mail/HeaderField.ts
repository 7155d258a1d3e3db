/**
 * One field of a header: reading its text, and writing a new one.
 *
 * Source: RFC 5322 §2.2 (fields, folding), §3.2.5 (phrases), §4.5 (obsolete: blanks before the colon).
 */
import type { Address } from "./AddressCollector.ts"
import { type ByteString, fromText, toText } from "./ByteString.ts"
import { encodedWords } from "./EncodedWord.ts"

export interface HeaderField {
  /** As written. Printable ASCII, no colon, no blank. */
  readonly name: string
  /** From the name to the last CRLF. CR and LF only together, and only where the field is folded or ends. */
  readonly raw: ByteString
}

/** `name` in lower case. */
export const isNamed = (field: HeaderField, name: string): boolean =>
  field.name.length === name.length && field.name.toLowerCase() === name

/** What follows the colon: unfolded, without blanks around it, decoded as UTF-8 or else Latin-1. */
export const fieldText = ({ raw }: HeaderField): string =>
  toText(raw.slice(raw.indexOf(":") + 1).replaceAll("\r\n", "")).trim()

/** RFC 5322 §2.1.1: lines should be no longer. */
const lineCharacters = 78

/** Folded between the words where a line would grow too long. No word holds a control character. */
export const makeField = (name: string, words: ReadonlyArray<string>): HeaderField => {
  let raw = `${name}:`
  let length = raw.length
  for (const [at, word] of words.entries()) {
    // No fold right after the colon: some readers take that for an empty field.
    const isFold = at > 0 && length + 1 + word.length > lineCharacters
    raw += isFold ? `\r\n ${word}` : ` ${word}`
    length = isFold ? 1 + word.length : length + 1 + word.length
  }
  return { name, raw: `${fromText(raw)}\r\n` }
}

/** Longer words can't be folded, only encoded. */
const longestWord = 60

/** Blanks at an end or in a row would be lost in folding, control characters would do harm. */
const tidy = (name: string): string => name.replace(/[\s\p{Cc}\p{Zl}\p{Zp}]+/gu, " ").trim()

/** A display name, as words that can be folded between. Nothing in it ends the field or begins another address. */
const phrase = (displayName: string): ReadonlyArray<string> => {
  const name = tidy(displayName)
  if (name === "") return []
  const words = name.split(" ")
  // Readers decode what looks encoded, in quotes too.
  if (!/^[ -~]*$/.test(name) || name.includes("=?") || words.some((word) => word.length > longestWord)) {
    return encodedWords(name)
  }
  if (words.every((word) => /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+$/.test(word))) return words
  return `"${name.replace(/["\\]/g, "\\$&")}"`.split(" ")
}

/** A field that holds one address. */
export const makeAddressField = (name: string, { displayName = "", mailbox }: Address): HeaderField => {
  const words = phrase(displayName)
  return makeField(name, words.length === 0 ? [mailbox] : [...words, `<${mailbox}>`])
}
