/**
 * Command lines: the one place where text becomes bytes for a server.
 *
 * Whatever comes from outside (addresses, names, identifiers) passes `line`, which refuses every octet that could end a
 * command, and every octet outside ASCII unless SMTPUTF8 is in force. Commands built of nothing but fixed words,
 * numbers and base64 can't fail.
 *
 * Source: RFC 5321 §4.1.1, §4.1.2, §4.5.3.1.4; RFC 1870 §3; RFC 3030 §2; RFC 3461 §4; RFC 4954 §4; RFC 6152 §2;
 * RFC 6531 §3.4.
 * Deviation: paths longer than 256 octets pass; the server may judge them.
 */
import * as Data from "effect/Data"
import * as Either from "effect/Either"
import type { BodyType, Notify } from "../mail/Envelope.ts"
import type { Mailbox, ReversePath } from "../mail/Mailbox.ts"
import { toBase64, utf8 } from "../sasl/Octets.ts"
import * as Limits from "./Limits.ts"
import type { MechanismName } from "./Relay.ts"
import { encode as xtext } from "./Xtext.ts"

export interface Command {
  /** With its CRLF. */
  readonly bytes: Uint8Array
  /** What a transcript may show, with the CRLF. */
  readonly masked: string
}

/** The text has no place in a command line. Nothing was sent. */
export class CommandProblem extends Data.TaggedError("CommandProblem")<{
  readonly part: "EHLO name" | "reverse-path" | "recipient" | "ENVID" | "ORCPT" | "AUTH response"
  readonly reason: "Empty" | "ControlCharacter" | "NonAscii" | "Syntax" | "TooLong"
}> {
  override get message(): string {
    const what: Record<CommandProblem["reason"], string> = {
      Empty: "is empty",
      ControlCharacter: "contains a control character",
      NonAscii: "contains a non-ASCII character",
      Syntax: "contains a character that has no place there",
      TooLong: "is too long"
    }
    return `${this.part} ${what[this.reason]}`
  }
}

export const redacted = "*redacted*"

const command = (text: string, masked: string = text): Command => ({
  bytes: utf8(`${text}\r\n`),
  masked: `${masked}\r\n`
})

type Part = CommandProblem["part"]

const problem = (part: Part, reason: CommandProblem["reason"]) =>
  Either.left(new CommandProblem({ part, reason }))

const isControl = (character: string): boolean => character < " " || character === "\x7f"

const isLoneSurrogate = (character: string): boolean => /^[\ud800-\udfff]$/.test(character)

const isAscii = (character: string): boolean => character < "\x80"

/** C1 controls are refused with the others: no mailbox and no name contains them. */
const isWideControl = (character: string): boolean => character >= "\x80" && character < "\xa0"

const checked = (part: Part, text: string, allowUtf8: boolean): Either.Either<string, CommandProblem> => {
  const characters = Array.from(text)
  if (characters.some((one) => isControl(one) || isWideControl(one))) return problem(part, "ControlCharacter")
  if (characters.some((one) => isLoneSurrogate(one) || (!allowUtf8 && !isAscii(one)))) {
    return problem(part, "NonAscii")
  }
  return Either.right(text)
}

/** Blanks and angle brackets only inside quotes, and every quote closed. */
const isPathContent = (mailbox: string): boolean => /^(?:[^ <>"\\]|"(?:[^"\\]|\\.)*")+$/su.test(mailbox)

const path = (
  part: "reverse-path" | "recipient",
  mailbox: string,
  allowUtf8: boolean
): Either.Either<string, CommandProblem> =>
  Either.flatMap(checked(part, mailbox, allowUtf8), (text) =>
    isPathContent(text) ? Either.right(`<${text}>`) : problem(part, "Syntax")
  )

const within = (limitBytes: number, part: Part, words: ReadonlyArray<string>) => {
  const line = command(words.join(" "))
  return line.bytes.length > limitBytes ? problem(part, "TooLong") : Either.right(line)
}

const hello = (verb: "EHLO" | "HELO", name: string): Either.Either<Command, CommandProblem> =>
  Either.flatMap(checked("EHLO name", name, false), (text) => {
    if (text === "") return problem("EHLO name", "Empty")
    return text.includes(" ")
      ? problem("EHLO name", "Syntax")
      : within(Limits.commandBytes, "EHLO name", [verb, text])
  })

export const ehlo = (name: string) => hello("EHLO", name)

export const helo = (name: string) => hello("HELO", name)

export const startTls: Command = command("STARTTLS")
export const data: Command = command("DATA")
export const rset: Command = command("RSET")
export const quit: Command = command("QUIT")
/** Ends a message of no content that a server let begin. */
export const loneDot: Command = command(".")
/** RFC 4954 §4: the client cancels the exchange. */
export const authCancel: Command = command("*")

/** `BDAT n LAST`, followed on the wire by the `n` octets. */
export const bdatLast = (sizeBytes: number): Command => command(`BDAT ${sizeBytes} LAST`)

/** With the initial response where it fits; `response` tells whether it went along. */
export const auth = (
  mechanism: MechanismName,
  initialResponse: Uint8Array | undefined
): { readonly command: Command; readonly carriesResponse: boolean } => {
  const bare = command(`AUTH ${mechanism}`)
  if (initialResponse === undefined) return { command: bare, carriesResponse: false }
  const response = initialResponse.length === 0 ? "=" : toBase64(initialResponse)
  const full = command(`AUTH ${mechanism} ${response}`, `AUTH ${mechanism} ${redacted}`)
  return full.bytes.length > Limits.commandBytes
    ? { command: bare, carriesResponse: false }
    : { command: full, carriesResponse: true }
}

export const authResponse = (response: Uint8Array): Either.Either<Command, CommandProblem> => {
  const text = toBase64(response)
  return text.length > Limits.base64Bytes
    ? problem("AUTH response", "TooLong")
    : Either.right(command(text, redacted))
}

export interface MailParameters {
  readonly sizeBytes?: number
  readonly body?: BodyType
  /** Declares SMTPUTF8, and with it admits non-ASCII addresses. */
  readonly smtpUtf8: boolean
  readonly ret?: "FULL" | "HDRS"
  /** Not yet xtext-encoded; graphic characters and blanks of ASCII. */
  readonly envid?: string
}

const envidParameter = (envid: string): Either.Either<string, CommandProblem> => {
  if (envid === "") return problem("ENVID", "Empty")
  if (envid.length > Limits.envidCharacters) return problem("ENVID", "TooLong")
  return Either.map(checked("ENVID", envid, false), (text) => `ENVID=${xtext(text)}`)
}

export const mail = (
  reversePath: ReversePath,
  { sizeBytes, body, smtpUtf8, ret, envid }: MailParameters
): Either.Either<Command, CommandProblem> =>
  Either.gen(function* () {
    const from = reversePath === "" ? "<>" : yield* path("reverse-path", reversePath, smtpUtf8)
    const words = [`MAIL FROM:${from}`]
    if (sizeBytes !== undefined) words.push(`SIZE=${sizeBytes}`)
    if (body !== undefined) words.push(`BODY=${body}`)
    if (smtpUtf8) words.push("SMTPUTF8")
    if (ret !== undefined) words.push(`RET=${ret}`)
    if (envid !== undefined) words.push(yield* envidParameter(envid))
    return yield* within(Limits.pathCommandBytes, "reverse-path", words)
  })

export interface RcptParameters {
  /** SMTPUTF8 was declared with MAIL. */
  readonly smtpUtf8: boolean
  readonly notify?: Notify
  /** Not yet xtext-encoded. */
  readonly originalRecipient?: string
}

export const rcpt = (
  recipient: Mailbox,
  { smtpUtf8, notify, originalRecipient }: RcptParameters
): Either.Either<Command, CommandProblem> =>
  Either.gen(function* () {
    if (recipient === "") return yield* problem("recipient", "Empty")
    const words = [`RCPT TO:${yield* path("recipient", recipient, smtpUtf8)}`]
    if (notify === "NEVER") words.push("NOTIFY=NEVER")
    else if (notify !== undefined && notify.length > 0) words.push(`NOTIFY=${notify.join(",")}`)
    if (originalRecipient !== undefined) {
      const original = yield* checked("ORCPT", originalRecipient, false)
      words.push(`ORCPT=rfc822;${xtext(original)}`)
    }
    return yield* within(Limits.pathCommandBytes, "recipient", words)
  })

/** Several commands as one write. */
export const flight = (commands: ReadonlyArray<Command>): Command => {
  const bytes = new Uint8Array(commands.reduce((length, one) => length + one.bytes.length, 0))
  let offset = 0
  for (const one of commands) {
    bytes.set(one.bytes, offset)
    offset += one.bytes.length
  }
  return { bytes, masked: commands.map(({ masked }) => masked).join("") }
}
