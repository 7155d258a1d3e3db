/** The pages of `--help`, written from the tables that the parsers go by, so that they can't tell of an option that is not there. */
import * as HelpDoc from "@effect/cli/HelpDoc"
import type { QueueAction } from "../../domain/invocation/Invocation.ts"
import { modeLetters } from "../../domain/invocation/OperationMode.ts"
import { sendmailFlags } from "../../domain/invocation/SendmailFlags.ts"
import {
  optionsOf,
  queueActions,
  type SubcommandName,
  type SubcommandOption,
  subcommandNames,
  subcommands
} from "../../domain/invocation/SubcommandOptions.ts"
import { version } from "../../domain/invocation/Version.ts"

type Row = readonly [term: string, text: string]

/** The widest term that has its text beside it. */
const termWidth = 22

const columns = (rows: ReadonlyArray<Row>): HelpDoc.HelpDoc => {
  const width = Math.min(termWidth, Math.max(...rows.map(([term]) => term.length)))
  const line = ([term, text]: Row) =>
    term.length > width ? `  ${term}\n  ${" ".repeat(width)}  ${text}` : `  ${term.padEnd(width)}  ${text}`
  return HelpDoc.p(rows.map(line).join("\n"))
}

const lines = (...texts: ReadonlyArray<string>): HelpDoc.HelpDoc =>
  HelpDoc.p(texts.map((text) => `  ${text}`).join("\n"))

const optionRow = ({ long, letter, value, text }: SubcommandOption): Row => {
  const short = letter === undefined ? "    " : `-${letter}, `
  return [`${short}--${long}${value === undefined ? "" : ` ${value}`}`, text]
}

const modeRows: ReadonlyArray<Row> = modeLetters.flatMap(
  ({ letter, mode, text }): ReadonlyArray<Row> => (mode === undefined ? [] : [[`-b${letter}`, text]])
)

/** What esmtp acts on; it accepts the rest, but there is nothing to say about it. */
const flagRows: ReadonlyArray<Row> = sendmailFlags.flatMap((flag): ReadonlyArray<Row> => {
  if (flag.effect === "ignored" || flag.effect === "unsupported" || flag.effect === "debugFile") return []
  if (flag.effect === "mode") return modeRows
  const value =
    flag.value === undefined ? "" : flag.argument === "attached" ? `[${flag.value}]` : ` ${flag.value}`
  return [[`-${flag.letter}${value}`, flag.text]]
})

const page = (title: string, ...sections: ReadonlyArray<HelpDoc.HelpDoc>): HelpDoc.HelpDoc =>
  HelpDoc.blocks([HelpDoc.p(title), ...sections])

const rootPage = (): HelpDoc.HelpDoc =>
  page(
    `esmtp ${version}: hands mail to the relay of the account it belongs to.`,
    HelpDoc.h1("USAGE"),
    lines(
      "sendmail [flags] [recipient ...] < message",
      "esmtp [flags] [recipient ...] < message",
      "esmtp COMMAND [options] [...]"
    ),
    HelpDoc.h1("COMMANDS"),
    columns(subcommandNames.map((name) => [name, subcommands[name].summary])),
    HelpDoc.p(
      "  'esmtp COMMAND --help' tells more. A recipient that is called like a command: esmtp -- deliver"
    ),
    HelpDoc.h1("FLAGS OF SENDMAIL"),
    columns(flagRows),
    HelpDoc.p(
      "  The other flags of a sendmail are accepted and ignored. The manual has them all: sendmail(1)."
    ),
    HelpDoc.h1("OPTIONS"),
    columns([
      ["--help", "show this help"],
      ["--version", "show the version"],
      ["--completions SHELL", "print a completion script for bash, fish or zsh"]
    ]),
    HelpDoc.h1("FILES"),
    columns([
      ["~/.esmtprc", "configuration of the user: esmtprc(5)"],
      ["/etc/esmtprc", "configuration of the system, if the user has none"]
    ])
  )

const actionRows: ReadonlyArray<Row> = Object.entries(queueActions)

const subcommandPage = (name: SubcommandName): HelpDoc.HelpDoc => {
  const { summary, operands, note } = subcommands[name]
  const usage = ["esmtp", name, "[options]", operands].filter((word) => word !== undefined).join(" ")
  return page(
    `esmtp ${name}: ${summary}`,
    HelpDoc.h1("USAGE"),
    lines(name === "queue" ? "esmtp queue ACTION [options] ID ..." : usage),
    ...(name === "queue" ? [HelpDoc.h1("ACTIONS"), columns(actionRows)] : []),
    HelpDoc.h1("OPTIONS"),
    columns(optionsOf(name).map(optionRow)),
    ...(note === undefined ? [] : [lines(note)])
  )
}

const actionPage = (action: QueueAction): HelpDoc.HelpDoc =>
  page(
    `esmtp queue ${action}: ${queueActions[action]}`,
    HelpDoc.h1("USAGE"),
    lines(`esmtp queue ${action} [options] ID ...`),
    HelpDoc.h1("OPTIONS"),
    columns(optionsOf("queue").map(optionRow))
  )

const isSubcommandName = (word: string | undefined): word is SubcommandName =>
  subcommandNames.some((name) => name === word)

const isQueueAction = (word: string | undefined): word is QueueAction =>
  word !== undefined && Object.hasOwn(queueActions, word)

/** The page of `queue hold`, `deliver`…; of an empty path the page of the whole program. */
export const helpPage = (path: ReadonlyArray<string>): HelpDoc.HelpDoc => {
  const [name, action] = path
  if (!isSubcommandName(name)) return rootPage()
  return name === "queue" && isQueueAction(action) ? actionPage(action) : subcommandPage(name)
}
