/**
 * Turns a template that only a shell understands into a script whose values arrive as positional parameters.
 *
 * No value ever becomes text of the script: each place of one is replaced by an expansion, quoted so that it is right
 * where it stands: bare, between double or single quotes, or inside a command substitution. Should a construction be
 * misjudged (a here-document, say) an expansion may be quoted wrongly; it is never parsed as code.
 *
 * Source: POSIX.1-2017, Shell Command Language §2.2, §2.5.2 (`@`, `*`), §2.6.3; esmtp: local.c, which pastes values.
 */
import * as Either from "effect/Either"
import { type CommandFault, isOptionLike, type Placeholder, placeholderAt } from "./ShellWords.ts"

/** Run as `sh -c SCRIPT esmtp SENDER RECIPIENT…`. */
export interface ShellScript {
  readonly script: string
  /** A value stands inside other text, where a program might take it for code or for a path. */
  readonly embedsValues: boolean
}

const preamble = "esmtp_sender=$1; shift; "

/** Code ends at its closer: a parenthesis, the backquote of an old command substitution, or nothing. */
type Frame =
  | { readonly _tag: "Code"; readonly closer: "" | ")" | "`" }
  | { readonly _tag: "Double"; readonly start: number }
  | { readonly _tag: "Single"; readonly start: number }
  | { readonly _tag: "Comment" }

const code = (closer: "" | ")" | "`"): Frame => ({ _tag: "Code", closer })

interface Rewriting extends ShellScript {
  readonly source: string
  readonly at: number
  /** The innermost frame is the last. */
  readonly frames: ReadonlyArray<Frame>
}

const endsWord = new Set(" \t\n\r\f\v;&|<>()`")
const isInWord = (character: string): boolean => !endsWord.has(character)
const isBlank = (character: string): boolean => /\s/.test(character)

/** Where a run of such characters begins that ends at `at`. */
const startOfRun = (source: string, at: number, isOfRun: (character: string) => boolean): number => {
  let start = at
  while (start > 0 && isOfRun(source.charAt(start - 1))) start--
  return start
}

/** Whether what stands between `from` and `to`, with what touches it, is more than an option around a value. */
const isEmbedded = (source: string, from: number, to: number): boolean => {
  const start = startOfRun(source, from, isInWord)
  const tail = /^[^\s;&|<>()`]*/.exec(source.slice(to))?.[0] ?? ""
  const word = source.slice(start, to) + tail
  const before = source.charAt(startOfRun(source, start, isBlank) - 1)
  const isFileName = before === "<" || before === ">"
  return isFileName || !isOptionLike(word.replaceAll(/%[TF]|["']/g, ""))
}

/** The end of the quoted text that a value at `at` stands in. */
const closingQuote = (source: string, at: number, quote: "'" | '"'): number => {
  const rest = source.slice(at)
  const inside = quote === "'" ? /^[^']*/.exec(rest) : /^(?:[^"\\]|\\.)*/s.exec(rest)
  return at + (inside?.[0].length ?? 0) + 1
}

/** In a comment a value has no place. */
const expansion = (frame: Frame, placeholder: Placeholder, isEmbeddedHere: boolean): string => {
  const recipients = isEmbeddedHere ? "*" : "@"
  const parameter = `\${${placeholder._tag === "Sender" ? "esmtp_sender" : recipients}}`
  switch (frame._tag) {
    case "Code":
      return `"${parameter}"`
    case "Double":
      return parameter
    case "Single":
      return `'"${parameter}"'`
    case "Comment":
      return ""
  }
}

const embeds = (frame: Frame, { source, at }: Rewriting): boolean => {
  switch (frame._tag) {
    case "Code":
      return isEmbedded(source, at, at + 2)
    case "Double":
      return isEmbedded(source, frame.start, closingQuote(source, at, '"'))
    case "Single":
      return isEmbedded(source, frame.start, closingQuote(source, at, "'"))
    case "Comment":
      return false
  }
}

const replaced = (rewriting: Rewriting, frame: Frame, placeholder: Placeholder): Rewriting => {
  const isEmbeddedHere = embeds(frame, rewriting)
  return {
    ...rewriting,
    at: rewriting.at + 2,
    script: rewriting.script + expansion(frame, placeholder, isEmbeddedHere),
    embedsValues: rewriting.embedsValues || isEmbeddedHere
  }
}

const kept = (rewriting: Rewriting, count: number, frames = rewriting.frames): Rewriting => ({
  ...rewriting,
  at: rewriting.at + count,
  script: rewriting.script + rewriting.source.slice(rewriting.at, rewriting.at + count),
  frames
})

const enter = (rewriting: Rewriting, count: number, frame: Frame): Rewriting =>
  kept(rewriting, count, [...rewriting.frames, frame])

const leave = (rewriting: Rewriting): Rewriting => kept(rewriting, 1, rewriting.frames.slice(0, -1))

const isWordStart = (source: string, at: number): boolean => /(?:^|[\s;&|()`])$/.test(source.slice(0, at))

const inCode = (rewriting: Rewriting, closer: "" | ")" | "`"): Rewriting => {
  const { source, at } = rewriting
  const character = source.charAt(at)
  if (character === closer) return leave(rewriting)
  switch (character) {
    case "\\":
      return kept(rewriting, 2)
    case "'":
      return enter(rewriting, 1, { _tag: "Single", start: at })
    case '"':
      return enter(rewriting, 1, { _tag: "Double", start: at })
    case "`":
      return enter(rewriting, 1, code("`"))
    case "(":
      return enter(rewriting, 1, code(")"))
    case "#":
      return isWordStart(source, at) ? enter(rewriting, 1, { _tag: "Comment" }) : kept(rewriting, 1)
    default:
      return kept(rewriting, 1)
  }
}

const inDoubleQuotes = (rewriting: Rewriting): Rewriting => {
  const two = rewriting.source.slice(rewriting.at, rewriting.at + 2)
  if (two.startsWith("\\")) return kept(rewriting, 2)
  if (two.startsWith('"')) return leave(rewriting)
  if (two.startsWith("`")) return enter(rewriting, 1, code("`"))
  return two === "$(" ? enter(rewriting, 2, code(")")) : kept(rewriting, 1)
}

const step = (rewriting: Rewriting): Rewriting => {
  const frame = rewriting.frames.at(-1) ?? code("")
  const placeholder = placeholderAt(rewriting.source, rewriting.at)
  if (placeholder !== undefined) return replaced(rewriting, frame, placeholder)
  const character = rewriting.source.charAt(rewriting.at)
  switch (frame._tag) {
    case "Code":
      return inCode(rewriting, frame.closer)
    case "Double":
      return inDoubleQuotes(rewriting)
    case "Single":
      return character === "'" ? leave(rewriting) : kept(rewriting, 1)
    case "Comment":
      return character === "\n" ? leave(rewriting) : kept(rewriting, 1)
  }
}

export const rewriteForShell = (source: string): Either.Either<ShellScript, CommandFault> => {
  let rewriting: Rewriting = { source, at: 0, frames: [], script: preamble, embedsValues: false }
  while (rewriting.at < source.length) rewriting = step(rewriting)
  const { script, embedsValues, frames } = rewriting
  const isClosed = frames.length === 0 || (frames.length === 1 && frames[0]?._tag === "Comment")
  return isClosed ? Either.right({ script, embedsValues }) : Either.left("Unterminated")
}
