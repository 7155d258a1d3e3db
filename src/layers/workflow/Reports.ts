/** Builds the messages that esmtp sends in its own name: bounces, delay notices, "relayed" reports. */
import * as Stream from "effect/Stream"
import { formatDate } from "../../domain/mail/DateTime.ts"
import type { Envelope, Recipient } from "../../domain/mail/Envelope.ts"
import { Mailbox, nullSender } from "../../domain/mail/Mailbox.ts"
import type { JournalState } from "../../domain/queue/JournalState.ts"
import * as Limits from "../../domain/queue/Limits.ts"
import type { QueueEntry } from "../../domain/queue/QueueEntry.ts"
import type { ChildKind, QueueId } from "../../domain/queue/QueueId.ts"
import {
  type ReportAction,
  type ReportedRecipient,
  type ReportText,
  reportText
} from "../../domain/queue/Report.ts"
import type { Message } from "../../services/Message.ts"
import type { Draft } from "../../services/Queue.ts"

export interface ReportContext {
  readonly entry: QueueEntry
  readonly state: JournalState
  readonly message: Message
  readonly now: number
  readonly hostName: string
  readonly utcOffsetMinutes: (epochMillis: number) => number
  /** Only for delays. */
  readonly retriedUntil?: number
  /** The user of this machine, whom the MDA serves; absent: there is no MDA, the report goes to the relay. */
  readonly localUser?: string
}

const actions: Readonly<Record<ChildKind, ReportAction>> = {
  bounce: "failed",
  delay: "delayed",
  relayed: "relayed"
}

const hostOf = (relay: string): string => relay.replace(/:[^:]*$/, "")

const reported = (context: ReportContext, position: number): ReadonlyArray<ReportedRecipient> => {
  const recipient = context.entry.envelope.recipients[position]
  const last = context.state.recipients[position]?.last
  if (recipient === undefined) return []
  const verdict = last?.verdict
  return [
    {
      mailbox: recipient.mailbox,
      ...(recipient.originalRecipient !== undefined && { originalRecipient: recipient.originalRecipient }),
      status: verdict?.enhanced ?? (verdict?.status === "delivered" ? "2.0.0" : "4.0.0"),
      explanation: verdict?.text ?? context.state.lastError ?? "not tried yet",
      ...(verdict?.diagnostic !== undefined && { diagnostic: verdict.diagnostic }),
      ...(verdict?.relay !== undefined && { remoteHost: hostOf(verdict.relay) }),
      lastAttemptAt: last?.at ?? context.now
    }
  ]
}

/** RFC 3463 §3.3, §3.4: a relay that found the message too large would not take it back inside a bounce either. */
const tooLarge: ReadonlySet<string | undefined> = new Set(["5.2.3", "5.3.4"])

/** Whether the sender gets the whole message back (RFC 3461 §4.3). */
export const returnsWhole = (entry: QueueEntry, state: JournalState): boolean =>
  entry.envelope.ret !== "HDRS" &&
  entry.facts.sizeBytes <= Limits.returnedBytes &&
  !state.recipients.some(({ last }) => tooLarge.has(last?.verdict.enhanced))

/** Bound of `Report.ts`. */
const longestReportLine = 998

const encoder = new TextEncoder()

const messageOf = (text: ReportText, { entry, message }: ReportContext, whole: boolean): Message => {
  const header = encoder.encode(text.header)
  const before = encoder.encode(text.before)
  const after = encoder.encode(text.after)
  const { wire } = message.header
  const returnedBytes = whole ? entry.facts.sizeBytes : wire.length
  const returned = whole ? Stream.concat(Stream.make(before, wire), message.body) : Stream.make(before, wire)
  return {
    header: { wire: header, local: header },
    facts: {
      sizeBytes: header.length + before.length + returnedBytes + after.length,
      hasEightBitHeader: false,
      hasEightBitBody: entry.facts.hasEightBitHeader || (whole && entry.facts.hasEightBitBody),
      longestLineBytes: Math.max(longestReportLine, entry.facts.longestLineBytes),
      nulsDropped: 0
    },
    body: Stream.concat(returned, Stream.make(after))
  }
}

const recipientOf = ({ entry, localUser }: ReportContext): Recipient =>
  localUser === undefined
    ? { mailbox: Mailbox(entry.envelope.reversePath), route: "relay" }
    : { mailbox: Mailbox(localUser), route: "mda" }

const envelopeOf = (context: ReportContext): Envelope => ({
  reversePath: nullSender,
  recipients: [recipientOf(context)]
})

/** The report on some recipients, under the id that the queue gives it. */
export const draft =
  (context: ReportContext, kind: ChildKind, positions: ReadonlyArray<number>) =>
  (id: QueueId): Draft => {
    const { entry, now, utcOffsetMinutes } = context
    const whole = kind === "bounce" && returnsWhole(entry, context.state)
    const format = (at: number) => formatDate(at, utcOffsetMinutes(at))
    const messageId = `<${id}@${context.hostName}>`
    const text = reportText({
      action: actions[kind],
      reportingHost: context.hostName,
      queueId: entry.id,
      to: Mailbox(entry.envelope.reversePath),
      ...(entry.envelope.envid !== undefined && { envid: entry.envelope.envid }),
      arrivedAt: entry.acceptedAt,
      ...(context.retriedUntil !== undefined && { retriedUntil: context.retriedUntil }),
      recipients: positions.flatMap((position) => reported(context, position)),
      returned: whole ? "message" : "header",
      returnedIsEightBit: entry.facts.hasEightBitHeader || (whole && entry.facts.hasEightBitBody),
      date: format(now),
      messageId,
      boundary: `=_${id}`,
      formatDate: format
    })
    return {
      envelope: envelopeOf(context),
      message: messageOf(text, context, whole),
      ...(entry.identity !== undefined && { identity: entry.identity }),
      messageId,
      argv: []
    }
  }
