/**
 * The second door: what `esmtp` is asked in long options. Loaded on demand, as `@effect/cli` costs start-up time.
 *
 * Sendmail arguments never come here: `@effect/cli` would take flags for recipients.
 */
import * as CliConfig from "@effect/cli/CliConfig"
import * as CommandDescriptor from "@effect/cli/CommandDescriptor"
import * as HelpDoc from "@effect/cli/HelpDoc"
import type * as ValidationError from "@effect/cli/ValidationError"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as NodePath from "@effect/platform-node/NodePath"
import * as NodeTerminal from "@effect/platform-node/NodeTerminal"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { usageError } from "../../domain/invocation/ArgumentText.ts"
import type { Invocation } from "../../domain/invocation/Invocation.ts"
import { parse } from "../../domain/invocation/SendmailArgv.ts"
import type { UsageError } from "../../domain/invocation/UsageError.ts"
import { version } from "../../domain/invocation/Version.ts"
import { printable } from "../../domain/telemetry/Printable.ts"
import { commandTree } from "./CommandTree.ts"
import { completionScript } from "./Completions.ts"
import { helpPage } from "./HelpPages.ts"

/** What `@effect/cli` declares to need; nothing of it is used to parse these commands. */
const environment = Layer.mergeAll(NodeFileSystem.layer, NodePath.layer, NodeTerminal.layer)

const config = CliConfig.make({ isCaseSensitive: true, showBuiltIns: false })

const ansi = new RegExp(`${String.fromCharCode(0x1b)}\\[[0-9;]*m`, "g")

const plain = (text: string): string => text.replace(ansi, "")

/** Colour is for a terminal whose user did not refuse it (no-color.org). */
const wantsColour = (): boolean =>
  process.stdout.isTTY === true && (process.env["NO_COLOR"] ?? "") === "" && process.env["TERM"] !== "dumb"

const showHelp = (path: ReadonlyArray<string>): Effect.Effect<"Handled"> =>
  Effect.gen(function* () {
    const text = HelpDoc.toAnsiText(helpPage(path)).trimEnd()
    yield* Console.log(wantsColour() ? text : plain(text))
    return "Handled" as const
  })

const oneLine = (error: ValidationError.ValidationError): string =>
  printable(plain(HelpDoc.toAnsiText(error.error)).replace(/\s+/g, " ").trim())

const parseCommand = (args: ReadonlyArray<string>): Effect.Effect<Invocation, UsageError> =>
  Effect.gen(function* () {
    const directive = yield* CommandDescriptor.parse(commandTree, ["esmtp", ...args], config).pipe(
      Effect.mapError((error) => usageError(args.join(" "), oneLine(error))),
      Effect.provide(environment)
    )
    if (directive._tag === "BuiltIn" || directive.leftover.length > 0) {
      return yield* usageError(args.join(" "), `can't understand '${printable(args.join(" "))}'`)
    }
    return yield* Option.match(directive.value, {
      onNone: () => Effect.fail(usageError(args.join(" "), "a command is missing: see 'esmtp --help'")),
      onSome: (parsed) => parsed
    })
  })

/**
 * The arguments after `esmtp`, in canonical form or as typed. `Handled`: the answer is printed, nothing is left to do.
 */
export const parseSubcommand: (
  args: ReadonlyArray<string>
) => Effect.Effect<Invocation | "Handled", UsageError> = Effect.fn("Subcommands.parseSubcommand")(
  function* (args) {
    const invocation = yield* parse("esmtp", args)
    if (invocation._tag !== "Subcommand") return invocation
    const [first, second = ""] = invocation.args
    if (first === "--version") {
      yield* Console.log(`esmtp ${version}`)
      return "Handled"
    }
    if (first === "--completions") {
      yield* Console.log(yield* completionScript(second))
      return "Handled"
    }
    if (invocation.args.at(-1) === "--help" && !invocation.args.includes("--")) {
      return yield* showHelp(invocation.args.slice(0, -1))
    }
    return yield* parseCommand(invocation.args)
  }
)
