/**
 * Finds addr-specs among the words between two separators of an address list.
 *
 * Source: RFC 5322 §3.4.1 (addr-spec), §4.4 (obs-local-part, obs-domain: blanks and comments around dots).
 * Deviation: dots may stand anywhere in a local part, as they do in addresses that exist.
 */
import type { Token } from "./AddressLexer.ts"

interface Part {
  readonly start: number
  readonly end: number
}

export interface AddrSpec extends Part {
  readonly _tag: "AddrSpec"
  /** Neither quoted nor escaped. */
  readonly localPart: string
  readonly domain: string
  /** No blanks around the `@`: `Joe @ Work` is a name. */
  readonly isTight: boolean
}

/** What no `@` follows: part of a name, or a user of this machine. */
export interface Word extends Part {
  readonly _tag: "Word"
  readonly text: string
  readonly kind: "Atom" | "Quoted" | "Literal"
}

export interface Broken extends Part {
  readonly _tag: "Broken"
  readonly detail: string
}

export type Item = AddrSpec | Word | Broken

export const isAddrSpec = (item: Item): item is AddrSpec => item._tag === "AddrSpec"

/** Nobody would write a name like this. */
export const isClear = (item: AddrSpec): boolean => item.isTight && /[.[]/.test(item.domain)

/**
 * `phrase`: dots bind over blanks only where one stands alone, as in `jdoe @ test . example`, for a phrase may hold `J. Doe`.
 * `brackets`: they bind everywhere.
 */
export type Place = "phrase" | "brackets"

type IsWord = (token: Token | undefined) => token is Token

const isWord: IsWord = (token): token is Token => token?._tag === "Atom" || token?._tag === "Quoted"
const isAtom: IsWord = (token): token is Token => token?._tag === "Atom"

const binds = (left: Token, right: Token, place: Place): boolean => {
  const before = left._tag === "Atom" && left.text.endsWith(".")
  const after = right._tag === "Atom" && right.text.startsWith(".")
  if (left.end === right.start || place === "brackets") return before || after
  return after || (before && left.text === ".")
}

interface Run {
  readonly text: string
  /** One past the last token. */
  readonly next: number
  readonly end: number
}

/** The words from `first` on that dots bind together. */
const run = (tokens: ReadonlyArray<Token>, first: Token, index: number, place: Place, fits: IsWord): Run => {
  let text = first.text
  let last = first
  let next = index + 1
  for (let token = tokens[next]; fits(token) && binds(last, token, place); token = tokens[++next]) {
    text += token.text
    last = token
  }
  return { text, next, end: last.end }
}

const isAt = (token: Token | undefined): boolean => token?._tag === "Special" && token.text === "@"

/** Skips what follows a misplaced `@`, up to the next blank: it belongs to the same broken address. */
const afterBroken = (tokens: ReadonlyArray<Token>, index: number): Run => {
  let next = index
  let end = tokens[index - 1]?.end ?? 0
  for (let token = tokens[next]; token !== undefined && token.start === end; token = tokens[++next])
    end = token.end
  return { text: "", next, end }
}

const domainAt = (tokens: ReadonlyArray<Token>, index: number, place: Place): Run | undefined => {
  const token = tokens[index]
  if (token?._tag === "Literal") return { text: token.text, next: index + 1, end: token.end }
  return token?._tag === "Atom" ? run(tokens, token, index, place, isAtom) : undefined
}

interface Parsed {
  readonly item: Item
  readonly next: number
}

const broken = (tokens: ReadonlyArray<Token>, start: number, detail: string, index: number): Parsed => {
  const rest = afterBroken(tokens, index)
  return { item: { _tag: "Broken", detail, start, end: rest.end }, next: rest.next }
}

const itemAt = (tokens: ReadonlyArray<Token>, token: Token, index: number, place: Place): Parsed => {
  const { start } = token
  if (token._tag === "Literal") {
    return {
      item: { _tag: "Word", text: token.text, kind: "Literal", start, end: token.end },
      next: index + 1
    }
  }
  if (token._tag !== "Atom" && token._tag !== "Quoted") {
    return broken(tokens, start, isAt(token) ? "no local part" : `${token.text} out of place`, index + 1)
  }
  const local = run(tokens, token, index, place, isWord)
  const at = tokens[local.next]
  if (at === undefined || !isAt(at)) {
    return {
      item: { _tag: "Word", text: local.text, kind: token._tag, start, end: local.end },
      next: local.next
    }
  }
  const domain = domainAt(tokens, local.next + 1, place)
  if (domain === undefined) return broken(tokens, start, "no domain", local.next + 1)
  if (isAt(tokens[domain.next])) return broken(tokens, start, "second @", domain.next + 1)
  const isTight = local.end === at.start && at.end === tokens[local.next + 1]?.start
  return {
    item: { _tag: "AddrSpec", localPart: local.text, domain: domain.text, isTight, start, end: domain.end },
    next: domain.next
  }
}

/** `tokens` hold no comment. */
export const itemsOf = (tokens: ReadonlyArray<Token>, place: Place): ReadonlyArray<Item> => {
  const items: Array<Item> = []
  let index = 0
  for (let token = tokens[index]; token !== undefined; token = tokens[index]) {
    const { item, next } = itemAt(tokens, token, index, place)
    items.push(item)
    index = next
  }
  return items
}
