/**
 * Encodes the names and comments of an address field; the addresses stay as they are.
 *
 * Source: RFC 5322 §3.4 (where a phrase may stand); RFC 2047 §5 (2) (comments), (3) (phrases).
 */
import * as Option from "effect/Option"
import { type ByteString, hasEightBit } from "../mail/ByteString.ts"
import { encodeWords, needsEncoding, type Word } from "./WordEncoding.ts"

type Token =
  | {
      readonly _tag: "Word"
      readonly blanksBefore: string
      readonly raw: ByteString
      readonly text: ByteString
    }
  | { readonly _tag: "Comment"; readonly blanksBefore: string; readonly raw: ByteString }
  /** An address in its brackets. */
  | { readonly _tag: "Brackets"; readonly blanksBefore: string; readonly raw: ByteString }
  | { readonly _tag: "Separator"; readonly blanksBefore: string; readonly raw: "," | ";" | ":" }

const unescaped = (text: ByteString): ByteString => text.replace(/\\(.)/gs, "$1")

const patterns = {
  blanks: /[ \t]*/y,
  quoted: /"((?:[^"\\]|\\.)*)"/y,
  brackets: /<[^<>"]*(?:"(?:[^"\\]|\\.)*"[^<>"]*)*>/y,
  atom: /(?:[^ \t"(),:;<>[]|\[[^\]]*\])+/y
}

const matchAt = (pattern: RegExp, text: ByteString, at: number): RegExpExecArray | null => {
  pattern.lastIndex = at
  return pattern.exec(text)
}

/** One past the parenthesis that closes the one at `open`; 0: none does. */
const endOfComment = (text: ByteString, open: number): number => {
  let depth = 0
  for (let at = open; at < text.length; at++) {
    const character = text[at]
    if (character === "\\") at++
    else if (character === "(") depth++
    else if (character === ")" && --depth === 0) return at + 1
  }
  return 0
}

const tokenAt = (text: ByteString, at: number, blanksBefore: string): Token | undefined => {
  const character = text[at]
  if (character === "," || character === ";" || character === ":") {
    return { _tag: "Separator", blanksBefore, raw: character }
  }
  if (character === "(") {
    const end = endOfComment(text, at)
    return end === 0 ? undefined : { _tag: "Comment", blanksBefore, raw: text.slice(at, end) }
  }
  const quoted = matchAt(patterns.quoted, text, at)
  if (quoted !== null) return { _tag: "Word", blanksBefore, raw: quoted[0], text: unescaped(quoted[1] ?? "") }
  const brackets = matchAt(patterns.brackets, text, at)
  if (brackets !== null) return { _tag: "Brackets", blanksBefore, raw: brackets[0] }
  const atom = matchAt(patterns.atom, text, at)
  return atom === null ? undefined : { _tag: "Word", blanksBefore, raw: atom[0], text: atom[0] }
}

interface Tokens {
  readonly tokens: ReadonlyArray<Token>
  readonly blanksAfter: string
}

const willBeEncoded = (token: Token | undefined): boolean => token?._tag === "Word" && needsEncoding(token)

/** RFC 2047 §5 (3): what will be an encoded word must touch nothing. Words among themselves see to that. */
const apart = (token: Token, previous: Token | undefined): Token => {
  const bothWords = token._tag === "Word" && previous?._tag === "Word"
  const touches = token.blanksBefore === "" && previous !== undefined && !bothWords
  return touches && (willBeEncoded(token) || willBeEncoded(previous))
    ? { ...token, blanksBefore: " " }
    : token
}

/** None where something is left open. */
const tokensOf = (text: ByteString): Tokens | undefined => {
  const tokens: Array<Token> = []
  let at = 0
  while (true) {
    const blanks = matchAt(patterns.blanks, text, at)?.[0] ?? ""
    at += blanks.length
    if (at >= text.length) return { tokens, blanksAfter: blanks }
    const token = tokenAt(text, at, blanks)
    if (token === undefined) return undefined
    tokens.push(apart(token, tokens[tokens.length - 1]))
    at += token.raw.length
  }
}

/** The texts between the parentheses, and these, alternately. */
const encodeComment = (raw: ByteString, charset: string): ByteString =>
  raw
    .split(/((?<!\\)(?:\\\\)*[()])/)
    .map((piece) => {
      if (!hasEightBit(piece)) return piece
      const words = Array.from(piece.matchAll(/([ \t]*)((?:[^ \t\\]|\\.)+|$)/gs), ([, blanks, word]) => ({
        blanksBefore: blanks ?? "",
        raw: word ?? "",
        text: unescaped(word ?? "")
      }))
      return encodeWords(
        words.filter(({ blanksBefore, raw: word }) => blanksBefore !== "" || word !== ""),
        charset
      )
    })
    .join("")

const encodeToken = (token: Token, charset: string): ByteString =>
  token.blanksBefore + (token._tag === "Comment" ? encodeComment(token.raw, charset) : token.raw)

/** A name: its words together, the comments among them for themselves. */
const encodePhrase = (tokens: ReadonlyArray<Token>, charset: string): ByteString => {
  let written = ""
  let words: Array<Word> = []
  for (const token of tokens) {
    if (token._tag === "Word") words.push(token)
    else {
      written += encodeWords(words, charset) + encodeToken(token, charset)
      words = []
    }
  }
  return written + encodeWords(words, charset)
}

/** Between two separators. `isName`: the whole of it is one; else what stands before brackets. */
const encodeElement = (tokens: ReadonlyArray<Token>, isName: boolean, charset: string): ByteString => {
  const brackets = tokens.findIndex(({ _tag }) => _tag === "Brackets")
  const nameEnd = isName ? tokens.length : brackets + 1
  const rest = tokens.slice(nameEnd).map((token) => encodeToken(token, charset))
  return encodePhrase(tokens.slice(0, nameEnd), charset) + rest.join("")
}

const encodeTokens = ({ tokens, blanksAfter }: Tokens, isNames: boolean, charset: string): ByteString => {
  let written = ""
  let element: Array<Token> = []
  for (const token of tokens) {
    if (token._tag === "Separator") {
      written += encodeElement(element, isNames || token.raw === ":", charset) + encodeToken(token, charset)
      element = []
    } else element.push(token)
  }
  return written + encodeElement(element, isNames, charset) + blanksAfter
}

/**
 * The text of an address field, unfolded; `isNames`: a list of names without addresses (`Keywords`). None where octets
 * above 127 stand in an address, or the field can't be read.
 */
export const encodeAddressText = (
  text: ByteString,
  isNames: boolean,
  charset: string
): Option.Option<ByteString> =>
  Option.fromNullable(tokensOf(text)).pipe(
    Option.map((tokens) => encodeTokens(tokens, isNames, charset)),
    Option.filter((encoded) => !hasEightBit(encoded))
  )
