/**
 * The summary of a message's fate, in the fields that mail administrators look for.
 *
 * Source: postfix: log_adhoc.c (`to=, relay=, delay=, dsn=, status=`).
 */
import type { Envelope } from "../mail/Envelope.ts"
import type { Ruling } from "../queue/Verdict.ts"
import { printable } from "./Printable.ts"

export interface OutcomeFacts {
  /** Absent: delivered without the queue. */
  readonly queueId?: string
  readonly identity?: string
  readonly messageId?: string
  readonly envelope: Envelope
  readonly sizeBytes: number
  /** Milliseconds from acceptance to this moment. */
  readonly delayMillis: number
  readonly ruling: Ruling
}

const status: Readonly<Record<Ruling["verdict"]["status"], string>> = {
  delivered: "sent",
  deferred: "deferred",
  failed: "bounced"
}

/** Named one by one up to here; a crowd is counted. */
const namedRecipients = 5

const recipientsText = ({ envelope, ruling }: OutcomeFacts): string => {
  const named = ruling.recipients
    .slice(0, namedRecipients)
    .map((at) => envelope.recipients[at]?.mailbox ?? "")
  const others = ruling.recipients.length - named.length
  return printable(others === 0 ? named.join(",") : `${named.join(",")} and ${others} more`)
}

export const outcomeFields = (facts: OutcomeFacts): Readonly<Record<string, string | number>> => {
  const { envelope, identity, messageId, queueId, ruling } = facts
  const { verdict } = ruling
  return {
    ...(queueId !== undefined && { queueId }),
    ...(messageId !== undefined && { messageId: printable(messageId) }),
    ...(identity !== undefined && { identity: printable(identity) }),
    from: printable(envelope.reversePath),
    to: recipientsText(facts),
    size: facts.sizeBytes,
    relay: verdict.relay ?? "local",
    delay: Math.round(facts.delayMillis / 10) / 100,
    dsn: verdict.enhanced ?? (verdict.status === "delivered" ? "2.0.0" : "4.0.0"),
    status: status[verdict.status],
    reply: verdict.text
  }
}
