/**
 * Failures in one line each: `esmtp: <what> <where> (<stage>): <the server's words>`.
 *
 * Texts that scripts may look for are those of C esmtp. Whatever a server, a program or a file said is made printable.
 *
 * Source: esmtp: main.c, smtp.c, local.c.
 */
import type { Outcome } from "../mail/Outcome.ts"
import type { HookFailed, MdaFailed, ProgramEnd } from "../mda/MdaError.ts"
import { programEndText } from "../mda/MdaError.ts"
import { forRecipient } from "../queue/Severity.ts"
import type { Reply } from "../smtp/Reply.ts"
import type {
  AuthFailed,
  ConnectFailed,
  MessageRejected,
  Peer,
  RecipientsRejected,
  SmtpError,
  TlsFailed
} from "../smtp/SmtpError.ts"
import { isInDoubt, type Stage } from "../smtp/Stage.ts"
import { printable } from "../telemetry/Printable.ts"
import type { EsmtpError } from "./SysExits.ts"

/** The longest line on standard error. */
const lineLength = 1000

const enhancedCode = /^[245]\.[0-9]{1,3}\.[0-9]{1,3}(?=\s|$)/

/** Code and text of a reply on one line, an enhanced status code only once. */
export const replyWords = (reply: Reply): string => {
  const [first = "", ...rest] = reply.lines.map((line) => line.trim())
  const code = enhancedCode.exec(first)?.[0]
  const others = rest.map((line) =>
    code !== undefined && line.startsWith(code) ? line.slice(code.length).trim() : line
  )
  return printable([String(reply.code), first, ...others].filter((word) => word !== "").join(" "))
}

const at = (peer: Peer): string =>
  peer.address === undefined || peer.address === peer.host
    ? `${peer.host}:${peer.service}`
    : `${peer.host}:${peer.service} [${peer.address}]`

/** `what`, then what is known beyond it. */
const told = (what: string, ...words: ReadonlyArray<string | undefined>): string =>
  [what, ...words.filter((word) => word !== undefined && word !== "")].join(": ")

const said = (reply: Reply | undefined): string | undefined =>
  reply === undefined ? undefined : replyWords(reply)

const inDoubt = (stage: Stage): string | undefined =>
  isInDoubt(stage) ? "the server may have taken the message, another try may be a duplicate" : undefined

const connectWords = ({ peer, stage, reason, reply }: ConnectFailed): string => {
  const where = `${at(peer)} (${stage})`
  switch (reason) {
    case "NameNotFound":
      return `cannot find ${where}: no such host name`
    case "NameLookupFailed":
      return `cannot find ${where}: name lookup failed`
    case "ServiceUnknown":
      return `cannot connect to ${where}: unknown service or port`
    case "Refused":
      return `cannot connect to ${where}: connection refused`
    case "Unreachable":
      return `cannot connect to ${where}: host unreachable`
    case "Lost":
      return told(`connection lost to ${where}`, said(reply), inDoubt(stage))
    case "ServiceClosing":
      return told(`session closed by ${where}`, said(reply))
    case "GreetingRefused":
    case "EhloRefused":
      return told(`session refused by ${where}`, said(reply))
    case "HeloNameUnusable":
      return `no usable EHLO name for ${where}`
  }
}

const tlsWords = ({ peer, reason, detail, reply }: TlsFailed): string => {
  const what: Record<TlsFailed["reason"], string> = {
    NotOffered: `STARTTLS not offered by ${at(peer)} (starttls)`,
    Refused: `STARTTLS refused by ${at(peer)} (starttls)`,
    Injection: `data before TLS from ${at(peer)} (starttls)`,
    Handshake: `TLS handshake failed with ${at(peer)} (tls)`,
    Certificate: `certificate not accepted from ${at(peer)} (tls)`,
    Store: `TLS files unusable for ${at(peer)} (tls)`
  }
  return told(what[reason], detail, said(reply))
}

const authWords = ({ peer, mechanism, reason, detail, complaint, reply }: AuthFailed): string => {
  const stage = mechanism === undefined ? "auth" : `auth ${mechanism}`
  return reason === "Rejected" && reply !== undefined
    ? told(`authentication refused by ${at(peer)} (${stage})`, complaint, replyWords(reply))
    : told(`authentication failed at ${at(peer)} (${stage})`, detail, said(reply))
}

const recipientsWords = ({ peer, rejected }: RecipientsRejected): string =>
  rejected
    .map(({ mailbox, reply }) => `recipient <${mailbox}> refused by ${at(peer)} (rcpt): ${replyWords(reply)}`)
    .join("; ")

const messageWords = ({ peer, reason, stage, reply, enhanced, detail }: MessageRejected): string => {
  const where = `${at(peer)} (${stage})`
  const what: Record<MessageRejected["reason"], string> = {
    Refused: `message refused by ${where}`,
    TooLarge: `message larger than accepted by ${where}`,
    EightBitUnsupported: `message has 8-bit content, 8BITMIME not offered by ${where}`,
    Utf8Unsupported: `address is not ASCII, SMTPUTF8 not offered by ${where}`,
    OtherRecipientRefused: `message not sent, another recipient refused by ${where}`,
    Unsendable: `address or parameter unfit for a command line, not sent to ${where}`
  }
  return told(what[reason], detail, said(reply) ?? enhanced)
}

const smtpWords = (error: SmtpError): string => {
  switch (error._tag) {
    case "ConnectFailed":
      return connectWords(error)
    case "TlsFailed":
      return tlsWords(error)
    case "AuthFailed":
      return authWords(error)
    case "SenderRejected":
      return `sender <${error.reversePath}> refused by ${at(error.peer)} (mail): ${replyWords(error.reply)}`
    case "RecipientsRejected":
      return recipientsWords(error)
    case "MessageRejected":
      return messageWords(error)
    case "ProtocolViolation":
      return told(`protocol violation by ${at(error.peer)} (${error.stage})`, error.detail, said(error.reply))
    case "SessionTimedOut":
      return told(
        `timed out after ${error.afterMillis / 1000} s at ${at(error.peer)} (${error.stage})`,
        inDoubt(error.stage)
      )
  }
}

const firstLine = (text: string): string => text.trimStart().split(/[\r\n]/, 1)[0] ?? ""

const mdaEnd = (end: ProgramEnd | undefined): string => {
  switch (end?._tag) {
    case undefined:
      return "MDA failed"
    case "Exited":
      return `MDA returned nonzero status ${end.status}`
    case "Signalled":
      return `MDA died of signal ${end.signal}`
    case "TimedOut":
      return `MDA timed out after ${end.afterMillis / 1000} s`
    case "NotStarted":
      return `Failed to connect to MDA: ${end.detail}`
    case "BadOutput":
      return `MDA failed: ${end.detail}`
  }
}

const mdaWords = ({ reason, command, end, output }: MdaFailed): string => {
  switch (reason) {
    case "NoMda":
      return "Local delivery not possible without a MDA"
    case "BadRecipient":
      return "recipient not fit for the command line of the MDA"
    case "Failed":
      return told(`${mdaEnd(end)} (mda)`, command, firstLine(output ?? ""))
  }
}

const hookNames = { preconnect: "Pre-connect command", postconnect: "Post-connect command" }

const hookWords = ({ hook, command, end }: HookFailed): string => {
  // Commands that fetch a secret may hold one.
  const what = hook === "preconnect" || hook === "postconnect" ? `${hookNames[hook]} "${command}"` : hook
  switch (end._tag) {
    case "Exited":
      return `${what} exited with non-zero status ${end.status}`
    case "Signalled":
      return `${what} received signal ${end.signal}`
    default:
      return `${what}: ${programEndText(end)}`
  }
}

const words = (error: EsmtpError): string => {
  switch (error._tag) {
    case "UsageError":
    case "ConfigError":
    case "MessageError":
    case "OutputError":
    case "QueueFailed":
      return error.message
    case "MdaFailed":
      return mdaWords(error)
    case "HookFailed":
      return hookWords(error)
    default:
      return smtpWords(error)
  }
}

/** What happened, without the name of the program: for listings, logs and bounces. */
export const errorWords = (error: EsmtpError): string => printable(words(error), lineLength)

/** For standard error, without line end. */
export const errorLine = (error: EsmtpError): string => `esmtp: ${errorWords(error)}`

/** Recipients named in a line before the rest are only counted. */
const namedRecipients = 3

const recipientList = (mailboxes: ReadonlyArray<string>): string => {
  const named = mailboxes.slice(0, namedRecipients).map((mailbox) => `<${mailbox}>`)
  const others = mailboxes.length - named.length
  return others === 0 ? named.join(", ") : `${named.join(", ")} and ${others} more`
}

/**
 * One text for every failure, in the order of the first recipient it concerns; what befell several recipients alike is
 * told once. Nothing for what was delivered.
 */
export const outcomeWords = (outcomes: ReadonlyArray<Outcome>): ReadonlyArray<string> => {
  const affected = new Map<string, { readonly isNamed: boolean; readonly mailboxes: Array<string> }>()
  for (const { recipient, result } of outcomes) {
    if (result._tag === "Right") continue
    const error = forRecipient(recipient.mailbox, result.left)
    const text = words(error)
    const entry = affected.get(text) ?? { isNamed: error._tag === "RecipientsRejected", mailboxes: [] }
    entry.mailboxes.push(recipient.mailbox)
    affected.set(text, entry)
  }
  return [...affected].map(([text, { isNamed, mailboxes }]) => {
    return printable(isNamed ? text : `${recipientList(mailboxes)}: ${text}`, lineLength)
  })
}

/** The same for standard error, without line ends. */
export const outcomeLines = (outcomes: ReadonlyArray<Outcome>): ReadonlyArray<string> =>
  outcomeWords(outcomes).map((text) => `esmtp: ${text}`)
