/**
 * What `mailq` shows of an entry, as a person and as a program reads it.
 *
 * Source: Postfix showq(8), esmtp: esmtp-wrapper (last line). Deviation: age, reason and next try stand in words.
 */
import { printable } from "../telemetry/Printable.ts"
import type { JournalState } from "./JournalState.ts"
import type { QueueEntry } from "./QueueEntry.ts"

/** `dead`: neither deliverable nor returnable. `bad`: damaged, or not put there by esmtp. */
export type ListingState = "queued" | "active" | "held" | "dead" | "bad"

/** An entry whose first line could be read. */
export interface KnownListing {
  readonly _tag: "Known"
  readonly state: ListingState
  readonly entry: QueueEntry
  readonly journal: JournalState
  /** Due at once: the moment of listing or earlier. */
  readonly nextAttemptAt: number
  readonly clockMoved: boolean
  /** Why it was moved aside, or can't be opened. */
  readonly problem?: string
}

/** One that could not, by whatever name it stands in the spool. */
export interface UnknownListing {
  readonly _tag: "Unknown"
  /** The name of the file, not necessarily an id. */
  readonly name: string
  readonly sizeBytes: number
  readonly arrivedAt: number
  readonly problem: string
}

export type QueueListing = KnownListing | UnknownListing

const iso = (millis: number): string =>
  new Date(Math.min(Math.max(millis, 0), 8_640_000_000_000_000)).toISOString()

/** `mailq --json`: see the manual for the meaning of each field. */
export interface ListingJson {
  readonly id: string
  readonly state: ListingState
  readonly sender: string | null
  readonly recipients: ReadonlyArray<{
    readonly address: string
    readonly status: "pending" | "delivered" | "failed"
    readonly reply?: string
  }>
  readonly size: number
  readonly arrivedAt: string
  readonly nextAttemptAt: string | null
  readonly attempts: number
  readonly lastError?: string
  readonly identity: string | null
  readonly messageId: string | null
}

const waits = (state: ListingState): boolean => state === "queued" || state === "active"

const knownJson = (listing: KnownListing): ListingJson => {
  const { entry, journal } = listing
  const lastError = listing.problem ?? journal.buried ?? journal.lastError
  return {
    id: entry.id,
    state: listing.state,
    sender: entry.envelope.reversePath,
    recipients: entry.envelope.recipients.map(({ mailbox }, position) => {
      const recipient = journal.recipients[position]
      return {
        address: mailbox,
        status: recipient?.status ?? "pending",
        ...(recipient?.last !== undefined && { reply: recipient.last.verdict.text })
      }
    }),
    size: entry.facts.sizeBytes,
    arrivedAt: iso(entry.acceptedAt),
    nextAttemptAt: waits(listing.state) ? iso(listing.nextAttemptAt) : null,
    attempts: journal.attemptsAt.length,
    ...(lastError !== undefined && { lastError }),
    identity: entry.identity ?? null,
    messageId: entry.messageId ?? null
  }
}

export const toJson = (listing: QueueListing): ListingJson =>
  listing._tag === "Known"
    ? knownJson(listing)
    : {
        id: listing.name,
        state: "bad",
        sender: null,
        recipients: [],
        size: listing.sizeBytes,
        arrivedAt: iso(listing.arrivedAt),
        nextAttemptAt: null,
        attempts: 0,
        lastError: listing.problem,
        identity: null,
        messageId: null
      }

/** JSON leaves C1 controls and bidi marks as they are; a terminal would obey them. */
const escapeUnprintable = (json: string): string =>
  json.replace(
    /[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`
  )

/** One line, without its newline. */
export const toJsonLine = (listing: QueueListing): string =>
  escapeUnprintable(JSON.stringify(toJson(listing)))

const units: ReadonlyArray<readonly [string, number]> = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1000]
]

/** `3d`, `4h`, `12m`, `7s`; the largest unit that fits, cut. */
const roughly = (millis: number): string => {
  const [name, size] = units.find(([, length]) => millis >= length) ?? ["s", 1000]
  return `${Math.floor(Math.max(0, millis) / size)}${name}`
}

export interface TextOptions {
  readonly now: number
  /** Minutes east of UTC at a moment. */
  readonly utcOffsetMinutes: (epochMillis: number) => number
}

const localTime = (millis: number, { utcOffsetMinutes }: TextOptions): string =>
  iso(millis + utcOffsetMinutes(millis) * 60_000)
    .slice(0, 16)
    .replace("T", " ")

const marks: Record<ListingState, string> = { queued: " ", active: "*", held: "!", dead: "#", bad: "?" }

const heading = "-Queue ID-                        --Size-- -Arrival Time---  -Age -Sender/Recipient-"

const indent = " ".repeat(heading.indexOf("-Sender"))

const firstLine = (
  id: string,
  state: ListingState,
  sizeBytes: number,
  arrivedAt: number,
  sender: string,
  options: TextOptions
): string => {
  const age = roughly(options.now - arrivedAt)
  const name = `${printable(id, 32)}${marks[state]}`.padEnd(33)
  return `${name} ${String(sizeBytes).padStart(8)} ${localTime(arrivedAt, options)} ${age.padStart(5)} ${sender}`
}

const whatNext = (listing: KnownListing, { now }: TextOptions): string => {
  switch (listing.state) {
    case "active":
      return "being delivered"
    case "held":
      return "held"
    case "dead":
      return "dead: neither deliverable nor returnable"
    case "bad":
      return "moved aside: damaged"
    case "queued":
      return listing.nextAttemptAt < now + 1000
        ? "due now"
        : `next try in ${roughly(listing.nextAttemptAt - now)}`
  }
}

const stateLine = (listing: KnownListing, options: TextOptions): string => {
  const { journal } = listing
  const tries = journal.attemptsAt.length
  const why = listing.problem ?? journal.buried ?? journal.lastError
  const parts = [
    ...(why === undefined ? [] : [printable(why)]),
    whatNext(listing, options),
    ...(tries === 0 ? [] : [tries === 1 ? "1 try" : `${tries} tries`]),
    ...(listing.clockMoved ? ["clock moved"] : []),
    ...(journal.recipients.some(({ mayHaveDuplicate }) => mayHaveDuplicate) ? ["possible duplicate"] : [])
  ]
  return `(${parts.join("; ")})`
}

const knownText = (listing: KnownListing, options: TextOptions): ReadonlyArray<string> => {
  const { entry, journal } = listing
  const { recipients, reversePath } = entry.envelope
  const sender = reversePath === "" ? "<>" : printable(reversePath)
  return [
    firstLine(entry.id, listing.state, entry.facts.sizeBytes, entry.acceptedAt, sender, options),
    stateLine(listing, options),
    ...recipients.map(({ mailbox }, position) => {
      const status = journal.recipients[position]?.status ?? "pending"
      return `${indent}${printable(mailbox)}${status === "pending" ? "" : ` (${status})`}`
    })
  ]
}

const unknownText = (listing: UnknownListing, options: TextOptions): ReadonlyArray<string> => [
  firstLine(listing.name, "bad", listing.sizeBytes, listing.arrivedAt, "-", options),
  `(${printable(listing.problem)})`
]

export const emptyText = "Mail queue is empty"

/** Before the first entry. */
export const headingText = `${heading}\n(* being delivered, ! held, # dead, ? damaged)`

/** The lines of one entry, with the empty line after it. */
export const toText = (listing: QueueListing, options: TextOptions): string =>
  `${(listing._tag === "Known" ? knownText(listing, options) : unknownText(listing, options)).join("\n")}\n`

/** Whether an entry still counts as mail to deliver. */
export const isToDeliver = (listing: QueueListing): boolean =>
  listing._tag === "Known" && listing.state !== "dead" && listing.state !== "bad"

/** After the last entry; `toDeliver` entries of `isToDeliver`. */
export const closingText = (toDeliver: number): string => `${toDeliver} mails to deliver`
