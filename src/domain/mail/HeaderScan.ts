/**
 * Finds where the header ends, chunk by chunk, looking at each octet once.
 *
 * Source: RFC 5322 §2.1 (an empty line ends the header), §2.2 (what a field is), §4.5 (blanks before the colon).
 * Deviations: a line that is neither a field nor the continuation of one ends the header too, and begins the body, as in
 * Postfix (in C esmtp it passes as a field; but a relay will not take it for one, and what follows would change meaning on
 * the way); lines `From ` and `>From ` of mailbox files in front belong to the header, and are no fields of it.
 */
import { fromBytes } from "./ByteString.ts"
import * as Limits from "./Limits.ts"

type Place =
  | "line start"
  /** A CR began the line: it is empty if a LF follows, and begins with a blank if not. */
  | "CR at line start"
  | "name"
  | "after name"
  | "value"
  | "mailbox line"

/** The line being read, and what came before. */
interface Line {
  readonly place: Place
  /** Index in the octets of all parts. */
  readonly start: number
  /** The beginning of the name. */
  readonly name: string
  readonly nameBytes: number
  /** How many began so far. */
  readonly fields: number
}

/** The chunks so far, the last one first: adding one takes the same time however many there are. */
interface Parts {
  readonly chunk: Uint8Array
  readonly before: Parts | undefined
}

export interface HeaderScan {
  readonly parts: Parts | undefined
  /** Of all parts. */
  readonly sizeBytes: number
  readonly line: Line
}

export type HeaderEnd =
  /** `header` is without the empty line; `rest` is what came of the body. Octets as they were read. */
  | { readonly _tag: "Ended"; readonly header: Uint8Array; readonly rest: Uint8Array }
  | { readonly _tag: "TooLarge" }

export type HeaderScanned = { readonly _tag: "Open"; readonly scan: HeaderScan } | HeaderEnd

const lineAt = (start: number, fields: number): Line => ({
  place: "line start",
  start,
  name: "",
  nameBytes: 0,
  fields
})

export const initial: HeaderScan = { parts: undefined, sizeBytes: 0, line: lineAt(0, 0) }

const cr = 0x0d
const lf = 0x0a
const colon = 0x3a

const isBlank = (octet: number): boolean => octet === 0x20 || octet === 0x09 || octet === cr
const isOfName = (octet: number): boolean => octet > 0x20 && octet < 0x7f && octet !== colon

/** What an octet makes of its line: what comes next there, the empty line, or no line of a header. */
const verdict = ({ place, name, fields }: Line, octet: number): Place | "empty" | "none" => {
  switch (place) {
    case "line start":
    case "CR at line start":
      if (octet === lf) return "empty"
      if (octet === cr && place === "line start") return "CR at line start"
      if (isBlank(octet) || place === "CR at line start") return fields > 0 ? "value" : "none"
      return isOfName(octet) ? "name" : "none"
    case "name":
      if (octet === colon) return "value"
      if (isBlank(octet)) return "after name"
      return "none"
    case "after name":
      if (octet === colon) return "value"
      if (isBlank(octet)) return "after name"
      return fields === 0 && (name === "From" || name === ">From") ? "mailbox line" : "none"
    default:
      return place
  }
}

const isFieldBegun = ({ place }: Line, next: Place): boolean =>
  next === "value" && (place === "name" || place === "after name")

/** Enough to tell `>From`. */
const keptNameCharacters = 6

/** The name goes on up to `end`. */
const withName = (line: Line, octets: Uint8Array): Line => ({
  ...line,
  name: (line.name + fromBytes(octets.subarray(0, keptNameCharacters))).slice(0, keptNameCharacters),
  nameBytes: line.nameBytes + octets.length
})

const endOfName = (chunk: Uint8Array, from: number): number => {
  let at = from
  while (at < chunk.length && isOfName(chunk[at] ?? 0)) at++
  return at
}

interface Boundary {
  readonly headerEnd: number
  readonly bodyStart: number
}

interface Scanned {
  readonly line: Line
  readonly boundary?: Boundary
}

/** `base`: index of the chunk's first octet among all. */
const scanChunk = (from: Line, chunk: Uint8Array, base: number): Scanned => {
  let line = from
  let at = 0
  while (at < chunk.length) {
    if (line.place === "value" || line.place === "mailbox line") {
      const end = chunk.indexOf(lf, at)
      if (end < 0) break
      at = end + 1
      line = lineAt(base + at, line.fields)
      continue
    }
    if (line.place === "name") {
      const end = endOfName(chunk, at)
      if (end > at) line = withName(line, chunk.subarray(at, end))
      at = end
      if (line.nameBytes > Limits.fieldNameBytes) {
        return { line, boundary: { headerEnd: line.start, bodyStart: line.start } }
      }
    }
    const octet = chunk[at]
    // NUL is dropped when the header is read.
    if (octet === 0) at++
    if (octet === 0 || octet === undefined) continue
    const place = verdict(line, octet)
    if (place === "empty") return { line, boundary: { headerEnd: line.start, bodyStart: base + at + 1 } }
    if (place === "none") return { line, boundary: { headerEnd: line.start, bodyStart: line.start } }
    line = { ...line, place, fields: line.fields + (isFieldBegun(line, place) ? 1 : 0) }
    // What begins a name belongs to it, and the LF that ends a mailbox line may be this octet.
    if (place !== "name" && place !== "mailbox line") at++
  }
  return { line }
}

const joined = ({ parts, sizeBytes }: HeaderScan): Uint8Array => {
  if (parts !== undefined && parts.before === undefined) return parts.chunk
  const whole = new Uint8Array(sizeBytes)
  let end = sizeBytes
  for (let part = parts; part !== undefined; part = part.before) {
    end -= part.chunk.length
    whole.set(part.chunk, end)
  }
  return whole
}

/**
 * A text may begin with the word From: without a field after it, such a line is taken for one of a mailbox file only if
 * it tells a time.
 */
const isProse = (header: Uint8Array): boolean =>
  fromBytes(header)
    .split("\n")
    .some((line) => line !== "" && !/[0-9]:[0-9]{2}/.test(line))

const ended = (scan: HeaderScan, { headerEnd, bodyStart }: Boundary): HeaderEnd => {
  if (headerEnd > Limits.headerBlockBytes || scan.line.fields > Limits.headerFields)
    return { _tag: "TooLarge" }
  const whole = joined(scan)
  const header = whole.subarray(0, headerEnd)
  return scan.line.fields === 0 && isProse(header)
    ? { _tag: "Ended", header: new Uint8Array(0), rest: whole }
    : { _tag: "Ended", header, rest: whole.subarray(bodyStart) }
}

export const step = (scan: HeaderScan, chunk: Uint8Array): HeaderScanned => {
  const { line, boundary } = scanChunk(scan.line, chunk, scan.sizeBytes)
  const more: HeaderScan = {
    parts: { chunk, before: scan.parts },
    sizeBytes: scan.sizeBytes + chunk.length,
    line
  }
  if (boundary !== undefined) return ended(more, boundary)
  const isTooLarge = more.sizeBytes > Limits.headerBlockBytes || line.fields > Limits.headerFields
  return isTooLarge ? { _tag: "TooLarge" } : { _tag: "Open", scan: more }
}

/** The input ended, and no empty line came. */
export const finish = (scan: HeaderScan): HeaderEnd => {
  const { place, start } = scan.line
  const end = place === "name" || place === "after name" ? start : scan.sizeBytes
  return ended(scan, { headerEnd: end, bodyStart: end })
}
