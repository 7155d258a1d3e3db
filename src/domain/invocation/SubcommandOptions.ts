/**
 * The subcommands of `esmtp` and the options of each, as data: the parser, the help of `@effect/cli` and the manual
 * pages all go by it.
 */
import type { FlagShape, FlagTable } from "./Getopt.ts"
import type { QueueAction } from "./Invocation.ts"
import { sendmailTable } from "./SendmailFlags.ts"

export interface SubcommandOption {
  readonly long: string
  readonly letter?: string
  /** What the argument is called; absent: there is none. */
  readonly value?: string
  readonly text: string
}

export const commonSubcommandOptions: ReadonlyArray<SubcommandOption> = [
  { long: "config", letter: "C", value: "FILE", text: "read this configuration file" },
  { long: "verbose", letter: "v", text: "tell what happens, on standard output" },
  { long: "transcript", letter: "X", value: "FILE", text: "append a transcript of the sessions to a file" },
  { long: "debug", letter: "d", value: "LEVEL", text: "debug logs on standard error" },
  { long: "log-tag", letter: "L", value: "TAG", text: "tag of log lines" },
  { long: "trace", text: "print a tree of timings on standard error" }
]

const json = (text: string): SubcommandOption => ({ long: "json", text })

export const subcommandNames = ["deliver", "mailq", "queue", "explain", "check", "simulate"] as const

export type SubcommandName = (typeof subcommandNames)[number]

export interface Subcommand {
  readonly summary: string
  /** What stands after the options; absent: nothing. */
  readonly operands?: string
  readonly options: ReadonlyArray<SubcommandOption>
  /** A last line of its help. */
  readonly note?: string
  /** Takes every sendmail flag too. */
  readonly takesSendmailFlags: boolean
}

export const subcommands: Readonly<Record<SubcommandName, Subcommand>> = {
  deliver: {
    summary: "Deliver what is queued, now.",
    operands: "[ID ...]",
    takesSendmailFlags: false,
    options: [
      { long: "recipient", value: "TEXT", text: "only mail with a recipient that contains TEXT" },
      { long: "sender", value: "TEXT", text: "only mail with a sender that contains TEXT" },
      { long: "due", text: "only mail whose time for another try has come" },
      { long: "watch", text: "stay, and try again as the retry schedule says" },
      { long: "linger", text: "end when nothing new has come in for a few seconds" },
      json("one line of JSON per outcome")
    ]
  },
  mailq: {
    summary: "List the queue, oldest first.",
    takesSendmailFlags: true,
    options: [json("one JSON object a line")],
    note: "-q delivers, as 'esmtp deliver' does; -qRTEXT and its like list what matches: sendmail(1)."
  },
  queue: {
    summary: "Hold, release, remove, retry or show single mails of the queue.",
    operands: "hold|release|remove|retry|show ID ...",
    takesSendmailFlags: false,
    options: [{ long: "all", text: "every mail of the queue" }]
  },
  explain: {
    summary: "Tell which identity would send a message and how, without sending it.",
    operands: "[sendmail flags] [recipient ...]",
    takesSendmailFlags: true,
    options: [json("one JSON object")],
    note: "The flags of sendmail are those that the message would be sent with: sendmail(1)."
  },
  check: {
    summary: "Connect to a relay, show what it offers, authenticate, and quit.",
    operands: "[IDENTITY]",
    takesSendmailFlags: false,
    options: [json("one JSON object")]
  },
  simulate: {
    summary: "Run the program over a simulated relay, MDA, queue and clock.",
    operands: "[sendmail flags] [recipient ...]",
    takesSendmailFlags: true,
    options: [
      { long: "scenario", value: "FILE", text: "what the simulated world does, as JSON" },
      { long: "seed", value: "NUMBER", text: "seed of everything random" },
      json("the timeline as JSON")
    ],
    note: "The flags of sendmail are those that the message would be sent with: sendmail(1)."
  }
}

export const queueActions: Readonly<Record<QueueAction, string>> = {
  hold: "Keep mails from being tried.",
  release: "Undo hold.",
  remove: "Remove mails; nobody is told.",
  retry: "Make mails due now.",
  show: "Print envelope, history and message."
}

const helpOption: SubcommandOption = { long: "help", text: "show this help" }

/** In the order of a help text. */
export const optionsOf = (name: SubcommandName): ReadonlyArray<SubcommandOption> => [
  ...subcommands[name].options,
  ...commonSubcommandOptions,
  helpOption
]

/** A common option is called by its letter, as in sendmail syntax; any other by its long name. */
const nameOf = (option: SubcommandOption): string => option.letter ?? option.long

const longShape = (option: SubcommandOption): FlagShape => ({
  name: nameOf(option),
  argument: option.value === undefined ? "none" : "required"
})

const shortShape = (option: SubcommandOption): FlagShape =>
  option.letter === "d" ? { name: "d", argument: "attached" } : longShape(option)

export const tableOf = (name: SubcommandName): FlagTable => {
  const options = optionsOf(name)
  const long = new Map(options.map((option) => [option.long, longShape(option)]))
  if (subcommands[name].takesSendmailFlags) return sendmailTable(long)
  const short = new Map<string, FlagShape>([["h", { name: "help", argument: "none" }]])
  for (const option of options) if (option.letter !== undefined) short.set(option.letter, shortShape(option))
  return { short, long }
}
