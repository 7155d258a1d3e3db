/**
 * An esmtprc file as a list of statements.
 *
 * Source: esmtp: parser.y, esmtprc(5).
 * Deviations, all in texts that C esmtp refuses: keywords in any case, empty sections, a byte order mark.
 */
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import { ConfigError } from "./ConfigError.ts"
import { beginsStatement, findKeyword, type KnownKeyword, keywordNamed, prefixWord } from "./KeywordLookup.ts"
import type { KeywordName } from "./Keywords.ts"
import * as Limits from "./Limits.ts"
import { readValue, skipBlank, statementWord, type ValueToken } from "./RcLexer.ts"
import * as RcProblem from "./RcProblem.ts"
import { quote } from "./RcText.ts"

/** 1-based; columns count code points. */
export interface Position {
  readonly line: number
  readonly column: number
}

export interface Statement {
  readonly keyword: KeywordName
  /** Absent for keywords that take none. A secret from the moment it is read. */
  readonly value?: string | Redacted.Redacted<string>
  readonly keywordAt: Position
  readonly valueAt: Position
}

export interface RcFile {
  readonly statements: ReadonlyArray<Statement>
}

/** What could be read, and every fault found on the way. */
export interface Reading {
  readonly file: RcFile
  readonly problems: ReadonlyArray<ConfigError>
}

/** Positions of offsets that are asked for in rising order, so that a whole file costs one pass. */
const locator = (text: string): ((offset: number) => Position) => {
  let line = 1
  let column = 1
  let at = 0
  return (offset) => {
    for (const character of text.slice(at, offset)) {
      if (character === "\n") line += 1
      column = character === "\n" ? 1 : column + 1
    }
    at = Math.max(at, offset)
    return { line, column }
  }
}

interface NamedKeyword {
  readonly keyword: KnownKeyword
  readonly end: number
}

interface Fault {
  readonly offset: number
  readonly about: RcProblem.Complaint
  /** Where reading goes on. */
  readonly resumeAt: number
}

const endOfLine = (text: string, offset: number): number => {
  const newline = text.indexOf("\n", offset)
  return newline === -1 ? text.length : newline
}

const readKeyword = (
  text: string,
  offset: number,
  previous: RcProblem.Previous | undefined
): Either.Either<NamedKeyword, Fault> => {
  const word = statementWord(text, offset)
  const afterWord = offset + word.length
  if (word.toLowerCase() === prefixWord) {
    const second = skipBlank(text, afterWord, "separator")
    const secondWord = statementWord(text, second)
    const keyword = findKeyword(`${prefixWord} ${secondWord}`)
    if (keyword !== undefined) return Either.right({ keyword, end: second + secondWord.length })
    // The next statement is read although this one is incomplete.
    const resumeAt = beginsStatement(secondWord) ? second : endOfLine(text, second)
    return Either.left({ offset: second, about: RcProblem.incompleteForce(secondWord), resumeAt })
  }
  const keyword = findKeyword(word)
  if (keyword !== undefined) return Either.right({ keyword, end: afterWord })
  const isOnSameLine = previous !== undefined && !text.slice(previous.end, offset).includes("\n")
  const about = isOnSameLine
    ? RcProblem.unexpectedAfter(previous, word)
    : RcProblem.unknownKeyword(word, previous)
  return Either.left({ offset, about, resumeAt: endOfLine(text, afterWord) })
}

const secretIf = (keyword: KnownKeyword, text: string): string | Redacted.Redacted<string> =>
  keyword.value === "secret" ? Redacted.make(text) : text

/** Reads a file's text, past every fault. */
export const read = (path: string, source: string): Reading => {
  const text = source.startsWith("\uFEFF") ? source.slice(1) : source
  const positionOf = locator(text)
  const statements: Array<Statement> = []
  const problems: Array<ConfigError> = []
  let previous: RcProblem.Previous | undefined
  let offset = 0

  const report = (at: Position, about: RcProblem.Complaint): void => {
    problems.push(new ConfigError({ path, reason: "Syntax", ...at, ...about }))
  }
  const keep = (keyword: KnownKeyword, keywordAt: Position, value: ValueToken): void => {
    const valueAt = positionOf(value.start)
    statements.push({ keyword: keyword.name, value: secretIf(keyword, value.text), keywordAt, valueAt })
    previous = { ...value, keyword, keywordLine: keywordAt.line, valueLine: valueAt.line }
    offset = value.end
  }

  for (;;) {
    offset = skipBlank(text, offset, "separator")
    if (offset >= text.length || problems.length >= Limits.problems) return { file: { statements }, problems }
    const named = readKeyword(text, offset, previous)
    if (Either.isLeft(named)) {
      report(positionOf(named.left.offset), named.left.about)
      offset = named.left.resumeAt
      continue
    }
    const { keyword, end } = named.right
    const keywordAt = positionOf(offset)
    if (keyword.value === "none") {
      statements.push({ keyword: keyword.name, keywordAt, valueAt: keywordAt })
      previous = undefined
      offset = end
      continue
    }
    const value = readValue(text, end, keyword)
    if (value._tag === "Value") {
      keep(keyword, keywordAt, value)
    } else {
      report(keywordAt, RcProblem.missingValue(keyword, statementWord(text, value.start)))
      offset = value.start
    }
  }
}

/** The statements of a file, or the first fault in it. */
export const parse = (path: string, source: string): Either.Either<RcFile, ConfigError> => {
  const { file, problems } = read(path, source)
  const [first] = problems
  return first === undefined ? Either.right(file) : Either.left(first)
}

const printStatement = ({ keyword, value }: Statement): string => {
  if (value === undefined) return keyword
  return `${keyword} ${quote(Redacted.isRedacted(value) ? Redacted.value(value) : value)}`
}

/** Text that `parse` reads as the same statements. Opens the secrets in it. */
export const print = (file: RcFile): string => {
  let text = ""
  for (const statement of file.statements) {
    const isOpening = keywordNamed(statement.keyword)?.scope === "opening"
    text += `${isOpening && text !== "" ? "\n" : ""}${printStatement(statement)}\n`
  }
  return text
}
