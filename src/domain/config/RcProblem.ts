/**
 * What is wrong in an esmtprc file, in words that tell how to put it right. Never shows a secret.
 *
 * Source: esmtp: parser.y (`yyerror`).
 */
import { printable } from "../telemetry/Printable.ts"
import { allSpellings, beginsStatement } from "./KeywordLookup.ts"
import type { Keyword } from "./Keywords.ts"
import type { ValueToken } from "./RcLexer.ts"

export interface Complaint {
  readonly found?: string
  readonly expected?: string
  readonly detail: string
}

/** The statement before a fault. */
export interface Previous extends ValueToken {
  readonly keyword: Keyword
  readonly keywordLine: number
  readonly valueLine: number
}

const shownLength = 40

/** A piece of the file, fit for one line. */
export const shown = (text: string): string => `"${printable(text, shownLength)}"`

const atEnd = "the end of the file"

const orEnd = (word: string): string => (word === "" ? atEnd : shown(word))

/** Cuts a secret that is glued to its keyword: `password"secret"`. */
const withoutSecret = (word: string): string => {
  const [keyword] = /^(password|(certificate_)?passphrase|pass[a-z_]*)/i.exec(word) ?? []
  return keyword === undefined || keyword === word ? word : `${keyword}…`
}

/** Edits (insert, delete, replace) that make one word of another. */
const distance = (from: string, to: string): number => {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (let i = 1; i <= from.length; i++) {
    const next = [i]
    for (let j = 1; j <= to.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1)
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[to.length] ?? 0
}

const longestKeyword = Math.max(...allSpellings.map((spelling) => spelling.length))

const similarKeyword = (word: string): string | undefined => {
  if (word.length > longestKeyword + 2) return undefined
  const farthest = Math.min(2, Math.floor(word.length / 3))
  let nearest: { spelling: string; edits: number } | undefined
  for (const spelling of allSpellings) {
    const edits = distance(word.toLowerCase(), spelling)
    if (edits <= (nearest?.edits ?? farthest + 1) - 1) nearest = { spelling, edits }
  }
  return nearest?.spelling
}

/** Why the text may have been read otherwise than its author meant. */
const suspicion = (previous: Previous): string | undefined => {
  const name = previous.keyword.name
  if (previous.isUnclosed) return `the quote on line ${previous.valueLine} is never closed`
  if (previous.isOnLaterLine && beginsStatement(previous.text)) {
    return `${shown(previous.text)} was taken for the value of ${name} on line ${previous.keywordLine}; an empty value is written ""`
  }
  if (previous.text.includes("\n")) return `that value began on line ${previous.valueLine}`
  return undefined
}

/** A word that is not a keyword, on the line where the value of `previous` ended. */
export const unexpectedAfter = (previous: Previous, word: string): Complaint => {
  const doubt = suspicion(previous)
  const { name, value } = previous.keyword
  // Very likely the rest of the value: not to be shown if that is secret.
  const isSecret = value === "secret" && !(previous.isOnLaterLine && beginsStatement(previous.text))
  const found = isSecret ? "text that is not shown" : shown(word === "" ? "=" : word)
  const why = doubt ?? "quote a value that holds blanks or quotes"
  return { found, expected: "a keyword", detail: `${found} after the value of ${name}: ${why}` }
}

/** A word that is not a keyword, where one must be. */
export const unknownKeyword = (word: string, previous: Previous | undefined): Complaint => {
  if (word === "") return { found: '"="', expected: "a keyword", detail: '"=" where a keyword must be' }
  const found = shown(withoutSecret(word))
  const similar = similarKeyword(word)
  const doubt = previous === undefined ? undefined : suspicion(previous)
  const hint = similar === undefined ? doubt : `did you mean "${similar}"?`
  const detail = `unknown keyword ${found}${hint === undefined ? "" : `: ${hint}`}`
  return { found, expected: "a keyword", detail }
}

export const incompleteForce = (word: string): Complaint => {
  const expected = `"sender" or "reverse_path"`
  return { found: orEnd(word), expected, detail: `${orEnd(word)} after "force", expected ${expected}` }
}

/** `next`: the word where the value should be; empty at the end of the file. */
export const missingValue = ({ name }: Keyword, next: string): Complaint => {
  const hint = next === "" ? "" : `; if ${shown(next)} is meant, quote it`
  return { found: orEnd(next), expected: "a value", detail: `"${name}" has no value${hint}` }
}
