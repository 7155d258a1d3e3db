/**
 * The subcommands as `@effect/cli` sees them, built from the tables of the domain. `queue` and `check` are parsed here;
 * the others stand in the tree for the sake of completions, as the domain understands them without this library.
 *
 * The arguments come in canonical form: `@effect/cli` takes an option it does not know for an operand.
 */
import * as Args from "@effect/cli/Args"
import * as CommandDescriptor from "@effect/cli/CommandDescriptor"
import * as Options from "@effect/cli/Options"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import { usageError } from "../../domain/invocation/ArgumentText.ts"
import { commonOptions } from "../../domain/invocation/CommonArguments.ts"
import type { CommonOptions, Invocation, QueueAction } from "../../domain/invocation/Invocation.ts"
import {
  optionsOf,
  queueActions,
  type SubcommandName,
  type SubcommandOption,
  subcommands
} from "../../domain/invocation/SubcommandOptions.ts"
import type { UsageError } from "../../domain/invocation/UsageError.ts"

/** None: a command that the domain parses. */
export type Parsed = Option.Option<Either.Either<Invocation, UsageError>>

/** By long name; a flag without argument has the value `""` if given. */
type Given = Readonly<Record<string, Option.Option<string>>>

const textOption = (option: SubcommandOption): Options.Options<Option.Option<string>> =>
  Options.text(option.long).pipe(
    Options.withPseudoName(option.value ?? ""),
    Options.withDescription(option.text),
    Options.optional
  )

const flagOption = (option: SubcommandOption): Options.Options<Option.Option<string>> =>
  Options.boolean(option.long).pipe(
    Options.withDescription(option.text),
    Options.map((given) => (given ? Option.some("") : Option.none()))
  )

const optionOf = (option: SubcommandOption): Options.Options<Option.Option<string>> => {
  const built = option.value === undefined ? flagOption(option) : textOption(option)
  return option.letter === undefined ? built : Options.withAlias(built, option.letter)
}

/** Help is built in. */
const givenOptions = (name: SubcommandName): Options.Options<Given> =>
  Options.all(
    Object.fromEntries(
      optionsOf(name)
        .filter(({ long }) => long !== "help")
        .map((option) => [option.long, optionOf(option)])
    )
  )

const textOf = (given: Given, long: string): string | undefined =>
  Option.getOrUndefined(given[long] ?? Option.none())

const isGiven = (given: Given, long: string): boolean => textOf(given, long) !== undefined

const common = (given: Given): Either.Either<CommonOptions, UsageError> => {
  const config = textOf(given, "config")
  const transcript = textOf(given, "transcript")
  const debug = textOf(given, "debug")
  const logTag = textOf(given, "log-tag")
  return commonOptions({
    verbose: isGiven(given, "verbose"),
    trace: isGiven(given, "trace"),
    ...(config === undefined ? {} : { config }),
    ...(transcript === undefined ? {} : { transcript }),
    ...(debug === undefined ? {} : { debug }),
    ...(logTag === undefined ? {} : { logTag })
  })
}

const operands = (name: string, text: string): Args.Args<ReadonlyArray<string>> =>
  Args.text({ name }).pipe(Args.withDescription(text), Args.repeated)

const controlQueue = (
  action: QueueAction,
  given: Given,
  ids: ReadonlyArray<string>
): Either.Either<Invocation, UsageError> => {
  const all = isGiven(given, "all")
  if (ids.length === 0 && !all) {
    return Either.left(usageError(action, `queue ${action} needs an ID, or --all (mailq shows the IDs)`))
  }
  if (ids.length > 0 && all) {
    return Either.left(usageError("--all", `queue ${action} takes IDs or --all, not both`))
  }
  return Either.map(common(given), (options) => ({
    _tag: "ControlQueue",
    common: options,
    action,
    ids,
    all
  }))
}

const queueAction = (action: QueueAction): CommandDescriptor.Command<Parsed> =>
  CommandDescriptor.make(action, givenOptions("queue"), operands("ID", "queue identifiers")).pipe(
    CommandDescriptor.withDescription(queueActions[action]),
    CommandDescriptor.map(({ args, options }) => Option.some(controlQueue(action, options, args)))
  )

const queue: CommandDescriptor.Command<Parsed> = CommandDescriptor.make("queue").pipe(
  CommandDescriptor.withDescription(subcommands.queue.summary),
  CommandDescriptor.withSubcommands([
    ["hold", queueAction("hold")],
    ["release", queueAction("release")],
    ["remove", queueAction("remove")],
    ["retry", queueAction("retry")],
    ["show", queueAction("show")]
  ]),
  CommandDescriptor.map(({ subcommand }) => Option.flatMap(subcommand, ([, parsed]) => parsed))
)

const checkRelay = (
  given: Given,
  identities: ReadonlyArray<string>
): Either.Either<Invocation, UsageError> => {
  const [identity, surplus] = identities
  if (surplus !== undefined) return Either.left(usageError(surplus, "check takes one identity"))
  return Either.map(common(given), (options) => ({
    _tag: "Check",
    common: options,
    json: isGiven(given, "json"),
    ...(identity === undefined ? {} : { identity })
  }))
}

const check: CommandDescriptor.Command<Parsed> = CommandDescriptor.make(
  "check",
  givenOptions("check"),
  operands("IDENTITY", "name of an identity; without it the default identity")
).pipe(
  CommandDescriptor.withDescription(subcommands.check.summary),
  CommandDescriptor.map(({ args, options }) => Option.some(checkRelay(options, args)))
)

const elsewhere = (name: SubcommandName): CommandDescriptor.Command<Parsed> =>
  CommandDescriptor.make(name, givenOptions(name), operands("...", subcommands[name].operands ?? "")).pipe(
    CommandDescriptor.withDescription(subcommands[name].summary),
    CommandDescriptor.map(() => Option.none())
  )

export const commandTree: CommandDescriptor.Command<Parsed> = CommandDescriptor.make("esmtp").pipe(
  CommandDescriptor.withSubcommands([
    ["deliver", elsewhere("deliver")],
    ["mailq", elsewhere("mailq")],
    ["queue", queue],
    ["explain", elsewhere("explain")],
    ["check", check],
    ["simulate", elsewhere("simulate")]
  ]),
  CommandDescriptor.map(({ subcommand }) => Option.flatMap(subcommand, ([, parsed]) => parsed))
)
