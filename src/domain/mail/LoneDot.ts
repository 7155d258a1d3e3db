/**
 * Finds the line that ends a message typed at a terminal: one dot, nothing else.
 *
 * Source: sendmail(8), mailx(1) (`-i`: don't stop there).
 */

/** What the line read so far consists of. */
type Line = "empty" | "dot" | "dot, CR" | "other"

export interface LoneDot {
  readonly line: Line
}

export interface LoneDotStep {
  readonly state: LoneDot
  /** Of the message. A dot that may turn out to be the end is kept back. */
  readonly octets: Uint8Array
  readonly isEnd: boolean
}

export const initial: LoneDot = { line: "empty" }

const cr = 0x0d
const lf = 0x0a
const dot = 0x2e

const heldBack: Readonly<Record<Line, ReadonlyArray<number>>> = {
  empty: [],
  dot: [dot],
  "dot, CR": [dot, cr],
  other: []
}

const after = (line: Line, octet: number): Line => {
  if (octet === lf) return "empty"
  if (line === "empty" && octet === dot) return "dot"
  return line === "dot" && octet === cr ? "dot, CR" : "other"
}

export const step = (state: LoneDot, chunk: Uint8Array): LoneDotStep => {
  const held = heldBack[state.line]
  const whole = new Uint8Array(held.length + chunk.length)
  whole.set(held)
  whole.set(chunk, held.length)
  let line: Line = state.line === "other" ? "other" : "empty"
  let lineStart = 0
  for (const [at, octet] of whole.entries()) {
    if (octet === lf && (line === "dot" || line === "dot, CR")) {
      return { state: initial, octets: whole.subarray(0, lineStart), isEnd: true }
    }
    line = after(line, octet)
    if (octet === lf) lineStart = at + 1
  }
  const isHeld = line === "dot" || line === "dot, CR"
  return { state: { line }, octets: isHeld ? whole.subarray(0, lineStart) : whole, isEnd: false }
}

/** What was kept back when the input ended by itself. */
export const finish = (state: LoneDot): Uint8Array => Uint8Array.from(heldBack[state.line])
