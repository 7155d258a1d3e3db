/**
 * Delivery status notifications: bounces, delay notices and "relayed" reports, as text around the returned message.
 *
 * Source: RFC 3464 (delivery-status), RFC 6522 (multipart/report), RFC 3461 §6 (which recipients, RET, ENVID),
 * RFC 3834 §5 (Auto-Submitted). The report is 7-bit but for the returned message, which is passed on as it was taken.
 */
import type { Mailbox } from "../mail/Mailbox.ts"
import { printable } from "../telemetry/Printable.ts"

export type ReportAction = "failed" | "delayed" | "relayed"

export interface ReportedRecipient {
  readonly mailbox: Mailbox
  readonly originalRecipient?: string
  readonly status: string
  /** One line about what happened, for people. */
  readonly explanation: string
  readonly diagnostic?: string
  /** Host of the relay; absent for the MDA. */
  readonly remoteHost?: string
  readonly lastAttemptAt: number
}

export interface ReportFacts {
  readonly action: ReportAction
  /** Name of this machine, as said in EHLO. */
  readonly reportingHost: string
  readonly queueId: string
  /** The sender of the returned message: the report goes there. */
  readonly to: Mailbox
  readonly envid?: string
  readonly arrivedAt: number
  /** Only for delays: when the message will be given up. */
  readonly retriedUntil?: number
  /** Non-empty. */
  readonly recipients: ReadonlyArray<ReportedRecipient>
  /** Whether the whole message is returned, or its header only. */
  readonly returned: "message" | "header"
  readonly returnedIsEightBit: boolean
  /** `Date:` and `Message-ID:` values of the report itself. */
  readonly date: string
  readonly messageId: string
  /** Must not occur in the returned message. */
  readonly boundary: string
  /** Formats a time for a header field. */
  readonly formatDate: (epochMillis: number) => string
}

/** The report is `header`, then `before`, the returned bytes (ending with CRLF), then `after`. All canonical CRLF. */
export interface ReportText {
  /** Ends with the empty line. */
  readonly header: string
  readonly before: string
  readonly after: string
}

const lineLimit = 76

const toAscii = (text: string): string =>
  printable(text, 2000).replace(/[^\x20-\x7e]/gu, (character) => {
    const point = character.codePointAt(0) ?? 0
    return `\\u{${point.toString(16)}}`
  })

/** Folds at blanks; a word longer than a line stays whole up to the 998 octets of RFC 5322 §2.1.1. */
const folded = (text: string): string => {
  const lines: Array<string> = []
  let line = ""
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > lineLimit) {
      lines.push(line)
      line = ""
    }
    line = line === "" ? word : `${line} ${word}`
  }
  lines.push(line)
  return lines.map((part) => part.slice(0, 900)).join("\r\n ")
}

const field = (name: string, value: string): string => `${folded(`${name}: ${toAscii(value)}`)}\r\n`

const optionalField = (name: string, value: string | undefined): string =>
  value === undefined ? "" : field(name, value)

const paragraph = (text: string): string => folded(toAscii(text)).replaceAll("\r\n ", "\r\n")

const subjects: Readonly<Record<ReportAction, string>> = {
  failed: "Undelivered Mail Returned to Sender",
  delayed: "Delayed Mail (still being retried)",
  relayed: "Mail Relayed Without Further Notification"
}

const introduction = (facts: ReportFacts): string => {
  switch (facts.action) {
    case "failed":
      return "Your message could not be delivered to one or more recipients. No further attempt will be made."
    case "delayed":
      return "Your message has not been delivered yet. You need not send it again: delivery is still being tried."
    case "relayed":
      return "Your message was handed to a server that does not send delivery notifications."
  }
}

const returnedNote = (facts: ReportFacts): string =>
  facts.returned === "message" ? "Your message is attached." : "The header of your message is attached."

const humanPart = (facts: ReportFacts): string => {
  const recipients = facts.recipients.map(
    ({ mailbox, explanation }) =>
      `<${toAscii(mailbox)}>:\r\n    ${paragraph(explanation).replaceAll("\r\n", "\r\n    ")}`
  )
  const until =
    facts.retriedUntil === undefined
      ? ""
      : `It will be given up after ${facts.formatDate(facts.retriedUntil)}.\r\n`
  return [
    `This is the mail system (esmtp) at ${toAscii(facts.reportingHost)}.`,
    "",
    paragraph(introduction(facts)),
    `${until}${returnedNote(facts)}`,
    "",
    recipients.join("\r\n\r\n"),
    ""
  ].join("\r\n")
}

const diagnosticCode = (recipient: ReportedRecipient): string | undefined => {
  if (recipient.diagnostic === undefined) return undefined
  return `${recipient.remoteHost === undefined ? "x-unix" : "smtp"}; ${recipient.diagnostic}`
}

const recipientFields = (facts: ReportFacts, recipient: ReportedRecipient): string =>
  [
    optionalField(
      "Original-Recipient",
      recipient.originalRecipient === undefined ? undefined : `rfc822; ${recipient.originalRecipient}`
    ),
    field("Final-Recipient", `rfc822; ${recipient.mailbox}`),
    field("Action", facts.action),
    field("Status", recipient.status),
    optionalField(
      "Remote-MTA",
      recipient.remoteHost === undefined ? undefined : `dns; ${recipient.remoteHost}`
    ),
    optionalField("Diagnostic-Code", diagnosticCode(recipient)),
    field("Last-Attempt-Date", facts.formatDate(recipient.lastAttemptAt)),
    optionalField(
      "Will-Retry-Until",
      facts.retriedUntil === undefined ? undefined : facts.formatDate(facts.retriedUntil)
    )
  ].join("")

const statusPart = (facts: ReportFacts): string =>
  [
    field("Reporting-MTA", `dns; ${facts.reportingHost}`),
    optionalField("Original-Envelope-Id", facts.envid),
    field("X-Esmtp-Queue-Id", facts.queueId),
    field("Arrival-Date", facts.formatDate(facts.arrivedAt)),
    ...facts.recipients.map((recipient) => `\r\n${recipientFields(facts, recipient)}`)
  ].join("")

const header = (facts: ReportFacts): string =>
  [
    field("Date", facts.date),
    `From: Mail Delivery System <MAILER-DAEMON@${toAscii(facts.reportingHost)}>\r\n`,
    `To: ${toAscii(facts.to)}\r\n`,
    `Subject: ${subjects[facts.action]}\r\n`,
    `Message-ID: ${facts.messageId}\r\n`,
    "Auto-Submitted: auto-replied\r\n",
    "MIME-Version: 1.0\r\n",
    `Content-Type: multipart/report; report-type=delivery-status;\r\n boundary="${facts.boundary}"\r\n`,
    facts.returnedIsEightBit ? "Content-Transfer-Encoding: 8bit\r\n" : "",
    "\r\n"
  ].join("")

const partHeader = (facts: ReportFacts, fields: ReadonlyArray<string>): string =>
  `--${facts.boundary}\r\n${fields.map((line) => `${line}\r\n`).join("")}\r\n`

const returnedFields = (facts: ReportFacts): ReadonlyArray<string> => [
  facts.returned === "message" ? "Content-Type: message/rfc822" : "Content-Type: text/rfc822-headers",
  `Content-Description: ${facts.returned === "message" ? "Undelivered Message" : "Undelivered Message Header"}`,
  ...(facts.returnedIsEightBit ? ["Content-Transfer-Encoding: 8bit"] : [])
]

export const reportText = (facts: ReportFacts): ReportText => ({
  header: header(facts),
  before: [
    "This is a report in MIME format.\r\n\r\n",
    partHeader(facts, ["Content-Type: text/plain; charset=us-ascii", "Content-Description: Notification"]),
    humanPart(facts),
    "\r\n",
    partHeader(facts, ["Content-Type: message/delivery-status", "Content-Description: Delivery report"]),
    statusPart(facts),
    "\r\n",
    partHeader(facts, returnedFields(facts))
  ].join(""),
  after: `\r\n--${facts.boundary}--\r\n`
})
