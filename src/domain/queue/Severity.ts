/**
 * Whether a failed delivery may be tried again, and what has to wait until then: the policy of the queue in one file.
 *
 * What is not a definite refusal is transient: garbage, lost connections and TLS failures never bounce mail, nor does a
 * mistake in the configuration. Exit statuses of an interactive delivery are another matter: `invocation/SysExits.ts`.
 *
 * Source: RFC 5321 §4.2.1, §4.5.3.1.10; RFC 4954 §6; sysexits(3); postfix: smtp_trouble.c, pipe_command.c.
 */
import type { Mailbox } from "../mail/Mailbox.ts"
import type { DeliveryError, Outcome } from "../mail/Outcome.ts"
import type { MdaFailed } from "../mda/MdaError.ts"
import type { Reply } from "../smtp/Reply.ts"
import { type MessageRejected, RecipientsRejected } from "../smtp/SmtpError.ts"
import type { Stage } from "../smtp/Stage.ts"

export type Severity = "transient" | "permanent"

/**
 * What waits before the next try. `host`: everything for this relay. `account`: everything for this identity, an hour
 * and loudly, as a person has to act. `message`: this message, at least a quarter of an hour. `recipient`: the same for
 * this recipient alone.
 */
export type RetryClass = "host" | "account" | "message" | "recipient"

/** RFC 4954 §6: authentication is missing. A fault of the configuration and not of the mail. */
export const demandsAuthentication = (reply: Reply): boolean => reply.code === 530

const ofReply = (reply: Reply): Severity =>
  reply.code >= 500 && reply.code <= 599 && !demandsAuthentication(reply) ? "permanent" : "transient"

/**
 * RFC 5321 §4.5.3.1.10: 552 in answer to RCPT is what old servers say for "too many recipients", which is 452 now. With
 * an enhanced code other than 5.5.3 it means something else, such as a full mailbox.
 */
const isTooManyRecipients = ({ code, enhanced }: Reply): boolean =>
  code === 552 && (enhanced === undefined || (enhanced.subject === 5 && enhanced.detail === 3))

const ofRcptReply = (reply: Reply): Severity => (isTooManyRecipients(reply) ? "transient" : ofReply(reply))

/** Transient unless every refusal in it is final, so that no recipient is given up for another's sake. */
const ofRecipients = ({ rejected }: RecipientsRejected): Severity =>
  rejected.length > 0 && rejected.every(({ reply }) => ofRcptReply(reply) === "permanent")
    ? "permanent"
    : "transient"

const ofMessage = ({ reason, reply }: MessageRejected): Severity => {
  switch (reason) {
    case "OtherRecipientRefused":
      return "transient"
    case "Refused":
      // Without a reply nothing definite was said.
      return reply === undefined ? "transient" : ofReply(reply)
    case "TooLarge":
    case "EightBitUnsupported":
    case "Utf8Unsupported":
    case "Unsendable":
      return reply === undefined ? "permanent" : ofReply(reply)
  }
}

/** sysexits(3) statuses by which an MDA refuses for good; any other, and any other end, may pass. */
const permanentMdaStatuses: ReadonlySet<number> = new Set([64, 65, 67, 68, 69, 70, 77])

const ofMda = ({ reason, end }: MdaFailed): Severity => {
  switch (reason) {
    case "BadRecipient":
      return "permanent"
    case "NoMda":
      return "transient"
    case "Failed":
      return end?._tag === "Exited" && permanentMdaStatuses.has(end.status) ? "permanent" : "transient"
  }
}

export const severity = (error: DeliveryError): Severity => {
  switch (error._tag) {
    case "SenderRejected":
      return ofReply(error.reply)
    case "RecipientsRejected":
      return ofRecipients(error)
    case "MessageRejected":
      return ofMessage(error)
    case "MdaFailed":
      return ofMda(error)
    case "ConnectFailed":
    case "TlsFailed":
    case "AuthFailed":
    case "ProtocolViolation":
    case "SessionTimedOut":
    case "HookFailed":
    case "QueueFailed":
      return "transient"
  }
}

/** A failure as it concerns one recipient: of a refusal that covers several, only the words to this one. */
export const forRecipient = (mailbox: Mailbox, error: DeliveryError): DeliveryError => {
  if (error._tag !== "RecipientsRejected" || error.rejected.length < 2) return error
  const rejected = error.rejected.filter((one) => one.mailbox === mailbox)
  return rejected.length === 0
    ? error
    : new RecipientsRejected({ peer: error.peer, rejected, accepted: error.accepted })
}

/** Of an outcome; undefined: delivered. */
export const severityOf = ({ recipient, result }: Outcome): Severity | undefined =>
  result._tag === "Right" ? undefined : severity(forRecipient(recipient.mailbox, result.left))

const beforeEnvelope: ReadonlySet<Stage> = new Set<Stage>([
  "resolve",
  "connect",
  "greeting",
  "ehlo",
  "helo",
  "starttls",
  "tls",
  "auth"
])

/**
 * From MAIL on, a session that breaks may have broken on this very message; were it the relay's wait, one such message
 * would hold up all that stand behind it for ever. If the relay is ill the next message finds it out.
 */
const ofBrokenSession = (stage: Stage): RetryClass => (beforeEnvelope.has(stage) ? "host" : "message")

const ofRefusal = (reply: Reply | undefined, otherwise: RetryClass): RetryClass =>
  reply !== undefined && demandsAuthentication(reply) ? "account" : otherwise

/** Makes sense for transient failures; of a permanent one it tells what was refused. */
export const retryClass = (error: DeliveryError): RetryClass => {
  switch (error._tag) {
    case "ConnectFailed":
      return error.reason === "ServiceUnknown" || error.reason === "HeloNameUnusable"
        ? "account"
        : ofBrokenSession(error.stage)
    case "TlsFailed":
      return "account"
    case "AuthFailed":
      return error.reason === "Unavailable" ? "host" : "account"
    case "SenderRejected":
      return ofRefusal(error.reply, "message")
    case "RecipientsRejected":
      return ofRefusal(error.rejected[0]?.reply, "recipient")
    case "MessageRejected":
      return ofRefusal(error.reply, "message")
    case "ProtocolViolation":
    case "SessionTimedOut":
      return ofBrokenSession(error.stage)
    case "MdaFailed":
      return error.reason === "NoMda" || error.end?._tag === "NotStarted" ? "account" : "recipient"
    case "HookFailed":
      return error.hook === "preconnect" || error.hook === "postconnect" ? "host" : "account"
    case "QueueFailed":
      return "message"
  }
}
