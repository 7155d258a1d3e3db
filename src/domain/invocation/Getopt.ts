/**
 * Splits an argument list into options and operands, as getopt(3) of the GNU C library does: both may be mixed, flags
 * may be clustered, a value may be glued or follow, `--` ends the options.
 *
 * Source: esmtp: main.c (`getopt`), getopt(3), getopt_long(3).
 * Deviations: an `attached` value is never taken from the next argument; long options are never abbreviated;
 * POSIXLY_CORRECT is not looked at.
 */
import { printable } from "../telemetry/Printable.ts"
import { UsageError } from "./UsageError.ts"

/** `attached`: the value is optional and must be glued to the flag; `-d X` has an operand `X`. */
export type ArgumentKind = "none" | "required" | "attached"

export interface FlagShape {
  /** What an `Option` token is called; several spellings may share one name. */
  readonly name: string
  readonly argument: ArgumentKind
  /** Values after which one more argument belongs to the flag (Exim: `-oMr esmtp`). It is skipped. */
  readonly valueTakesNext?: ReadonlySet<string>
}

export interface FlagTable {
  readonly short: ReadonlyMap<string, FlagShape>
  /** Without the dashes. Empty: no long option exists. */
  readonly long: ReadonlyMap<string, FlagShape>
}

export interface OptionToken {
  readonly _tag: "Option"
  readonly name: string
  readonly value?: string
  /** The value was glued to the flag. */
  readonly isAttached: boolean
}

/** A `Problem` is always the last token. */
export type Token =
  | OptionToken
  | { readonly _tag: "Operand"; readonly text: string }
  | { readonly _tag: "Problem"; readonly error: UsageError }

const problem = (argument: string, detail: string): Token => ({
  _tag: "Problem",
  error: new UsageError({ argument: printable(argument), detail })
})

const option = (name: string, isAttached: boolean, value: string | undefined): OptionToken =>
  value === undefined ? { _tag: "Option", name, isAttached } : { _tag: "Option", name, isAttached, value }

/** What one argument says, and how many arguments after it belong to it. */
interface Step {
  readonly tokens: ReadonlyArray<Token>
  readonly eaten: number
}

const longOption = (table: FlagTable, word: string, next: string | undefined): Step => {
  const equals = word.indexOf("=")
  const name = word.slice(2, equals < 0 ? undefined : equals)
  const glued = equals < 0 ? undefined : word.slice(equals + 1)
  const flag = table.long.get(name)
  const shown = printable(`--${name}`)
  if (flag === undefined) return { tokens: [problem(word, `unrecognized option '${shown}'`)], eaten: 0 }
  if (flag.argument === "none" && glued !== undefined) {
    return { tokens: [problem(word, `option '${shown}' doesn't allow an argument`)], eaten: 0 }
  }
  if (flag.argument !== "required" || glued !== undefined) {
    return { tokens: [option(flag.name, glued !== undefined, glued)], eaten: 0 }
  }
  return next === undefined
    ? { tokens: [problem(word, `option '${shown}' requires an argument`)], eaten: 0 }
    : { tokens: [option(flag.name, false, next)], eaten: 1 }
}

const cluster = (table: FlagTable, word: string, next: string | undefined): Step => {
  const tokens: Array<Token> = []
  let rest = word.slice(1)
  while (rest !== "") {
    const letter = String.fromCodePoint(rest.codePointAt(0) ?? 0)
    rest = rest.slice(letter.length)
    const flag = table.short.get(letter)
    if (flag === undefined) {
      tokens.push(problem(word, `invalid option -- '${printable(letter)}'`))
      return { tokens, eaten: 0 }
    }
    if (flag.argument === "none") {
      tokens.push(option(flag.name, false, undefined))
      continue
    }
    if (rest !== "" || flag.argument === "attached") {
      tokens.push(option(flag.name, rest !== "", rest === "" ? undefined : rest))
      const takesNext = flag.valueTakesNext?.has(rest) === true && next !== undefined
      return { tokens, eaten: takesNext ? 1 : 0 }
    }
    if (next === undefined) {
      tokens.push(problem(word, `option requires an argument -- '${printable(letter)}'`))
      return { tokens, eaten: 0 }
    }
    tokens.push(option(flag.name, false, next))
    return { tokens, eaten: 1 }
  }
  return { tokens, eaten: 0 }
}

/** Total: whatever is wrong becomes the last token, so that what stands before it is judged first. */
export const scan = (table: FlagTable, args: ReadonlyArray<string>): ReadonlyArray<Token> => {
  const tokens: Array<Token> = []
  for (let index = 0; index < args.length; index++) {
    const word = args[index] ?? ""
    if (word === "--") {
      for (const text of args.slice(index + 1)) tokens.push({ _tag: "Operand", text })
      return tokens
    }
    if (word === "-" || !word.startsWith("-")) {
      tokens.push({ _tag: "Operand", text: word })
      continue
    }
    const step = (word.startsWith("--") ? longOption : cluster)(table, word, args[index + 1])
    for (const token of step.tokens) {
      tokens.push(token)
      if (token._tag === "Problem") return tokens
    }
    index += step.eaten
  }
  return tokens
}
