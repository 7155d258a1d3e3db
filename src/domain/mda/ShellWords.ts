/**
 * Splits a command line into words as a shell would, as long as no shell is needed to understand it.
 *
 * Source: POSIX.1-2017, Shell Command Language §2.2 (quoting), §2.4 (reserved words), §2.14 (special built-ins).
 */
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Limits from "./Limits.ts"

/** The place of a value. */
export type Placeholder = { readonly _tag: "Recipients" } | { readonly _tag: "Sender" }

/** A part of a word. */
export type Segment = { readonly _tag: "Text"; readonly text: string } | Placeholder

export type Word = ReadonlyArray<Segment>

/** Why a command line can't be run at all. */
export type CommandFault = "Empty" | "TooLong" | "Unterminated" | "Nul" | "ProgramFromAddress"

export const faultText = (fault: CommandFault): string => {
  switch (fault) {
    case "Empty":
      return "the command is empty"
    case "TooLong":
      return `the command is longer than ${Limits.commandCharacters} characters`
    case "Unterminated":
      return "a quote or parenthesis in the command is not closed"
    case "Nul":
      return "the command contains NUL"
    case "ProgramFromAddress":
      return "the program's name is taken from an address"
  }
}

/** Two characters that stand for a value wherever they are, as in esmtp, which finds them by `strstr`. */
export const placeholderAt = (source: string, at: number): Placeholder | undefined => {
  const two = source.slice(at, at + 2)
  if (two === "%T") return { _tag: "Recipients" }
  return two === "%F" ? { _tag: "Sender" } : undefined
}

/** The rest of a word around a value may be like `--to=` or `-f` for the value to be free; see `plainValues`. */
export const isOptionLike = (text: string): boolean => /^[\w@+=:,.-]*$/.test(text)

/** Outside quotes any of these has a meaning that only a shell gives. Braces for shells that expand them. */
const special = new Set("|&;<>()$`*?[{}\n")
/** These have one at the beginning of a word. */
const specialAtStart = new Set("#~!")
const specialInDoubleQuotes = new Set("$`")
/** What a backslash makes literal inside double quotes. */
const escapableInDoubleQuotes = new Set('$`"\\\n')

/** A first word that is not a program but an order to the shell. */
const shellOrders: ReadonlySet<string> = new Set([
  ..."case do done elif else esac fi for function if in then until while".split(" "),
  ..."break : continue . eval exec exit export readonly return set shift times trap unset".split(" "),
  ..."alias bg cd command fc fg getopts hash jobs local read type ulimit umask unalias wait source".split(" ")
])

type Quote = "none" | "single" | "double"

interface Reading {
  readonly words: ReadonlyArray<Word>
  /** Undefined between words; a pair of quotes alone makes an empty word. */
  readonly word: Word | undefined
  readonly quote: Quote
}

const withText = (word: Word | undefined, text: string): Word => {
  const last = word?.at(-1)
  return last?._tag === "Text"
    ? [...(word ?? []).slice(0, -1), { _tag: "Text", text: last.text + text }]
    : [...(word ?? []), { _tag: "Text", text }]
}

const extended = (reading: Reading, text: string): Reading => ({
  ...reading,
  word: withText(reading.word, text)
})

const quoted = (reading: Reading, quote: Quote): Reading => ({
  ...reading,
  word: reading.word ?? [],
  quote
})

const endWord = ({ words, word, quote }: Reading): Reading => ({
  words: word === undefined ? words : [...words, word],
  word: undefined,
  quote
})

interface Step {
  readonly reading: Reading
  readonly taken: number
}

const took = (taken: number, reading: Reading): Step => ({ taken, reading })

const backslash = (reading: Reading, next: string | undefined): Step => {
  if (next === "\n") return took(2, reading)
  if (next === undefined) return took(1, extended(reading, "\\"))
  const isEscape = reading.quote === "none" || escapableInDoubleQuotes.has(next)
  return isEscape ? took(2, extended(reading, next)) : took(1, extended(reading, "\\"))
}

const unquotedStep = (reading: Reading, character: string): Option.Option<Step> => {
  if (character === "'") return Option.some(took(1, quoted(reading, "single")))
  if (character === '"') return Option.some(took(1, quoted(reading, "double")))
  if (character === " " || character === "\t") return Option.some(took(1, endWord(reading)))
  const isSpecial = special.has(character) || (reading.word === undefined && specialAtStart.has(character))
  return isSpecial ? Option.none() : Option.some(took(1, extended(reading, character)))
}

/** None: only a shell can tell. */
const step = (
  reading: Reading,
  source: string,
  at: number,
  placeholder: Placeholder | undefined
): Option.Option<Step> => {
  const character = source.charAt(at)
  if (placeholder !== undefined) {
    return Option.some(took(2, { ...reading, word: [...(reading.word ?? []), placeholder] }))
  }
  if (reading.quote === "single") {
    return Option.some(took(1, character === "'" ? quoted(reading, "none") : extended(reading, character)))
  }
  if (character === "\\") return Option.some(backslash(reading, source.at(at + 1)))
  if (reading.quote === "none") return unquotedStep(reading, character)
  if (character === '"') return Option.some(took(1, quoted(reading, "none")))
  return specialInDoubleQuotes.has(character)
    ? Option.none()
    : Option.some(took(1, extended(reading, character)))
}

/** The literal text of a word. */
export const textOf = (word: Word): string =>
  word.map((segment) => (segment._tag === "Text" ? segment.text : "")).join("")

/** An assignment before the program, or an order to the shell instead of one. */
const beginsLikeProgram = (words: ReadonlyArray<Word>): boolean => {
  const [first] = words[0] ?? []
  return first?._tag === "Text" && !shellOrders.has(first.text) && !/^[A-Za-z_]\w*=/.test(first.text)
}

/** What is no command whoever reads it. */
export const checked = (source: string): Either.Either<string, CommandFault> => {
  if (source.length > Limits.commandCharacters) return Either.left("TooLong")
  if (/^\s*$/.test(source)) return Either.left("Empty")
  return source.includes("\0") ? Either.left("Nul") : Either.right(source)
}

/** Some words: they can be run as they are. None: a shell has to be asked. `literal`: `%T` and `%F` are text. */
export const splitWords = (
  source: string,
  placeholders: "places" | "literal"
): Either.Either<Option.Option<ReadonlyArray<Word>>, CommandFault> => {
  let reading: Reading = { words: [], word: undefined, quote: "none" }
  let at = 0
  while (at < source.length) {
    const next = step(reading, source, at, placeholders === "places" ? placeholderAt(source, at) : undefined)
    if (Option.isNone(next)) return Either.right(Option.none())
    reading = next.value.reading
    at += next.value.taken
  }
  if (reading.quote !== "none") return Either.left("Unterminated")
  const { words } = endWord(reading)
  return Either.right(beginsLikeProgram(words) ? Option.some(words) : Option.none())
}
