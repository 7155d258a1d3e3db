/**
 * The enhanced status code and diagnostic of a failed delivery, for reports and logs.
 *
 * Source: RFC 3463 (codes), RFC 3464 §2.3.4 (Status), §2.3.6 (Diagnostic-Code).
 */
import type { DeliveryError } from "../mail/Outcome.ts"
import type { Reply } from "../smtp/Reply.ts"
import { replyText } from "../smtp/SmtpError.ts"

export interface DeliveryStatus {
  /** `5.1.1` */
  readonly status: string
  /** The relay's own words, on one line; absent where the failure is of this side's finding. */
  readonly diagnostic?: string
}

const fromReply = (reply: Reply | undefined, subjectAndDetail: string): DeliveryStatus => {
  if (reply === undefined) return { status: `4.${subjectAndDetail}` }
  const { enhanced } = reply
  const own = reply.code >= 500 ? 5 : 4
  // The reply code decides the class; an enhanced code of another class is the server's mistake.
  const status =
    enhanced !== undefined && enhanced.class === own
      ? `${enhanced.class}.${enhanced.subject}.${enhanced.detail}`
      : `${own}.${subjectAndDetail}`
  return { status, diagnostic: replyText(reply) }
}

const ownFinding = (status: string, reply: Reply | undefined): DeliveryStatus =>
  reply === undefined ? { status } : { status, diagnostic: replyText(reply) }

/** Subject and detail say where it went wrong; the class is that of the reply, or transient without one. */
export const deliveryStatus = (error: DeliveryError): DeliveryStatus => {
  switch (error._tag) {
    case "ConnectFailed":
      return fromReply(error.reply, error.reason === "NameNotFound" ? "4.4" : "4.1")
    case "TlsFailed":
      return ownFinding("4.7.5", error.reply)
    case "AuthFailed":
      return fromReply(error.reply, "7.8")
    case "SenderRejected":
      return fromReply(error.reply, "1.0")
    case "RecipientsRejected":
      return fromReply(error.rejected[0]?.reply, "1.0")
    case "MessageRejected":
      return error.enhanced === undefined
        ? fromReply(error.reply, "0.0")
        : ownFinding(error.enhanced, error.reply)
    case "ProtocolViolation":
      return ownFinding("4.5.0", error.reply)
    case "SessionTimedOut":
      return { status: "4.4.2" }
    case "MdaFailed":
      return error.reason === "Failed" && error.output !== undefined && error.output !== ""
        ? { status: "5.3.0", diagnostic: error.output }
        : { status: error.reason === "BadRecipient" ? "5.1.3" : "5.3.0" }
    case "HookFailed":
    case "QueueFailed":
      return { status: "4.3.0" }
  }
}
