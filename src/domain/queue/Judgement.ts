/**
 * From what happened in one attempt to what the journal keeps of it.
 *
 * Source: RFC 3464 §2.3; RFC 5321 §4.2.1 (4yz and 5yz), RFC 1047 (doubt after the final dot).
 */
import { errorWords, replyWords } from "../invocation/Wording.ts"
import type { Envelope } from "../mail/Envelope.ts"
import type { DeliveryError, Outcome, Receipt } from "../mail/Outcome.ts"
import { statusText } from "../smtp/EnhancedStatus.ts"
import { peerName } from "../smtp/SmtpError.ts"
import { isInDoubt } from "../smtp/Stage.ts"
import { printable } from "../telemetry/Printable.ts"
import { deliveryStatus } from "./DeliveryStatus.ts"
import { forRecipient, type RetryClass, retryClass, severity } from "./Severity.ts"
import type { Ruling, Verdict } from "./Verdict.ts"

const ofReceipt = (receipt: Receipt): Verdict => {
  if (receipt._tag === "DeliveredLocally")
    return { status: "delivered", by: "local", text: "delivered to the MDA" }
  const { enhanced } = receipt.reply
  return {
    status: "delivered",
    by: "smtp",
    text: replyWords(receipt.reply),
    relay: receipt.relay,
    ...(enhanced !== undefined && { enhanced: statusText(enhanced) })
  }
}

const leavesDoubt = (error: DeliveryError): boolean => {
  switch (error._tag) {
    case "ConnectFailed":
    case "ProtocolViolation":
    case "SessionTimedOut":
      return isInDoubt(error.stage)
    default:
      return false
  }
}

const ofError = (error: DeliveryError): Verdict => {
  const { status, diagnostic } = deliveryStatus(error)
  const isRemote = "peer" in error
  return {
    status: severity(error) === "permanent" ? "failed" : "deferred",
    by: isRemote && diagnostic !== undefined ? "smtp" : "local",
    text: errorWords(error),
    enhanced: status,
    ...(diagnostic !== undefined && { diagnostic: printable(diagnostic) }),
    ...(isRemote && { relay: peerName(error.peer) }),
    ...(leavesDoubt(error) && { possibleDuplicate: true })
  }
}

export const verdictOf = ({ recipient, result }: Outcome): Verdict =>
  result._tag === "Right" ? ofReceipt(result.right) : ofError(forRecipient(recipient.mailbox, result.left))

/** One ruling for all recipients that fared alike, in the order of the envelope. */
export const rulingsOf = (envelope: Envelope, outcomes: ReadonlyArray<Outcome>): ReadonlyArray<Ruling> => {
  const positions = new Map(envelope.recipients.map((recipient, position) => [recipient, position]))
  const groups = new Map<string, { readonly verdict: Verdict; readonly recipients: Array<number> }>()
  for (const outcome of outcomes) {
    const position = positions.get(outcome.recipient)
    if (position === undefined) continue
    const verdict = verdictOf(outcome)
    const key = JSON.stringify(verdict)
    const group = groups.get(key) ?? { verdict, recipients: [] }
    group.recipients.push(position)
    groups.set(key, group)
  }
  return [...groups.values()]
}

const patience: Readonly<Record<RetryClass, number>> = { recipient: 0, message: 1, host: 2, account: 3 }

/** What the next try of the whole message has to wait for: the longest wait among its transient failures. */
export const waitsFor = (outcomes: ReadonlyArray<Outcome>): RetryClass =>
  outcomes
    .flatMap(({ recipient, result }) =>
      result._tag === "Left" ? [retryClass(forRecipient(recipient.mailbox, result.left))] : []
    )
    .reduce<RetryClass>((longest, one) => (patience[one] > patience[longest] ? one : longest), "recipient")
