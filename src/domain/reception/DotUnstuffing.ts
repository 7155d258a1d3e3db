/**
 * Finds the end of a message among SMTP commands, and takes away the dots that were doubled for the way.
 *
 * Source: RFC 5321 §4.5.2. Only the line end that the client itself uses begins a line here: where commands end with
 * CRLF, a dot between bare line feeds is text (CVE-2023-51764 and its kin).
 */

export type LineEnd = "CRLF" | "LF"

/** Where in its line the next octet stands; after `dot, CR` neither of the two has been given out. */
type Place = "start" | "dot" | "dot, CR" | "middle"

export interface DotUnstuffing {
  readonly lineEnd: LineEnd
  readonly place: Place
  /** The octet before was a CR. */
  readonly isAfterCr: boolean
}

export interface DotUnstuffingStep {
  readonly state: DotUnstuffing
  /** Of the message, in order; parts of the chunk. */
  readonly pieces: ReadonlyArray<Uint8Array>
  /** Present: the message ended, and this comes after it. */
  readonly rest?: Uint8Array
}

export const start = (lineEnd: LineEnd): DotUnstuffing => ({ lineEnd, place: "start", isAfterCr: false })

const cr = 0x0d
const lf = 0x0a
const dot = 0x2e

const loneCr = Uint8Array.of(cr)

/** Walks over one chunk. `from`: what is before it has been given out, or is none of the message. */
class Walk {
  readonly state: DotUnstuffing
  readonly chunk: Uint8Array
  readonly pieces: Array<Uint8Array> = []
  place: Place
  at = 0
  from = 0

  constructor(state: DotUnstuffing, chunk: Uint8Array) {
    this.state = state
    this.chunk = chunk
    this.place = state.place
  }

  give(until: number): void {
    if (until > this.from) this.pieces.push(this.chunk.subarray(this.from, until))
  }

  /** Whether a line ends with the line feed at `index`. */
  endsLine(index: number): boolean {
    if (this.state.lineEnd === "LF") return true
    return index === 0 ? this.state.isAfterCr : this.chunk[index - 1] === cr
  }
}

const atStart = (walk: Walk): void => {
  if (walk.chunk[walk.at] === dot) {
    walk.give(walk.at)
    walk.at++
    walk.from = walk.at
    walk.place = "dot"
  } else walk.place = "middle"
}

/** Whether that was the end. */
const afterDot = (walk: Walk): boolean => {
  const octet = walk.chunk[walk.at]
  if (octet === lf && walk.state.lineEnd === "LF") return true
  if (octet === cr && walk.state.lineEnd === "CRLF") {
    walk.at++
    walk.place = "dot, CR"
  } else walk.place = "middle"
  return false
}

const afterDotCr = (walk: Walk): boolean => {
  if (walk.chunk[walk.at] === lf) return true
  // It came with the chunk before.
  if (walk.at === 0) walk.pieces.push(loneCr)
  walk.place = "middle"
  return false
}

const inMiddle = (walk: Walk): void => {
  const found = walk.chunk.indexOf(lf, walk.at)
  walk.at = found < 0 ? walk.chunk.length : found + 1
  if (found >= 0 && walk.endsLine(found)) walk.place = "start"
}

/** Whether the message ends with the octet at `walk.at`. */
const advance = (walk: Walk): boolean => {
  switch (walk.place) {
    case "start":
      atStart(walk)
      return false
    case "dot":
      return afterDot(walk)
    case "dot, CR":
      return afterDotCr(walk)
    case "middle":
      inMiddle(walk)
      return false
  }
}

export const step = (state: DotUnstuffing, chunk: Uint8Array): DotUnstuffingStep => {
  if (chunk.length === 0) return { state, pieces: [] }
  const walk = new Walk(state, chunk)
  while (walk.at < chunk.length) {
    if (!advance(walk)) continue
    return { state, pieces: walk.pieces, rest: chunk.subarray(walk.at + 1) }
  }
  if (walk.place !== "dot, CR") walk.give(chunk.length)
  const isAfterCr = chunk[chunk.length - 1] === cr
  return { state: { ...state, place: walk.place, isAfterCr }, pieces: walk.pieces }
}
