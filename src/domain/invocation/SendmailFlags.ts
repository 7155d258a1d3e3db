/**
 * Every flag that some sendmail understands, what kind of argument it takes, and what esmtp makes of it.
 *
 * Source: esmtp: main.c, esmtp(1); sendmail 8.17 (main.c); sendmail(1) of Postfix, OpenSMTPD, dma and Exim.
 * Where implementations disagree whether a flag takes an argument, no argument is ever taken from the recipients.
 */
import type { ArgumentKind, FlagShape, FlagTable } from "./Getopt.ts"

export type FlagEffect =
  | "ignored"
  | "body"
  | "mode"
  | "config"
  | "debugFile"
  | "debug"
  | "fullName"
  | "sender"
  | "newAliases"
  | "ignoreDots"
  | "logTag"
  | "notify"
  | "longOption"
  | "option"
  | "unsupported"
  | "queueRun"
  | "ret"
  | "recipientsFromHeader"
  | "envid"
  | "verbose"
  | "transcript"

export interface SendmailFlag {
  readonly letter: string
  readonly argument: ArgumentKind
  /** What the argument is called in a manual. */
  readonly value?: string
  readonly effect: FlagEffect
  readonly text: string
}

const none = (letter: string, effect: FlagEffect, text: string): SendmailFlag => ({
  letter,
  argument: "none",
  effect,
  text
})

const required = (letter: string, value: string, effect: FlagEffect, text: string): SendmailFlag => ({
  letter,
  argument: "required",
  value,
  effect,
  text
})

const attached = (letter: string, value: string, effect: FlagEffect, text: string): SendmailFlag => ({
  letter,
  argument: "attached",
  value,
  effect,
  text
})

export const sendmailFlags: ReadonlyArray<SendmailFlag> = [
  required("A", "c|m", "ignored", "which configuration sendmail would use"),
  required("B", "type", "body", "body type: 7BIT or 8BITMIME"),
  required("b", "mode", "mode", "operation mode"),
  required("C", "file", "config", "configuration file"),
  none("c", "ignored", "hold mail for expensive mailers"),
  required("D", "file", "debugFile", "file for debugging output"),
  attached("d", "level", "debug", "debug logs on standard error"),
  attached("E", "code", "ignored", "character code conversion"),
  required("e", "mode", "ignored", "how errors are reported"),
  required("F", "name", "fullName", "full name of the sender"),
  required("f", "address", "sender", "reverse-path; selects the identity"),
  none("G", "ignored", "submission by a gateway"),
  required("h", "count", "ignored", "hop count"),
  none("I", "newAliases", "same as -bi"),
  none("i", "ignoreDots", "a line with a lone dot does not end the message"),
  attached("J", "code", "ignored", "character code conversion"),
  required("L", "tag", "logTag", "tag of log lines"),
  required("M", "macro", "ignored", "sets a macro"),
  none("m", "ignored", "send to me too"),
  required("N", "dsn", "notify", "when to send delivery status notifications"),
  none("n", "ignored", "no aliasing"),
  required("O", "option=value", "longOption", "sets an option by its long name"),
  required("o", "xvalue", "option", "sets an option by its letter"),
  required("p", "protocol", "ignored", "protocol and host that the message came by"),
  required("Q", "reason", "unsupported", "quarantines queued messages"),
  attached("q", "what", "queueRun", "runs the queue"),
  required("R", "return", "ret", "how much of the message a bounce returns: full or hdrs"),
  required("r", "address", "sender", "same as -f"),
  none("S", "ignored", "add no header"),
  none("s", "ignored", "keep the From line"),
  attached("T", "time", "ignored", "how long to try"),
  none("t", "recipientsFromHeader", "recipients from To:, Cc: and Bcc:"),
  none("U", "ignored", "initial user submission"),
  required("V", "envid", "envid", "envelope identifier for delivery status notifications"),
  none("v", "verbose", "tells what happens, on standard output"),
  required("X", "file", "transcript", "appends a transcript of the session to a file"),
  none("x", "ignored", "passed by the mailx of some systems"),
  required("Z", "file", "ignored", "frozen configuration file")
]

/** Exim takes what follows these as their value; in sendmail they would be macros without a value, which nobody sets. */
const eximMessageFacts: ReadonlySet<string> = new Set("Ma Maa Mai Mas Mi Mm Mr Ms Mt".split(" "))

const shapeOf = (flag: SendmailFlag): FlagShape => ({
  name: flag.letter,
  argument: flag.argument,
  ...(flag.letter === "o" ? { valueTakesNext: eximMessageFacts } : {})
})

const short: ReadonlyMap<string, FlagShape> = new Map(
  sendmailFlags.map((flag) => [flag.letter, shapeOf(flag)])
)

/** sendmail has no long options; these are ours, as its letters are taken. */
export const longOptions = ["foreground", "trace"] as const

const ownOptions: ReadonlyMap<string, FlagShape> = new Map(
  longOptions.map((name) => [name, { name, argument: "none" }])
)

/** The sendmail flags, with `long` options beside them. */
export const sendmailTable = (long: ReadonlyMap<string, FlagShape> = ownOptions): FlagTable => ({
  short,
  long
})

export const effectOf: ReadonlyMap<string, FlagEffect> = new Map(
  sendmailFlags.map(({ letter, effect }) => [letter, effect])
)
