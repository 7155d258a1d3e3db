/**
 * Finds blanks, words and values in the text of an esmtprc file.
 *
 * Source: esmtp: lexer.l. Where a value begins and ends is decided as C esmtp does for every text that it accepts: longest
 * match between quoted and bare, `,` `;` `:` as separators, `#` as a comment only where a word would begin.
 * Deviations, all in texts that C esmtp refuses: `=` belongs to a bare value, and so do `,` `;` `:` unless a blank, a
 * comment, the end or a keyword of C esmtp follows them; a number is a word; a comment may end the file.
 */
import { beginsStatement, beginsStatementInC } from "./KeywordLookup.ts"
import type { Keyword } from "./Keywords.ts"
import { expandEscapes } from "./RcText.ts"

type Colon = Keyword["bareColon"]

const patterns = {
  blank: /[ \t\r\n]+/y,
  continuation: /\\\r?\n/y,
  comment: /#[^\n]*/y,
  separators: /[,;:]+/y,
  statementWord: /[^=;:, \t\r\n]+/y,
  assignment: /[ \t]*=/y,
  startOfDuration: /[0-9]/y
}

/** Sticky patterns by whether `:` is text. `wordOfC` is what C esmtp takes for a bare value, `run` what belongs to one here. */
const byColon = {
  text: {
    skipped: /[,;]+/y,
    wordOfC: /[^=;, \t\r\n]+/y,
    run: /[^;, \t\r\n]*/y
  },
  separator: {
    skipped: /[,;:]+/y,
    wordOfC: /[^=;:, \t\r\n]+/y,
    run: /[^;:, \t\r\n]*/y
  }
}

/** Where the match of `pattern` at `offset` ends; `offset` if there is none. */
const endOf = (pattern: RegExp, text: string, offset: number): number => {
  pattern.lastIndex = offset
  return pattern.test(text) ? pattern.lastIndex : offset
}

type IsComment = (text: string, offset: number) => boolean

const alwaysComment: IsComment = () => true
const neverComment: IsComment = () => false

/** The first offset that is neither blank nor separator nor in a comment. */
export const skipBlank = (
  text: string,
  offset: number,
  colon: Colon,
  isComment: IsComment = alwaysComment
): number => {
  let end = offset
  for (;;) {
    const start = end
    for (const pattern of [patterns.blank, patterns.continuation, byColon[colon].skipped]) {
      end = endOf(pattern, text, end)
    }
    if (text[end] === "#" && isComment(text, end)) end = endOf(patterns.comment, text, end)
    if (end === start) return end
  }
}

/**
 * C esmtp knows no comment on a last line without a newline: there `#` begins a value, if no more than that or another
 * statement follows. Else it refuses the text, and here it is a comment.
 */
const isCommentBeforeValue =
  ({ bareColon, origin }: Keyword): IsComment =>
  (text, offset) => {
    if (origin !== "C esmtp" || text.includes("\n", offset)) return true
    const afterWord = endOf(byColon[bareColon].wordOfC, text, offset)
    const next = skipBlank(text, afterWord, "separator", neverComment)
    return next < text.length && !beginsStatementInC(statementWord(text, next))
  }

/** The word at `offset` where a keyword is expected; empty before `=` and at the end. */
export const statementWord = (text: string, offset: number): string =>
  text.slice(offset, endOf(patterns.statementWord, text, offset))

export interface ValueToken {
  readonly _tag: "Value"
  readonly text: string
  readonly start: number
  readonly end: number
  /** Whether it stands on a later line than its keyword. */
  readonly isOnLaterLine: boolean
  /** Whether it begins with a quote that is never closed. */
  readonly isUnclosed: boolean
}

/** There is none: at `start` the file ends or the next statement begins. */
export interface NoValue {
  readonly _tag: "NoValue"
  readonly start: number
}

/** Whether separators that end at `offset` were the end of a value. */
const endsValue = (text: string, offset: number): boolean =>
  offset >= text.length ||
  /[ \t\r\n#]/.test(text.charAt(offset)) ||
  endOf(patterns.continuation, text, offset) > offset ||
  beginsStatementInC(statementWord(text, offset))

const endOfBare = (text: string, start: number, colon: Colon): number => {
  let end = start
  for (;;) {
    end = endOf(byColon[colon].run, text, end)
    const afterSeparators = endOf(patterns.separators, text, end)
    if (afterSeparators === end || endsValue(text, afterSeparators)) return end
    end = afterSeparators
  }
}

/**
 * Whether what stands at `start` begins the next statement, so that the value is missing. Texts that C esmtp accepts never
 * get here: it takes `password`, newline, `starttls` for a password, but refuses `helo`, newline, `mda`.
 */
const isNextStatement = (text: string, afterKeyword: number, start: number, keyword: Keyword): boolean => {
  const word = statementWord(text, start)
  const isApart = /[\s,;:]/.test(text.charAt(start - 1))
  const afterWord = start + word.length
  if (isApart && beginsStatement(word) && endOf(patterns.assignment, text, afterWord) > afterWord) return true
  if (!text.slice(afterKeyword, start).includes("\n")) return false
  if (keyword.origin === "esmtp 2") return beginsStatement(word)
  return keyword.bareColon === "separator" && beginsStatementInC(word)
}

/** Length with quotes of the quoted text at `start`, where C esmtp takes it for one; the longer match wins. */
const quotedLength = (text: string, start: number, colon: Colon): number | undefined => {
  const quoteMark = text.charAt(start)
  const close = text.indexOf(quoteMark, start + 1)
  if (close === -1) return undefined
  const length = close + 1 - start
  return length >= endOf(byColon[colon].wordOfC, text, start) - start ? length : undefined
}

const endOfDurations = (text: string, firstEnd: number): number => {
  let end = firstEnd
  for (;;) {
    const next = skipBlank(text, end, "text")
    if (endOf(patterns.startOfDuration, text, next) === next) return end
    end = endOfBare(text, next, "text")
  }
}

/** The value that belongs to `keyword`, which ends at `afterKeyword`. */
export const readValue = (text: string, afterKeyword: number, keyword: Keyword): ValueToken | NoValue => {
  const colon = keyword.bareColon
  const isComment = isCommentBeforeValue(keyword)
  const beforeMap = skipBlank(text, afterKeyword, colon, isComment)
  const start = text[beforeMap] === "=" ? skipBlank(text, beforeMap + 1, colon, isComment) : beforeMap
  if (start >= text.length) return { _tag: "NoValue", start }
  const isOnLaterLine = text.slice(afterKeyword, start).includes("\n")
  const isQuoteMark = /["']/.test(text.charAt(start))
  const quoted = isQuoteMark ? quotedLength(text, start, colon) : undefined
  if (quoted !== undefined) {
    const end = start + quoted
    const raw = text.slice(start + 1, end - 1)
    return { _tag: "Value", text: expandEscapes(raw), start, end, isOnLaterLine, isUnclosed: false }
  }
  if (isNextStatement(text, afterKeyword, start, keyword)) return { _tag: "NoValue", start }
  const isUnclosed = isQuoteMark && !text.includes(text.charAt(start), start + 1)
  const bareEnd = isUnclosed ? endOf(byColon[colon].wordOfC, text, start) : endOfBare(text, start, colon)
  const end = keyword.value === "durations" ? endOfDurations(text, bareEnd) : bareEnd
  return { _tag: "Value", text: expandEscapes(text.slice(start, end)), start, end, isOnLaterLine, isUnclosed }
}
