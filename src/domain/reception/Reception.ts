/**
 * The receiving side of SMTP for `-bs`, where a program hands over messages on standard input: a line in, replies out.
 *
 * Source: RFC 5321 §3, §4.1.4, §4.3.2; RFC 2920 (commands in groups), RFC 6152 (8BITMIME), RFC 2034 (status codes).
 * Deviation: neither AUTH nor STARTTLS, as nobody listens between the two ends of a pipe.
 */
import * as Either from "effect/Either"
import { parseMailbox, parseReversePath } from "../mail/AddressOperand.ts"
import type { BodyType } from "../mail/Envelope.ts"
import { hasControl, printable } from "../telemetry/Printable.ts"
import { type ClientCommand, parse } from "./ClientCommand.ts"
import * as Limits from "./Limits.ts"

/** What a client has said of a message so far. Addresses are as it wrote them, and good. */
export interface Transaction {
  readonly sender: string
  readonly recipients: ReadonlyArray<string>
  readonly body?: BodyType
}

export interface Reception {
  readonly hostName: string
  readonly isGreeted: boolean
  readonly transaction?: Transaction
  /** Commands that could not be carried out, one after the other. */
  readonly faults: number
}

export interface ReceptionStep {
  readonly state: Reception
  /** With line ends. */
  readonly replies: string
  /** What comes next on the input; after `end` and `abandon`, nothing that is wanted. */
  readonly next: "command" | "message" | "end" | "abandon"
}

export const start = (hostName: string): ReceptionStep => ({
  state: { hostName, isGreeted: false, faults: 0 },
  replies: `220 ${hostName} ESMTP esmtp\r\n`,
  next: "command"
})

const replyWith = (state: Reception, reply: string): ReceptionStep => ({
  state: { ...state, faults: 0 },
  replies: `${reply}\r\n`,
  next: "command"
})

const refuse = (state: Reception, reply: string): ReceptionStep => {
  const faults = state.faults + 1
  return faults < Limits.faults
    ? { state: { ...state, faults }, replies: `${reply}\r\n`, next: "command" }
    : { state, replies: `${reply}\r\n421 4.7.0 too many errors\r\n`, next: "abandon" }
}

const withoutTransaction = ({ transaction: _ended, ...state }: Reception): Reception => state

const bodyTypes: ReadonlyMap<string, BodyType> = new Map([
  ["BODY=7BIT", "7BIT"],
  ["BODY=8BITMIME", "8BITMIME"]
])

const mail = (
  state: Reception,
  { path, parameters }: Extract<ClientCommand, { readonly _tag: "Mail" }>
): ReceptionStep => {
  if (!state.isGreeted) return refuse(state, "503 5.5.1 EHLO comes first")
  if (state.transaction !== undefined) return refuse(state, "503 5.5.1 another MAIL is under way")
  const upper = parameters.map((parameter) => parameter.toUpperCase())
  const unknown = upper.find(
    (parameter) => !bodyTypes.has(parameter) && !/^SIZE=[0-9]{1,20}$/.test(parameter)
  )
  if (unknown !== undefined) return refuse(state, `555 5.5.4 ${printable(unknown)} is not understood`)
  const sender = parseReversePath(path)
  if (Either.isLeft(sender)) return refuse(state, `553 5.1.7 ${printable(sender.left.detail)}`)
  const body = upper.map((parameter) => bodyTypes.get(parameter)).find((type) => type !== undefined)
  const transaction = { sender: path, recipients: [], ...(body !== undefined && { body }) }
  return replyWith({ ...state, transaction }, "250 2.1.0 Ok")
}

const rcpt = (
  state: Reception,
  { path, parameters }: Extract<ClientCommand, { readonly _tag: "Rcpt" }>
): ReceptionStep => {
  const { transaction } = state
  if (transaction === undefined) return refuse(state, "503 5.5.1 MAIL comes first")
  const [unknown] = parameters
  if (unknown !== undefined) return refuse(state, `555 5.5.4 ${printable(unknown)} is not understood`)
  const mailbox = parseMailbox(path)
  if (Either.isLeft(mailbox)) return refuse(state, `553 5.1.3 ${printable(mailbox.left.detail)}`)
  if (transaction.recipients.length >= Limits.recipients) {
    return refuse(state, "452 4.5.3 too many recipients")
  }
  const recipients = [...transaction.recipients, path]
  return replyWith({ ...state, transaction: { ...transaction, recipients } }, "250 2.1.5 Ok")
}

const data = (state: Reception): ReceptionStep => {
  if (state.transaction === undefined) return refuse(state, "503 5.5.1 MAIL comes first")
  if (state.transaction.recipients.length === 0) return refuse(state, "554 5.5.1 no valid recipients")
  const { state: next, replies } = replyWith(state, "354 a line with a dot alone ends the message")
  return { state: next, replies, next: "message" }
}

const extensions = ["PIPELINING", "8BITMIME", "ENHANCEDSTATUSCODES"]

const hello = (state: Reception, extended: boolean): ReceptionStep => {
  const lines = [state.hostName, ...(extended ? extensions : [])]
  const reply = lines.map((line, at) => `250${at === lines.length - 1 ? " " : "-"}${line}`).join("\r\n")
  return replyWith({ ...withoutTransaction(state), isGreeted: true }, reply)
}

const carryOut = (state: Reception, command: ClientCommand): ReceptionStep => {
  switch (command._tag) {
    case "Hello":
      return hello(state, command.extended)
    case "Mail":
      return mail(state, command)
    case "Rcpt":
      return rcpt(state, command)
    case "Data":
      return data(state)
    case "Rset":
      return replyWith(withoutTransaction(state), "250 2.0.0 Ok")
    case "Noop":
      return replyWith(state, "250 2.0.0 Ok")
    case "Vrfy":
      return replyWith(state, "252 2.0.0 send it and see")
    case "Help":
      return replyWith(state, "214 2.0.0 EHLO HELO MAIL RCPT DATA RSET NOOP VRFY HELP QUIT")
    case "Quit":
      return { ...replyWith(state, "221 2.0.0 Bye"), next: "end" }
    case "Malformed":
      return refuse(state, "501 5.5.4 syntax error")
    case "Unknown":
      return refuse(state, "500 5.5.1 command not understood")
  }
}

/** `line`: without its end. Undefined: it was longer than `Limits.lineBytes`. */
export const step = (state: Reception, line: string | undefined): ReceptionStep => {
  if (line === undefined) return refuse(state, "500 5.5.2 line too long")
  return hasControl(line.replaceAll("\t", " "))
    ? refuse(state, "501 5.5.2 control character in a command")
    : carryOut(state, parse(line))
}

/** After the message: `reply` says what became of it. */
export const messageTaken = (state: Reception, reply: string): ReceptionStep =>
  replyWith(withoutTransaction(state), reply)
