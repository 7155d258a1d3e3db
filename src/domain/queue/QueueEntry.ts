/**
 * A queue entry as it stands in its file: one line of JSON, the message, and a trailer that proves it whole.
 *
 *     {"format":1,"id":…}\n  wire header  [local header]  body  \nEND <octets before> <sha256 of them>\n
 *
 * The file never changes once it is committed; whatever happens to the message later stands in the journal beside it.
 * JSON on one line closes the door that newline injection into spool headers comes through (CVE-2020-28021,
 * CVE-2020-8794). The line carries everything that a delivery must know before it reads the message.
 */
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import type { BodyType, Envelope, Notify, NotifyOn, Recipient } from "../mail/Envelope.ts"
import { Mailbox, nullSender } from "../mail/Mailbox.ts"
import type { MessageFacts } from "../mail/MessageFacts.ts"
import { type Fields, fieldsOf, parseJson } from "./Fields.ts"
import * as QueueId from "./QueueId.ts"

export const entryFormat = 1

/** A clock that can be wrong beside one that only counts: together they show that the first was moved. */
export interface ClockReading {
  readonly bootId: string
  /** Milliseconds since the machine started, time asleep included. */
  readonly uptimeMillis: number
}

export interface QueueEntry {
  readonly id: QueueId.QueueId
  /** Milliseconds since 1970, by the clock of that moment. */
  readonly acceptedAt: number
  readonly acceptedOn: ClockReading
  readonly userId: number
  readonly envelope: Envelope
  /** Name of the identity that sends it; absent: the one without a name. Never a credential. */
  readonly identity?: string
  readonly messageId?: string
  /** The command line, word by word, as it was given. */
  readonly argv: ReadonlyArray<string>
  /** Of wire header and body together. */
  readonly facts: MessageFacts
  /** The entry whose fate this message reports. */
  readonly parent?: QueueId.QueueId
}

/** It tells of another message, or is one of the kind: whoever gets it back would have nobody to tell. */
export const isReport = ({ envelope, parent }: QueueEntry): boolean =>
  parent !== undefined || envelope.reversePath === ""

/** Where the parts of the message lie; the body is what `facts.sizeBytes` leaves after the wire header. */
export interface HeaderSizes {
  readonly wireBytes: number
  /** 0: no recipient needs the local rendering, and none is kept. */
  readonly localBytes: number
}

export interface EntryHead {
  readonly entry: QueueEntry
  readonly sizes: HeaderSizes
}

/** The first line, newline included. */
export const encodeHead = ({ entry, sizes }: EntryHead): string =>
  `${JSON.stringify({ format: entryFormat, ...entry, headers: sizes })}\n`

const notifyOn: ReadonlyArray<NotifyOn> = ["SUCCESS", "FAILURE", "DELAY"]

const readNotify = (fields: Fields): Notify =>
  fields.isText("notify")
    ? fields.oneOf<"NEVER">("notify", ["NEVER"], "NEVER")
    : fields.someOf("notify", notifyOn)

const readRecipient = (fields: Fields): Recipient => ({
  mailbox: Mailbox(fields.text("mailbox")),
  route: fields.oneOf("route", ["relay", "mda"], "relay"),
  ...(fields.has("notify") && { notify: readNotify(fields) }),
  ...(fields.has("originalRecipient") && { originalRecipient: fields.text("originalRecipient") })
})

const bodyTypes: ReadonlyArray<BodyType> = ["7BIT", "8BITMIME"]

const readEnvelope = (fields: Fields): Envelope => {
  const reversePath = fields.text("reversePath")
  return {
    reversePath: reversePath === nullSender ? nullSender : Mailbox(reversePath),
    recipients: fields.objects("recipients").map(readRecipient),
    ...(fields.has("ret") && { ret: fields.oneOf("ret", ["FULL", "HDRS"], "HDRS") }),
    ...(fields.has("envid") && { envid: fields.text("envid") }),
    ...(fields.has("body") && { body: fields.oneOf("body", bodyTypes, "7BIT") })
  }
}

const readFacts = (fields: Fields): MessageFacts => ({
  sizeBytes: fields.integer("sizeBytes"),
  hasEightBitHeader: fields.flag("hasEightBitHeader"),
  hasEightBitBody: fields.flag("hasEightBitBody"),
  longestLineBytes: fields.integer("longestLineBytes"),
  nulsDropped: fields.integer("nulsDropped")
})

const noId = QueueId.make(0, new Uint8Array(QueueId.randomOctets))

const readId = (fields: Fields, name: string): QueueId.QueueId =>
  Option.getOrElse(QueueId.parse(fields.text(name)), () => noId)

const readHead = (fields: Fields): EntryHead => {
  const clock = fields.object("acceptedOn")
  const headers = fields.object("headers")
  return {
    entry: {
      id: readId(fields, "id"),
      acceptedAt: fields.integer("acceptedAt"),
      acceptedOn: { bootId: clock.text("bootId"), uptimeMillis: clock.integer("uptimeMillis") },
      userId: fields.integer("userId"),
      envelope: readEnvelope(fields.object("envelope")),
      ...(fields.has("identity") && { identity: fields.text("identity") }),
      ...(fields.has("messageId") && { messageId: fields.text("messageId") }),
      argv: fields.texts("argv"),
      facts: readFacts(fields.object("facts")),
      ...(fields.has("parent") && { parent: readId(fields, "parent") })
    },
    sizes: { wireBytes: headers.integer("wireBytes"), localBytes: headers.integer("localBytes") }
  }
}

const judged = (fields: Fields): Either.Either<EntryHead, string> => {
  const format = fields.integer("format")
  const unreadable = fields.problem()
  if (unreadable !== undefined) return Either.left(unreadable)
  if (format !== entryFormat) return Either.left(`format ${format} is not known`)
  const head = readHead(fields)
  const problem = fields.complete()
  if (problem !== undefined) return Either.left(problem)
  const { envelope, id, facts } = head.entry
  if (id === noId) return Either.left("id: not the id of an entry")
  if (envelope.recipients.length === 0) return Either.left("envelope.recipients: empty")
  if (envelope.recipients.some(({ mailbox }) => mailbox === "")) return Either.left("mailbox: empty")
  if (head.sizes.wireBytes > facts.sizeBytes)
    return Either.left("headers.wireBytes: more than the message has")
  return Either.right(head)
}

/** `line` without its newline. Left says in a few words what is wrong. */
export const decodeHead = (line: string): Either.Either<EntryHead, string> =>
  judged(fieldsOf(parseJson(line)))

/** Octets of everything before the trailer, for a head line of `headLineBytes` octets (newline included). */
export const contentBytes = (headLineBytes: number, head: EntryHead): number =>
  headLineBytes + head.sizes.localBytes + head.entry.facts.sizeBytes

export interface Trailer {
  readonly contentBytes: number
  /** 64 lower-case hex digits. */
  readonly sha256: string
}

export const encodeTrailer = ({ contentBytes: octets, sha256 }: Trailer): string =>
  `\nEND ${octets} ${sha256}\n`

const trailerShape = /\nEND (0|[1-9][0-9]{0,15}) ([0-9a-f]{64})\n$/

/** `end`: the last octets of a file of `fileBytes`, read as Latin-1. */
export const decodeTrailer = (end: string, fileBytes: number): Either.Either<Trailer, string> => {
  const [whole, octets, sha256] = trailerShape.exec(end) ?? []
  if (whole === undefined || octets === undefined || sha256 === undefined) return Either.left("no end mark")
  const trailer = { contentBytes: Number(octets), sha256 }
  return trailer.contentBytes + whole.length === fileBytes
    ? Either.right(trailer)
    : Either.left(`end mark is for ${octets} octets, the file has ${fileBytes - whole.length}`)
}
