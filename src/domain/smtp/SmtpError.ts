/**
 * What can go wrong between this program and a relay: one class per recovery decision, each a sheet of facts.
 *
 * Whether a failure is transient, which exit status it gives and how it is worded are pure functions over these
 * classes (`queue/Severity.ts`, `invocation/SysExits.ts`); nothing here decides.
 *
 * Source: RFC 5321 §4.2, §3.8; RFC 3207 §4; RFC 4954 §6.
 */
import * as Data from "effect/Data"
import type { Mailbox, ReversePath } from "../mail/Mailbox.ts"
import type { Reply } from "./Reply.ts"
import type { Stage } from "./Stage.ts"

/** The server as configured, and the address once one was reached. */
export interface Peer {
  readonly host: string
  /** Port number or service name, as configured. */
  readonly service: string
  /** The numeric address of the connection. */
  readonly address?: string
}

export const peerOf = ({ host, service }: Peer): Peer => ({ host, service })

export const peerName = (peer: Peer): string => `${peer.host}:${peer.service}`

export const replyText = (reply: Reply): string =>
  [String(reply.code), ...reply.lines.map((line) => line.trim())].filter((word) => word !== "").join(" ")

const withReply = (what: string, reply: Reply | undefined): string =>
  reply === undefined ? what : `${what}: ${replyText(reply)}`

/** No usable session: the name, the network, or the server's own refusal to talk (greeting, 421, lost connection). */
export class ConnectFailed extends Data.TaggedError("ConnectFailed")<{
  readonly peer: Peer
  readonly stage: Stage
  readonly reason:
    | "NameNotFound"
    | "NameLookupFailed"
    | "ServiceUnknown"
    | "Refused"
    | "Unreachable"
    | "Lost"
    | "ServiceClosing"
    | "GreetingRefused"
    | "EhloRefused"
    | "HeloNameUnusable"
  readonly reply?: Reply
  readonly cause?: unknown
}> {
  override get message(): string {
    const what: Record<ConnectFailed["reason"], string> = {
      NameNotFound: "host name not found",
      NameLookupFailed: "name lookup failed",
      ServiceUnknown: "unknown service or port",
      Refused: "connection refused",
      Unreachable: "host unreachable",
      Lost: `connection lost (${this.stage})`,
      ServiceClosing: `server closed the session (${this.stage})`,
      GreetingRefused: "server refused the connection",
      EhloRefused: "server refused EHLO",
      HeloNameUnusable: "the EHLO name can't be sent"
    }
    return withReply(`${peerName(this.peer)}: ${what[this.reason]}`, this.reply)
  }
}

/** The session could not be made private enough for what the identity demands. */
export class TlsFailed extends Data.TaggedError("TlsFailed")<{
  readonly peer: Peer
  readonly reason: "NotOffered" | "Refused" | "Injection" | "Handshake" | "Certificate" | "Store"
  /** What exactly is wrong, from the TLS library or our own check: `certificate has expired`, `name mismatch`. */
  readonly detail: string
  readonly reply?: Reply
  readonly cause?: unknown
}> {
  override get message(): string {
    return withReply(`${peerName(this.peer)}: TLS: ${this.detail}`, this.reply)
  }
}

/** Authentication was demanded and did not succeed; the session ends. */
export class AuthFailed extends Data.TaggedError("AuthFailed")<{
  readonly peer: Peer
  /** Absent when no mechanism could be chosen. */
  readonly mechanism?: string
  readonly reason:
    | "Rejected"
    | "Unavailable"
    | "MechanismUnusable"
    | "NotOffered"
    | "PlaintextRefused"
    | "NoCredentials"
    | "BadChallenge"
    | "ServerUnverified"
  readonly detail: string
  /** What came before a refusal and says more than its reply, such as what is wrong with a token. Part of `detail`. */
  readonly complaint?: string
  readonly reply?: Reply
}> {
  override get message(): string {
    const by = this.mechanism === undefined ? "" : ` ${this.mechanism}`
    return withReply(`${peerName(this.peer)}: AUTH${by}: ${this.detail}`, this.reply)
  }
}

/** The server refused the reverse-path, or a parameter of MAIL. */
export class SenderRejected extends Data.TaggedError("SenderRejected")<{
  readonly peer: Peer
  readonly reversePath: ReversePath
  readonly reply: Reply
}> {
  override get message(): string {
    return withReply(`<${this.reversePath}>: sender refused by ${peerName(this.peer)}`, this.reply)
  }
}

export interface RejectedRecipient {
  readonly mailbox: Mailbox
  readonly reply: Reply
}

/** The server refused these recipients; `accepted` names those it would have taken in the same transaction. */
export class RecipientsRejected extends Data.TaggedError("RecipientsRejected")<{
  readonly peer: Peer
  readonly rejected: ReadonlyArray<RejectedRecipient>
  readonly accepted: ReadonlyArray<Mailbox>
}> {
  override get message(): string {
    return this.rejected
      .map(({ mailbox, reply }) => `<${mailbox}>: refused by ${peerName(this.peer)}: ${replyText(reply)}`)
      .join("; ")
  }
}

/** The server refused DATA, BDAT or the message itself, or we may not send it there (`reason` other than `Refused`). */
export class MessageRejected extends Data.TaggedError("MessageRejected")<{
  readonly peer: Peer
  readonly reason:
    | "Refused"
    | "TooLarge"
    | "EightBitUnsupported"
    | "Utf8Unsupported"
    | "OtherRecipientRefused"
    /** An address or parameter that no command line can carry. */
    | "Unsendable"
  readonly stage: Stage
  readonly reply?: Reply
  /** For a refusal of our own making: RFC 3463 code such as `5.3.4`, `5.6.3`, `5.6.7`, `5.1.3`. */
  readonly enhanced?: string
  /** What was in the way of a remedy. */
  readonly detail?: string
}> {
  override get message(): string {
    const where = peerName(this.peer)
    const what: Record<MessageRejected["reason"], string> = {
      Refused: `message refused by ${where}`,
      TooLarge: `message larger than ${where} accepts`,
      EightBitUnsupported: `8-bit content, and ${where} lacks 8BITMIME`,
      Utf8Unsupported: `non-ASCII address, and ${where} lacks SMTPUTF8`,
      OtherRecipientRefused: `not sent because another recipient was refused by ${where}`,
      Unsendable: `address or parameter unfit for a command line, not sent to ${where}`
    }
    const code = this.enhanced === undefined ? "" : ` (${this.enhanced})`
    const detail = this.detail === undefined ? "" : `: ${this.detail}`
    return withReply(`${what[this.reason]}${detail}${code}`, this.reply)
  }
}

/** The server's bytes are not SMTP, or not SMTP at this point. Nothing was delivered; nothing more is sent. */
export class ProtocolViolation extends Data.TaggedError("ProtocolViolation")<{
  readonly peer: Peer
  readonly stage: Stage
  readonly detail: string
  readonly reply?: Reply
}> {
  override get message(): string {
    return withReply(`${peerName(this.peer)}: protocol violation (${this.stage}): ${this.detail}`, this.reply)
  }
}

/** A deadline of RFC 5321 §4.5.3.2 passed. */
export class SessionTimedOut extends Data.TaggedError("SessionTimedOut")<{
  readonly peer: Peer
  readonly stage: Stage
  /** Milliseconds waited. */
  readonly afterMillis: number
}> {
  override get message(): string {
    return `${peerName(this.peer)}: timed out after ${this.afterMillis / 1000} s (${this.stage})`
  }
}

export type SmtpError =
  | ConnectFailed
  | TlsFailed
  | AuthFailed
  | SenderRejected
  | RecipientsRejected
  | MessageRejected
  | ProtocolViolation
  | SessionTimedOut
