/**
 * Reads the addresses of a header field or an operand as they really occur.
 *
 * Source: RFC 5322 §3.4 (address lists, groups), §4.4 (obsolete routes and empty elements); RFC 6854 (groups anywhere).
 * esmtp: rfc822.c `nxtaddr`. Deviations: groups are expanded; a semicolon separates like a comma; a missing comma, bracket
 * or quote is made good where only one reading is left, and reported; nothing that may be an address is dropped silently.
 */
import { type Address, type Collector, makeCollector } from "./AddressCollector.ts"
import { makeLexer, type Token } from "./AddressLexer.ts"
import type { AddressProblem } from "./AddressProblem.ts"
import { type AddrSpec, type Item, isAddrSpec, isClear, itemsOf } from "./AddressWords.ts"

export interface AddressList {
  /** In order, duplicates included. */
  readonly addresses: ReadonlyArray<Address>
  /** The first few of each severity. */
  readonly problems: ReadonlyArray<AddressProblem>
}

type Tokens = ReadonlyArray<Token>

const phraseText = (words: Tokens): string => {
  let text = ""
  let end = words[0]?.start ?? 0
  for (const word of words) {
    text += word.start > end ? ` ${word.text}` : word.text
    end = word.end
  }
  return text.trim()
}

const isSpecial = (token: Token | undefined, text: string): boolean =>
  token?._tag === "Special" && token.text === text

const isMailto = (tokens: Tokens): boolean =>
  tokens.length === 1 && tokens[0]?._tag === "Atom" && tokens[0].text.toLowerCase() === "mailto"

const isSameText = (one: AddrSpec, other: Item | undefined): boolean =>
  other?._tag === "AddrSpec" &&
  one.localPart.toLowerCase() === other.localPart.toLowerCase() &&
  one.domain.toLowerCase() === other.domain.toLowerCase()

/**
 * The words before an address in brackets: its display name. Whoever forgets a comma has put another address there.
 */
const displayName = (
  words: Tokens,
  bracketed: Item | undefined,
  comment: string,
  found: Collector
): string => {
  const items = words.some((word) => isSpecial(word, "@")) ? itemsOf(words, "phrase") : []
  const others = items.filter(isAddrSpec).filter((item) => item.isTight && !isSameText(item, bracketed))
  const [first, ...rest] = others
  if (first === undefined) return phraseText(words) || comment
  if (items.length === 1) {
    found.note(first.start, first.end, "address in place of a name")
    return phraseText(words)
  }
  if (items[rest.length] !== others[rest.length] || !others.every(isClear)) {
    found.fault(first.start, first.end, "address inside a name")
    return phraseText(words)
  }
  for (const item of others) {
    found.addAddrSpec(item, "")
    found.note(item.start, item.end, "comma missing")
  }
  const end = others[rest.length]?.end ?? 0
  return phraseText(words.filter((word) => word.start >= end))
}

/** What stands between two separators, without brackets. */
const addWords = (words: Tokens, comment: string, isMore: boolean, found: Collector): void => {
  const items = itemsOf(words, "phrase")
  const [item] = items
  if (item === undefined) return
  const end = words[words.length - 1]?.end ?? item.end
  const addrSpecs = items.filter(isAddrSpec)
  const firstAddrSpec = items.findIndex(isAddrSpec)
  for (const one of items) if (one._tag === "Broken") found.fault(one.start, one.end, one.detail)
  for (const one of addrSpecs) {
    if (items.length > 1 && !one.isTight) found.fault(one.start, one.end, "words that may be an address")
    found.addAddrSpec(one, comment)
  }
  if (isMore || addrSpecs.length > 1) found.note(item.start, end, "comma missing")
  const stray = items.filter((one, index) => one._tag === "Word" && index > firstAddrSpec)
  if (firstAddrSpec < 0) {
    if (items.length === 1 && item._tag === "Word" && !isMore) found.addWord(item, comment)
    else if (stray.length > 0) found.fault(item.start, end, "no address")
  } else if (stray[0] !== undefined || firstAddrSpec === 1) {
    const word = stray[0] ?? item
    found.fault(word.start, word.end, "a name, or an address without a comma")
  } else if (firstAddrSpec > 1) found.note(item.start, end, "name without brackets around the address")
}

/** A list being read: the tokens come one by one. */
class Reading {
  private readonly found: Collector
  private words: Array<Token> = []
  /** What came after `<`, while that is open. */
  private bracketed: Array<Token> | undefined
  private comment = ""
  /** An address came since the last separator. */
  private isMore = false
  /** The name of the group that is open. */
  private group: Token | undefined

  constructor(found: Collector) {
    this.found = found
  }

  take(token: Token): void {
    if (token._tag === "Comment") this.comment ||= token.text
    else if (this.bracketed === undefined) this.outside(token)
    else this.inside(token, this.bracketed)
  }

  finish(end: number): void {
    if (this.bracketed !== undefined) this.closeEarly(this.bracketed, end)
    this.separate()
    if (this.group !== undefined) this.found.note(this.group.start, end, "group that is never closed")
  }

  private outside(token: Token): void {
    if (isSpecial(token, "<")) this.bracketed = []
    else if (isSpecial(token, ">")) this.found.note(token.start, token.end, "bracket that was never opened")
    else if (isSpecial(token, ":")) this.colon(token)
    else if (isSpecial(token, ",") || isSpecial(token, ";")) {
      this.separate()
      if (token.text === ";") this.group = undefined
    } else this.words.push(token)
  }

  private inside(token: Token, bracketed: Array<Token>): void {
    const isRoute = isSpecial(bracketed[0], "@")
    if (isSpecial(token, ">")) this.close(bracketed, token.end)
    else if (isSpecial(token, "<")) {
      if (bracketed.length === 0) this.found.note(token.start, token.end, "bracket opened twice")
      else this.closeEarly(bracketed, token.start)
      this.bracketed = []
    } else if (isSpecial(token, ":") && (isRoute || isMailto(bracketed))) {
      if (!isRoute) this.found.note(token.start, token.end, "a link, not an address")
      this.bracketed = []
    } else if (isSpecial(token, ";") || (isSpecial(token, ",") && !isRoute)) {
      this.closeEarly(bracketed, token.start)
      this.outside(token)
    } else bracketed.push(token)
  }

  private closeEarly(bracketed: Tokens, end: number): void {
    this.found.note(bracketed[0]?.start ?? end, end, "bracket that is never closed")
    this.close(bracketed, end)
  }

  private close(bracketed: Tokens, end: number): void {
    const { found, words } = this
    const items = itemsOf(bracketed, "brackets")
    const [item] = items
    const name = displayName(words, items.length === 1 ? item : undefined, this.comment, found)
    const start = words[0]?.start ?? item?.start ?? end
    if (this.isMore) found.note(start, end, "comma missing")
    if (item === undefined) found.note(start, end, "brackets without an address")
    else if (items.length > 1)
      found.fault(item.start, items[items.length - 1]?.end ?? end, "more than an address in brackets")
    for (const one of items) {
      if (one._tag === "AddrSpec") found.addAddrSpec(one, name)
      else if (one._tag === "Broken") found.fault(one.start, one.end, one.detail)
      else if (items.length === 1) found.addWord(one, name)
    }
    this.forget()
    this.isMore = true
  }

  private separate(): void {
    addWords(this.words, this.comment, this.isMore, this.found)
    this.forget()
    this.isMore = false
  }

  private colon(token: Token): void {
    const { found, words } = this
    const [first] = words
    if (first === undefined || words.some((word) => isSpecial(word, "@"))) {
      found.fault(first?.start ?? token.start, token.end, "colon out of place")
      this.separate()
      return
    }
    if (this.isMore) found.note(first.start, token.end, "comma missing")
    if (isMailto(words)) found.note(first.start, token.end, "a link, not an address")
    else {
      if (this.group !== undefined) found.note(first.start, token.end, "group inside a group")
      this.group = first
    }
    this.forget()
  }

  private forget(): void {
    this.words = []
    this.bracketed = undefined
    this.comment = ""
  }
}

export const parseAddressList = (text: string): AddressList => {
  const found = makeCollector(text)
  const lexer = makeLexer(text, found.report)
  const reading = new Reading(found)
  for (let token = lexer.next(); token !== undefined; token = lexer.next()) reading.take(token)
  reading.finish(text.length)
  return { addresses: found.addresses, problems: found.problems }
}
