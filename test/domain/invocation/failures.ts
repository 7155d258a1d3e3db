/** One failure of each kind and reason, for the tables of severity, exit status, wording and advice. */

import * as Either from "effect/Either"
import { ConfigError } from "../../../src/domain/config/ConfigError.ts"
import type { Recipient } from "../../../src/domain/mail/Envelope.ts"
import { Mailbox } from "../../../src/domain/mail/Mailbox.ts"
import { MessageError } from "../../../src/domain/mail/MessageError.ts"
import type { DeliveryError, Outcome } from "../../../src/domain/mail/Outcome.ts"
import { HookFailed, MdaFailed, type ProgramEnd } from "../../../src/domain/mda/MdaError.ts"
import { QueueFailed } from "../../../src/domain/queue/QueueError.ts"
import type { EnhancedStatus, Reply } from "../../../src/domain/smtp/Reply.ts"
import {
  AuthFailed,
  ConnectFailed,
  MessageRejected,
  type Peer,
  ProtocolViolation,
  RecipientsRejected,
  SenderRejected,
  SessionTimedOut,
  TlsFailed
} from "../../../src/domain/smtp/SmtpError.ts"
import type { Stage } from "../../../src/domain/smtp/Stage.ts"

export const peer: Peer = { host: "smtp.example.org", service: "587" }

export const onPort = (service: string): Peer => ({ ...peer, service })

export const reply = (code: number, text = "", enhanced?: EnhancedStatus): Reply =>
  enhanced === undefined ? { code, lines: [text] } : { code, lines: [text], enhanced }

export const connect = (
  reason: ConnectFailed["reason"],
  stage: Stage = "connect",
  at: Peer = peer
): ConnectFailed => new ConnectFailed({ peer: at, stage, reason })

export const tls = (reason: TlsFailed["reason"], detail = "detail", at: Peer = peer): TlsFailed =>
  new TlsFailed({ peer: at, reason, detail })

export const auth = (
  reason: AuthFailed["reason"],
  code?: number,
  at: Peer = peer,
  complaint?: string
): AuthFailed =>
  new AuthFailed({
    peer: at,
    mechanism: "PLAIN",
    reason,
    detail: "detail",
    ...(complaint === undefined ? {} : { complaint }),
    ...(code === undefined ? {} : { reply: reply(code, "words") })
  })

export const sender = (code: number, text = "words"): SenderRejected =>
  new SenderRejected({ peer, reversePath: Mailbox("me@y"), reply: reply(code, text) })

export const recipients = (
  ...rejected: ReadonlyArray<
    readonly [mailbox: string, code: number, text?: string, enhanced?: EnhancedStatus]
  >
): RecipientsRejected =>
  new RecipientsRejected({
    peer,
    rejected: rejected.map(([mailbox, code, text, enhanced]) => ({
      mailbox: Mailbox(mailbox),
      reply: reply(code, text ?? "words", enhanced)
    })),
    accepted: []
  })

export const message = (reason: MessageRejected["reason"], code?: number, text = "words"): MessageRejected =>
  new MessageRejected({
    peer,
    reason,
    stage: "final-dot",
    ...(code === undefined ? {} : { reply: reply(code, text) })
  })

export const violation = (stage: Stage): ProtocolViolation =>
  new ProtocolViolation({ peer, stage, detail: "no digits" })

export const timeout = (stage: Stage, at: Peer = peer): SessionTimedOut =>
  new SessionTimedOut({ peer: at, stage, afterMillis: 300_000 })

export const exited = (status: number): ProgramEnd => ({ _tag: "Exited", status })

export const mda = (end: ProgramEnd): MdaFailed =>
  new MdaFailed({ reason: "Failed", command: "procmail -d bob", end })

export const noMda = new MdaFailed({ reason: "NoMda" })

export const badRecipient = new MdaFailed({ reason: "BadRecipient" })

export const hook = (name: HookFailed["hook"], end: ProgramEnd = exited(1)): HookFailed =>
  new HookFailed({ hook: name, command: "ssh -f tunnel", end })

export const queue = (reason: QueueFailed["reason"]): QueueFailed =>
  new QueueFailed({ operation: "open", path: "/q/tmp/1", reason, detail: "detail" })

export const config = (reason: ConfigError["reason"]): ConfigError =>
  new ConfigError({ path: "/rc", reason, detail: "detail" })

export const inMessage = (reason: MessageError["reason"]): MessageError =>
  new MessageError({ reason, detail: "detail" })

const to = (mailbox: string): Recipient => ({ mailbox: Mailbox(mailbox), route: "relay" })

export const failed = (mailbox: string, error: DeliveryError): Outcome => ({
  recipient: to(mailbox),
  result: Either.left(error)
})

export const delivered = (mailbox: string): Outcome => ({
  recipient: to(mailbox),
  result: Either.right({ _tag: "Relayed", reply: reply(250, "ok"), relay: "smtp.example.org:587" })
})
