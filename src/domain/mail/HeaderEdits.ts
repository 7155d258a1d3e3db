/**
 * The header as it goes to a relay and to an MDA: what is missing is added, what is nobody's business is removed.
 *
 * Source: RFC 5322 §3.6 (fields), §3.6.3 (Bcc); RFC 5321 §4.4 (Return-Path). esmtp: libESMTP headers.c, smtp.c.
 * Deviations: later occurrences of a field are kept; Bcc goes always and wherever it stands; no Message-ID of the user is
 * taken away; a full name stands in the From: that is added.
 */
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import type { Address } from "./AddressCollector.ts"
import { toBytes } from "./ByteString.ts"
import { formatDate } from "./DateTime.ts"
import { type HeaderBlock, hasField } from "./HeaderBlock.ts"
import { type HeaderField, isNamed, makeAddressField, makeField } from "./HeaderField.ts"
import { fromParts, Mailbox, nullSender, type ReversePath, withAsciiDomain } from "./Mailbox.ts"
import type { MessageHeader } from "./MessageFacts.ts"
import { makeMessageId } from "./MessageId.ts"

/** Everything that the fields added are made of; used only where they are missing. */
export interface HeaderAdditions {
  readonly epochMillis: number
  /** Minutes east of UTC. */
  readonly utcOffsetMinutes: number
  /** The null sender gives MAILER-DAEMON at `host`. */
  readonly from: ReversePath
  /** `-F`, or else the full name of the user. */
  readonly fullName?: string
  /** The name given with EHLO. */
  readonly host: string
  /** `message_id`. */
  readonly addMessageId: boolean
  readonly processId: number
  /** Letters and digits. */
  readonly random: string
  /** `force sender`: replaces a Sender: that is there. */
  readonly forcedSender?: Mailbox
}

/** One difference between the header as read and as sent. */
export type HeaderChange =
  | { readonly _tag: "Added"; readonly field: HeaderField }
  | { readonly _tag: "Removed"; readonly field: HeaderField }
  | { readonly _tag: "Replaced"; readonly field: HeaderField; readonly by: HeaderField }

export interface EditedHeader {
  readonly header: MessageHeader
  /** Of the wire header, in the order of the fields; additions last. */
  readonly changes: ReadonlyArray<HeaderChange>
}

/** Never shown to anyone. */
const isBlindCopy = (field: HeaderField): boolean => isNamed(field, "bcc") || isNamed(field, "resent-bcc")

/** Written by the last MTA of a delivery, or out of use; a message that begins its way has none of them. */
const isOfEarlierDelivery = (field: HeaderField): boolean =>
  isNamed(field, "return-path") || isNamed(field, "original-recipient") || isNamed(field, "resent-reply-to")

/** ASCII, if only its domain stands against that. */
const plain = (mailbox: Mailbox): Mailbox => Option.getOrElse(withAsciiDomain(mailbox), () => mailbox)

const daemon = "MAILER-DAEMON"

const author = ({ from, fullName, host }: HeaderAdditions): Address => {
  if (from !== nullSender)
    return { mailbox: plain(from), ...(fullName !== undefined && { displayName: fullName }) }
  return { mailbox: Either.getOrElse(fromParts(daemon, host), () => Mailbox(daemon)) }
}

const senderField = (mailbox: Mailbox): HeaderField => makeAddressField("Sender", { mailbox: plain(mailbox) })

/** In the order in which they stand at the end of the header. */
const additions = (header: HeaderBlock, made: HeaderAdditions): ReadonlyArray<HeaderField> => {
  const fields: Array<HeaderField> = []
  if (!hasField(header, "date")) {
    fields.push(makeField("Date", formatDate(made.epochMillis, made.utcOffsetMinutes).split(" ")))
  }
  if (!hasField(header, "from")) fields.push(makeAddressField("From", author(made)))
  if (made.addMessageId && !hasField(header, "message-id")) {
    fields.push(makeField("Message-ID", [makeMessageId(made)]))
  }
  if (made.forcedSender !== undefined && !hasField(header, "sender"))
    fields.push(senderField(made.forcedSender))
  return fields
}

/** What becomes of the fields that are there. */
const changesOf = (
  header: HeaderBlock,
  forcedSender: Mailbox | undefined
): ReadonlyMap<HeaderField, HeaderChange> => {
  const changes = new Map<HeaderField, HeaderChange>()
  const isSender = (field: HeaderField) => forcedSender !== undefined && isNamed(field, "sender")
  const first = header.fields.find(isSender)
  for (const field of header.fields) {
    if (field === first && forcedSender !== undefined) {
      changes.set(field, { _tag: "Replaced", field, by: senderField(forcedSender) })
    } else if (isBlindCopy(field) || isOfEarlierDelivery(field) || isSender(field)) {
      changes.set(field, { _tag: "Removed", field })
    }
  }
  return changes
}

/** Ready to be sent: fields, then the empty line. */
const toOctets = (fields: ReadonlyArray<HeaderField>): Uint8Array =>
  toBytes(`${fields.map(({ raw }) => raw).join("")}\r\n`)

export const editHeader = (header: HeaderBlock, made: HeaderAdditions): EditedHeader => {
  const changes = changesOf(header, made.forcedSender)
  const added = additions(header, made)
  const kept = header.fields.flatMap((field) => {
    const change = changes.get(field)
    if (change === undefined) return [field]
    return change._tag === "Replaced" ? [change.by] : []
  })
  return {
    header: {
      wire: toOctets([...kept, ...added]),
      local: toOctets(header.fields.filter((field) => !isBlindCopy(field)))
    },
    changes: [...changes.values(), ...added.map((field): HeaderChange => ({ _tag: "Added", field }))]
  }
}
