/**
 * The journal of a queue entry: records that are only ever appended, each proving itself whole.
 *
 *     <octets of json> <crc32c of json, 8 hex digits> <json>\n
 *
 * A torn record at the end is what a crash leaves: it is ignored and cut off before the next append. A bad record with a
 * good one behind it is damage: whoever was served can't be known any more, so the entry is moved aside.
 */
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import { printable } from "../telemetry/Printable.ts"
import { crc32c } from "./Crc32c.ts"
import { type Fields, fieldsOf, parseJson } from "./Fields.ts"
import * as Limits from "./Limits.ts"
import * as QueueId from "./QueueId.ts"
import type { Ruling, Verdict } from "./Verdict.ts"

export type JournalRecord =
  /** A try begins; written before the connection is. `nextAttemptAt` holds if nothing else is ever heard of it. */
  | { readonly type: "attempt"; readonly at: number; readonly nextAttemptAt: number }
  | { readonly type: "result"; readonly at: number; readonly ruling: Ruling }
  /** When to try again, and why not sooner. */
  | {
      readonly type: "deferred"
      readonly at: number
      readonly nextAttemptAt: number
      readonly reason: string
    }
  | { readonly type: "held"; readonly at: number }
  | { readonly type: "released"; readonly at: number }
  /** Somebody wants another try now. */
  | { readonly type: "retry"; readonly at: number }
  /** A report on these recipients: begun (about to be committed to the queue), or committed. */
  | {
      readonly type: "report"
      readonly at: number
      readonly id: QueueId.QueueId
      readonly kind: QueueId.ChildKind
      readonly recipients: ReadonlyArray<number>
      readonly committed: boolean
    }
  /** Failed recipients of whom nobody wants a report (NOTIFY=NEVER). */
  | {
      readonly type: "settled"
      readonly at: number
      readonly recipients: ReadonlyArray<number>
      readonly reason: string
    }
  /** Its owner does not want it sent. */
  | { readonly type: "removed"; readonly at: number }
  /** Neither deliverable nor returnable. */
  | { readonly type: "buried"; readonly at: number; readonly reason: string }

const utf8 = new TextEncoder()
const fromUtf8 = new TextDecoder("utf-8", { fatal: false })

const short = (text: string): string => {
  let cut = printable(text, Limits.recordTextCharacters)
  while (utf8.encode(cut).length > 2 * Limits.recordTextCharacters)
    cut = cut.slice(0, Math.floor(cut.length / 2))
  return cut
}

const withoutExcess = (record: JournalRecord): ReadonlyArray<JournalRecord> => {
  const slices = (positions: ReadonlyArray<number>) =>
    Array.from({ length: Math.max(1, Math.ceil(positions.length / Limits.recordPositions)) }, (_, index) =>
      positions.slice(index * Limits.recordPositions, (index + 1) * Limits.recordPositions)
    )
  switch (record.type) {
    case "result": {
      const { verdict: full } = record.ruling
      const relay = full.relay === undefined ? {} : { relay: short(full.relay) }
      const diagnostic = full.diagnostic === undefined ? {} : { diagnostic: short(full.diagnostic) }
      const verdict = { ...full, text: short(full.text), ...relay, ...diagnostic }
      return slices(record.ruling.recipients).map((recipients) => ({
        ...record,
        ruling: { recipients, verdict }
      }))
    }
    case "settled":
      return slices(record.recipients).map((recipients) => ({
        ...record,
        recipients,
        reason: short(record.reason)
      }))
    case "report":
      return slices(record.recipients).map((recipients) => ({ ...record, recipients }))
    case "deferred":
    case "buried":
      return [{ ...record, reason: short(record.reason) }]
    default:
      return [record]
  }
}

const encodeOne = (record: JournalRecord): Uint8Array => {
  const json = utf8.encode(JSON.stringify(record))
  const prefix = utf8.encode(`${json.length} ${crc32c(json).toString(16).padStart(8, "0")} `)
  const line = new Uint8Array(prefix.length + json.length + 1)
  line.set(prefix)
  line.set(json, prefix.length)
  line[line.length - 1] = 0x0a
  return line
}

/** One element a record in the file; a record for very many recipients becomes several. */
export const encode = (record: JournalRecord): ReadonlyArray<Uint8Array> =>
  withoutExcess(record).map(encodeOne)

const statuses: ReadonlyArray<Verdict["status"]> = ["delivered", "deferred", "failed"]
const kinds: ReadonlyArray<QueueId.ChildKind> = ["bounce", "delay", "relayed"]

const readVerdict = (fields: Fields): Verdict => ({
  status: fields.oneOf("status", statuses, "deferred"),
  text: fields.text("text"),
  by: fields.oneOf("by", ["smtp", "local"], "local"),
  ...(fields.has("enhanced") && { enhanced: fields.text("enhanced") }),
  ...(fields.has("diagnostic") && { diagnostic: fields.text("diagnostic") }),
  ...(fields.has("relay") && { relay: fields.text("relay") }),
  ...(fields.has("possibleDuplicate") && { possibleDuplicate: fields.flag("possibleDuplicate") })
})

const readReport = (fields: Fields, at: number): JournalRecord | undefined => {
  const id = QueueId.parse(fields.text("id"))
  return Option.isNone(id)
    ? undefined
    : {
        type: "report",
        at,
        id: id.value,
        kind: fields.oneOf("kind", kinds, "bounce"),
        recipients: fields.integers("recipients", Number.MAX_SAFE_INTEGER),
        committed: fields.flag("committed")
      }
}

const readRecord = (fields: Fields): JournalRecord | undefined => {
  const at = fields.integer("at")
  const type = fields.text("type")
  switch (type) {
    case "held":
    case "released":
    case "retry":
    case "removed":
      return { type, at }
    case "attempt":
      return { type, at, nextAttemptAt: fields.integer("nextAttemptAt") }
    case "deferred":
      return { type, at, nextAttemptAt: fields.integer("nextAttemptAt"), reason: fields.text("reason") }
    case "buried":
      return { type, at, reason: fields.text("reason") }
    case "settled": {
      const recipients = fields.integers("recipients", Number.MAX_SAFE_INTEGER)
      return { type, at, recipients, reason: fields.text("reason") }
    }
    case "report":
      return readReport(fields, at)
    case "result": {
      const ruling = fields.object("ruling")
      const recipients = ruling.integers("recipients", Number.MAX_SAFE_INTEGER)
      return { type, at, ruling: { recipients, verdict: readVerdict(ruling.object("verdict")) } }
    }
    default:
      return undefined
  }
}

const prefixShape = /^([1-9][0-9]{0,3}) ([0-9a-f]{8}) /

/** Octets that prove themselves whole, whether or not they make sense. */
interface Framed {
  readonly json: Uint8Array
  readonly end: number
}

const framedAt = (octets: Uint8Array, start: number): Framed | undefined => {
  const prefix = prefixShape.exec(fromUtf8.decode(octets.subarray(start, start + 16)))
  if (prefix === null) return undefined
  const from = start + prefix[0].length
  const end = from + Number(prefix[1])
  if (end >= octets.length || octets[end] !== 0x0a) return undefined
  const json = octets.subarray(from, end)
  return crc32c(json) === Number.parseInt(prefix[2] ?? "", 16) ? { json, end: end + 1 } : undefined
}

const decodeRecord = (json: Uint8Array): JournalRecord | undefined => {
  const fields = fieldsOf(parseJson(fromUtf8.decode(json)))
  const record = readRecord(fields)
  return fields.complete() === undefined ? record : undefined
}

const anyRecordAfter = (octets: Uint8Array, start: number): boolean => {
  for (let at = octets.indexOf(0x0a, start); at !== -1; at = octets.indexOf(0x0a, at + 1)) {
    if (framedAt(octets, at + 1) !== undefined) return true
  }
  return false
}

export interface Journal {
  readonly records: ReadonlyArray<JournalRecord>
  /** Octets up to the end of the last good record; what lies behind is a torn append. */
  readonly goodBytes: number
}

/** Left: damaged in the middle, by what stands at this octet. */
export const decode = (octets: Uint8Array): Either.Either<Journal, string> => {
  const records: Array<JournalRecord> = []
  let at = 0
  while (at < octets.length) {
    const framed = framedAt(octets, at)
    if (framed === undefined) {
      return anyRecordAfter(octets, at)
        ? Either.left(`journal damaged at octet ${at}`)
        : Either.right({ records, goodBytes: at })
    }
    const record = decodeRecord(framed.json)
    if (record === undefined) return Either.left(`journal record at octet ${at} is not known`)
    records.push(record)
    at = framed.end
  }
  return Either.right({ records, goodBytes: at })
}
