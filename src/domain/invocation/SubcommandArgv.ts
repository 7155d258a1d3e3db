/**
 * The arguments of a subcommand. What needs no help text is understood here; `queue`, `check` and everything about help
 * goes to `@effect/cli` in a canonical form, in which it can't take a misspelt option for an operand.
 *
 * Source: getopt_long(3); esmtp-wrapper (`deliver`, `mailq -q`).
 */
import * as Either from "effect/Either"
import { printable } from "../telemetry/Printable.ts"
import { fileName, usageError, withoutControls } from "./ArgumentText.ts"
import { type CommonArguments, commonOptions, noCommonArguments, withCommon } from "./CommonArguments.ts"
import { type OptionToken, scan, type Token } from "./Getopt.ts"
import type { Invocation, QueueFilter, QueueRunRequest } from "./Invocation.ts"
import { parseSendmail } from "./SendmailSyntax.ts"
import {
  commonSubcommandOptions,
  queueActions,
  type SubcommandName,
  subcommandNames,
  tableOf
} from "./SubcommandOptions.ts"
import type { UsageError } from "./UsageError.ts"

type Parsed = Either.Either<Invocation, UsageError>

const isOption = (token: Token): token is OptionToken => token._tag === "Option"

/** Help is asked for before anything that is wrong. */
const asksForHelp = (tokens: ReadonlyArray<Token>): boolean =>
  tokens.some((token) => isOption(token) && token.name === "help")

const help = (...path: ReadonlyArray<string>): Parsed =>
  Either.right({ _tag: "Subcommand", args: [...path, "--help"] })

/** Names the help that would have prevented the mistake. */
const seeHelp = (name: SubcommandName, error: UsageError): UsageError =>
  error.argument?.startsWith("-") === true
    ? usageError(error.argument, `${error.detail} (see 'esmtp ${name} --help')`)
    : error

/** The options and operands of a subcommand that takes no sendmail flags. */
interface Words {
  readonly common: CommonArguments
  readonly options: ReadonlyArray<OptionToken>
  readonly operands: ReadonlyArray<string>
}

const words = (tokens: ReadonlyArray<Token>): Either.Either<Words, UsageError> => {
  let common = noCommonArguments
  const options: Array<OptionToken> = []
  const operands: Array<string> = []
  for (const token of tokens) {
    if (token._tag === "Problem") return Either.left(token.error)
    const text = withoutControls("argument", token._tag === "Operand" ? token.text : (token.value ?? ""))
    if (Either.isLeft(text)) return Either.left(text.left)
    if (token._tag === "Operand") operands.push(token.text)
    else {
      const next = withCommon(common, token.name, token.value)
      if (next === undefined) options.push(token)
      else common = next
    }
  }
  return Either.right({ common, options, operands })
}

const has = ({ options }: Words, name: string): boolean => options.some((option) => option.name === name)

const filtersOf = ({ options }: Words): Either.Either<ReadonlyArray<QueueFilter>, UsageError> => {
  const filters: Array<QueueFilter> = []
  for (const { name, value } of options) {
    if (name !== "recipient" && name !== "sender") continue
    if (value === undefined || value === "") {
      return Either.left(usageError(`--${name}`, `option '--${name}' needs a text to look for`))
    }
    filters.push({ field: name, substring: value, negated: false })
  }
  return Either.right(filters)
}

/** `deliver [options] [ID ...]` */
export const parseDeliver = (args: ReadonlyArray<string>): Parsed => {
  const tokens = scan(tableOf("deliver"), args)
  if (asksForHelp(tokens)) return help("deliver")
  return Either.mapLeft(
    Either.gen(function* () {
      const given = yield* words(tokens)
      if (has(given, "watch") && has(given, "linger")) {
        return yield* Either.left(usageError("--linger", "--watch stays, --linger ends: not both"))
      }
      const request: QueueRunRequest = {
        ids: given.operands,
        filters: yield* filtersOf(given),
        onlyDue: has(given, "due"),
        json: has(given, "json"),
        ...(has(given, "watch") ? { repeat: "schedule" } : {}),
        ...(has(given, "linger") ? { repeat: "linger" } : {})
      }
      return { _tag: "RunQueue", common: yield* commonOptions(given.common), request } as const
    }),
    (error) => seeHelp("deliver", error)
  )
}

/** Sendmail syntax with long options; `-q` without a filter delivers, as in esmtp-wrapper. */
export const parseMailq = (args: ReadonlyArray<string>): Parsed => {
  const tokens = scan(tableOf("mailq"), args)
  return asksForHelp(tokens)
    ? help("mailq")
    : Either.mapLeft(parseSendmail(tokens, "mailq"), (error) => seeHelp("mailq", error))
}

const parseExplain = (args: ReadonlyArray<string>): Parsed => {
  const tokens = scan(tableOf("explain"), args)
  return asksForHelp(tokens)
    ? help("explain")
    : Either.mapLeft(parseSendmail(tokens, "explain"), (error) => seeHelp("explain", error))
}

const parseSeed = (value: string | undefined): Either.Either<number | undefined, UsageError> => {
  if (value === undefined) return Either.right(undefined)
  return /^[0-9]{1,15}$/.test(value)
    ? Either.right(Number(value))
    : Either.left(usageError(value, `option '--seed' needs a whole number, not ${printable(value)}`))
}

/** As a command line again, in which no operand can be taken for an option. */
const argumentsOf = (tokens: ReadonlyArray<Token>): ReadonlyArray<string> => [
  ...tokens.filter(isOption).flatMap(({ isAttached, name, value }) => {
    if (value === undefined || isAttached) return [`-${name}${value ?? ""}`]
    return [`-${name}`, value]
  }),
  "--",
  ...tokens.flatMap((token) => (token._tag === "Operand" ? [token.text] : []))
]

const parseSimulate = (args: ReadonlyArray<string>): Parsed => {
  const tokens = scan(tableOf("simulate"), args)
  if (asksForHelp(tokens)) return help("simulate")
  const options = tokens.filter(isOption)
  const lastValue = (name: string) => options.findLast((option) => option.name === name)?.value
  const isOwn = (token: Token) => isOption(token) && ["scenario", "seed", "json"].includes(token.name)
  const isCommon = (token: Token) =>
    isOption(token) && withCommon(noCommonArguments, token.name, undefined) !== undefined
  const sendmail = tokens.filter((token) => !isOwn(token))
  return Either.mapLeft(
    Either.gen(function* () {
      const scenario = lastValue("scenario")
      const seed = yield* parseSeed(lastValue("seed"))
      const common = options.reduce(
        (given, { name, value }) => withCommon(given, name, value) ?? given,
        noCommonArguments
      )
      const isAlone = sendmail.every(isCommon)
      if (scenario === undefined && isAlone) {
        return yield* Either.left(
          usageError("simulate", "simulate needs --scenario FILE, or a message to send")
        )
      }
      const invocation = isAlone ? undefined : yield* parseSendmail(sendmail, "submit")
      return {
        _tag: "Simulate",
        common: yield* commonOptions(common),
        json: options.some(({ name }) => name === "json"),
        ...(scenario === undefined ? {} : { scenarioPath: yield* fileName("--scenario", scenario) }),
        ...(seed === undefined ? {} : { seed }),
        ...(invocation === undefined
          ? {}
          : { invocation, sendmail: argumentsOf(sendmail.filter((token) => !isCommon(token))) })
      } as const
    }),
    (error) => seeHelp("simulate", error)
  )
}

const longNames: ReadonlyMap<string, string> = new Map(
  commonSubcommandOptions.map(({ long, letter }) => [letter ?? long, long])
)

/** Long options, each once (the last wins) with its value in the next argument, then `--` and the operands. */
const canonical = (path: ReadonlyArray<string>, tokens: ReadonlyArray<Token>): Parsed => {
  const options = new Map<string, ReadonlyArray<string>>()
  const operands: Array<string> = []
  for (const token of tokens) {
    if (token._tag === "Problem") return Either.left(token.error)
    if (token._tag === "Operand") operands.push(token.text)
    else {
      // A bare `-d` has no value, its long form needs one.
      const value = token.name === "d" ? (token.value ?? "1") : token.value
      options.set(`--${longNames.get(token.name) ?? token.name}`, value === undefined ? [] : [value])
    }
  }
  const words = [...options].flatMap(([long, value]) => [long, ...value])
  return Either.right({ _tag: "Subcommand", args: [...path, ...words, "--", ...operands] })
}

const parseQueue = (args: ReadonlyArray<string>): Parsed => {
  const [action, ...rest] = args
  const actions = Object.keys(queueActions)
  if (action === undefined || action === "--help" || action === "-h") return help("queue")
  if (!actions.includes(action)) {
    const detail = `unknown action of 'esmtp queue': ${printable(action)}; use ${actions.join(", ")}`
    return Either.left(usageError(action, detail))
  }
  const tokens = scan(tableOf("queue"), rest)
  return asksForHelp(tokens)
    ? help("queue", action)
    : Either.mapLeft(canonical(["queue", action], tokens), (error) => seeHelp("queue", error))
}

const parseCheck = (args: ReadonlyArray<string>): Parsed => {
  const tokens = scan(tableOf("check"), args)
  return asksForHelp(tokens)
    ? help("check")
    : Either.mapLeft(canonical(["check"], tokens), (error) => seeHelp("check", error))
}

/** Whether `esmtp WORD …` is a subcommand, or a request that only `@effect/cli` answers, and not sendmail syntax. */
export const isSubcommand = (word: string | undefined): boolean =>
  word !== undefined &&
  (subcommandNames.some((name) => name === word) || /^--(?:help|version|completions(?:=.*)?)$/su.test(word))

const parseBuiltIn = (word: string, rest: ReadonlyArray<string>): Parsed => {
  if (word === "--help" || word === "--version") return Either.right({ _tag: "Subcommand", args: [word] })
  const shell = word.startsWith("--completions=") ? word.slice("--completions=".length) : rest[0]
  return shell === undefined || !["bash", "sh", "fish", "zsh"].includes(shell)
    ? Either.left(usageError(word, "option '--completions' needs a shell: bash, fish or zsh"))
    : Either.right({ _tag: "Subcommand", args: ["--completions", shell] })
}

/** `esmtp SUBCOMMAND …`, for a word that `isSubcommand`. */
export const parseSubcommand = (args: ReadonlyArray<string>): Parsed => {
  const [word = "", ...rest] = args
  switch (word) {
    case "deliver":
      return parseDeliver(rest)
    case "mailq":
      return parseMailq(rest)
    case "queue":
      return parseQueue(rest)
    case "explain":
      return parseExplain(rest)
    case "check":
      return parseCheck(rest)
    case "simulate":
      return parseSimulate(rest)
    default:
      return parseBuiltIn(word, rest)
  }
}
