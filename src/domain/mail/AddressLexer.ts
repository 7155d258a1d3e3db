/**
 * Cuts the text of an address field into words, specials and comments, in one pass.
 *
 * Source: RFC 5322 §3.2 (lexical tokens), §4.1 (obsolete ones); RFC 2047 §5 (encoded words); RFC 6532 §3.2 (UTF-8).
 * Deviations: dots belong to atoms; a delimiter that is never closed counts as a blank and is reported; what Unicode calls
 * a blank is one.
 */
import { type AddressProblem, addressProblem } from "./AddressProblem.ts"

interface Span {
  readonly start: number
  /** One past its last character. */
  readonly end: number
}

export type Token = Span &
  (
    | { readonly _tag: "Atom"; readonly text: string }
    /** `text` without quotes and backslashes. */
    | { readonly _tag: "Quoted"; readonly text: string }
    /** With its brackets. */
    | { readonly _tag: "Literal"; readonly text: string }
    | { readonly _tag: "Comment"; readonly text: string }
    | { readonly _tag: "Special"; readonly text: "<" | ">" | "@" | "," | ";" | ":" }
  )

export interface Lexer {
  /** Undefined at the end. */
  readonly next: () => Token | undefined
}

type SpecialText = Extract<Token, { readonly _tag: "Special" }>["text"]

const specials: ReadonlyMap<string, SpecialText> = new Map(
  (["<", ">", "@", ",", ";", ":"] as const).map((text) => [text, text])
)

const blank = /[\s\u200b\u2060]/
const endOfAtom = /[\s\u200b\u2060()<>@,;:"[]/g
const encodedWord = /=\?[^?\s]+\?[bq]\?[^?\s]*\?=/iy
/** An address literal, or a tag such as `[List]` in a phrase. */
const literal = /\[[^[\]\\<>@,;"()\r\n]{0,255}\]/y

const matchAt = (pattern: RegExp, text: string, at: number): string | undefined => {
  pattern.lastIndex = at
  return pattern.exec(text)?.[0]
}

/** One past the delimiter that closes what begins at `open`, or -1. */
const endOfQuoted = (text: string, open: number): number => {
  for (let at = open + 1; at < text.length; at++) {
    const character = text[at]
    if (character === '"') return at + 1
    if (character === "\\") at++
  }
  return -1
}

const endOfComment = (text: string, open: number): number => {
  let depth = 0
  for (let at = open; at < text.length; at++) {
    const character = text[at]
    if (character === "\\") at++
    else if (character === "(") depth++
    else if (character === ")" && --depth === 0) return at + 1
  }
  return -1
}

/** Without folding and without the backslashes of quoted pairs. */
const unescaped = (text: string): string => text.replace(/\r?\n/g, "").replace(/\\(.)/gsu, "$1")

const endOfAtomAt = (text: string, at: number): number => {
  endOfAtom.lastIndex = at
  return endOfAtom.exec(text)?.index ?? text.length
}

export const makeLexer = (text: string, report: (problem: AddressProblem) => void): Lexer => {
  let at = 0
  // One search to the end for each kind of delimiter, at most: that keeps hostile text linear.
  let quotesClose = true
  let commentsClose = true
  let quotedAddress = false

  const skip = (severity: AddressProblem["severity"], detail: string): undefined => {
    report(addressProblem(severity, at, text.slice(at, at + 40), detail))
    at++
  }

  const take = <T extends Token>(token: T): T => {
    at = token.end
    return token
  }

  const quotedString = (): Token | undefined => {
    const end = quotesClose ? endOfQuoted(text, at) : -1
    if (end < 0) {
      // Quotes pair up wrongly from a missing one on, and then swallow addresses.
      const severity = quotedAddress ? "fault" : "note"
      quotesClose = false
      return skip(severity, "quote that is never closed")
    }
    const content = unescaped(text.slice(at + 1, end - 1))
    quotedAddress ||= content.includes("@")
    return take({ _tag: "Quoted", text: content, start: at, end })
  }

  const comment = (): Token | undefined => {
    const end = commentsClose ? endOfComment(text, at) : -1
    if (end < 0) {
      commentsClose = false
      return skip("note", "parenthesis that is never closed")
    }
    return take({ _tag: "Comment", text: unescaped(text.slice(at + 1, end - 1)).trim(), start: at, end })
  }

  const word = (): Token => {
    const tag = matchAt(literal, text, at)
    if (tag !== undefined) return take({ _tag: "Literal", text: tag, start: at, end: at + tag.length })
    const encoded = matchAt(encodedWord, text, at)
    // The first character is taken whatever it is, an opening bracket that is never closed for one.
    const end = encoded === undefined ? endOfAtomAt(text, at + 1) : at + encoded.length
    return take({ _tag: "Atom", text: text.slice(at, end), start: at, end })
  }

  const next = (): Token | undefined => {
    while (at < text.length) {
      const character = text.charAt(at)
      const special = specials.get(character)
      if (special !== undefined) return take({ _tag: "Special", text: special, start: at, end: at + 1 })
      let token: Token | undefined
      if (character === '"') token = quotedString()
      else if (character === "(") token = comment()
      else if (character === ")") token = skip("note", "parenthesis that was never opened")
      else if (blank.test(character)) at++
      else token = word()
      if (token !== undefined) return token
    }
    return undefined
  }

  return { next }
}
