/**
 * Gives the octets of a body canonical line ends, and learns what an envelope must say of them, in one pass.
 *
 * LF, CRLF and a CR that stands alone each become CRLF; NUL is dropped; a last line gets its end. What comes out is empty or
 * ends with CRLF, and holds CR and LF in no other company (so no sequence of `\n.\r` and its kin survives).
 * Source: RFC 5321 §2.3.8 (CR and LF never apart), §4.1.1.4; esmtp: message.c `message_read`, which keeps a lone CR.
 */
import type { MessageFacts } from "./MessageFacts.ts"

export interface LineEnds {
  /** The last octet was a CR; its line has ended, and a LF that follows adds nothing. */
  readonly isAfterCr: boolean
  /** Octets of the line that has not ended. */
  readonly lineBytes: number
  /** Of lines that have ended. */
  readonly longestLineBytes: number
  readonly sizeBytes: number
  readonly hasEightBit: boolean
  readonly nulsDropped: number
}

export interface LineEndsStep {
  readonly state: LineEnds
  /** Perhaps empty. The chunk itself where that is canonical already, else a part of `room`. */
  readonly octets: Uint8Array
}

export const initial: LineEnds = {
  isAfterCr: false,
  lineBytes: 0,
  longestLineBytes: 0,
  sizeBytes: 0,
  hasEightBit: false,
  nulsDropped: 0
}

const cr = 0x0d
const lf = 0x0a

/** Whether none of four octets is below 0x0e: no CR, LF or NUL among them. */
const isPlain = (word: number): boolean => ((word - 0x0e0e0e0e) & ~word & 0x80808080) === 0

const viewOf = (octets: Uint8Array): DataView =>
  new DataView(octets.buffer, octets.byteOffset, octets.byteLength)

/** What both passes keep count of; `lineStart` is an index, negative when the line began in an earlier chunk. */
interface Tally {
  lineStart: number
  longest: number
  /** All octets that passed, or-ed, four side by side. */
  signs: number
  nuls: number
  isAfterCr: boolean
}

/** The first octet that is not canonical, or the length. */
const canonicalUntil = (source: DataView, tally: Tally): number => {
  const end = source.byteLength
  let { lineStart, longest, signs } = tally
  let at = 0
  scan: while (at < end) {
    if (at + 4 <= end) {
      const word = source.getInt32(at)
      if (isPlain(word)) {
        signs |= word
        at += 4
        continue
      }
    }
    const stop = Math.min(at + 4, end)
    while (at < stop) {
      const octet = source.getUint8(at)
      if (octet === cr && at + 1 < end && source.getUint8(at + 1) === lf) {
        if (at - lineStart > longest) longest = at - lineStart
        at += 2
        lineStart = at
      } else if (octet === cr || octet === lf || octet === 0) break scan
      else {
        signs |= octet
        at++
      }
    }
  }
  tally.lineStart = lineStart
  tally.longest = longest
  tally.signs = signs
  return at
}

/** Copies to the same index from `from` on, mending what is not canonical; returns where the next octet would go. */
const mend = (source: DataView, from: number, target: DataView, tally: Tally): number => {
  const end = source.byteLength
  let { lineStart, longest, signs, nuls, isAfterCr } = tally
  let at = from
  let out = from
  while (at < end) {
    if (at + 4 <= end) {
      const word = source.getInt32(at)
      if (isPlain(word)) {
        isAfterCr = false
        signs |= word
        target.setInt32(out, word)
        at += 4
        out += 4
        continue
      }
    }
    for (const stop = Math.min(at + 4, end); at < stop; at++) {
      const octet = source.getUint8(at)
      if (octet === 0) nuls++
      else if (octet !== cr && octet !== lf) {
        isAfterCr = false
        signs |= octet
        target.setUint8(out++, octet)
      } else {
        if (octet === cr || !isAfterCr) {
          if (out - lineStart > longest) longest = out - lineStart
          target.setUint8(out++, cr)
          target.setUint8(out++, lf)
          lineStart = out
        }
        isAfterCr = octet === cr
      }
    }
  }
  tally.lineStart = lineStart
  tally.longest = longest
  tally.signs = signs
  tally.nuls = nuls
  tally.isAfterCr = isAfterCr
  return out
}

const isEightBit = (tally: Tally): boolean => (tally.signs & 0x80808080) !== 0

/** Octets that a chunk may need at worst, if each of its own is a LF. */
export const roomBytes = (chunk: Uint8Array): number => 2 * chunk.length

/** `room`: where a chunk is mended, at least `roomBytes` long; who passes the same to several steps saves memory. */
export const step = (
  state: LineEnds,
  chunk: Uint8Array,
  room: Uint8Array = new Uint8Array(roomBytes(chunk))
): LineEndsStep => {
  const source = viewOf(chunk)
  const tally: Tally = {
    lineStart: -state.lineBytes,
    longest: state.longestLineBytes,
    signs: 0,
    nuls: state.nulsDropped,
    isAfterCr: false
  }
  const clean = canonicalUntil(source, tally)
  let octets = chunk
  if (clean < chunk.length) {
    tally.isAfterCr = state.isAfterCr && clean === 0
    room.set(chunk.subarray(0, clean))
    octets = room.subarray(0, mend(source, clean, viewOf(room), tally))
  }
  return {
    state: {
      isAfterCr: chunk.length === 0 ? state.isAfterCr : tally.isAfterCr,
      lineBytes: octets.length - tally.lineStart,
      longestLineBytes: tally.longest,
      sizeBytes: state.sizeBytes + octets.length,
      hasEightBit: state.hasEightBit || isEightBit(tally),
      nulsDropped: tally.nuls
    },
    octets
  }
}

const lineEnd = Uint8Array.of(cr, lf)

/** Ends the last line where nothing did. */
export const finish = (state: LineEnds): LineEndsStep =>
  state.lineBytes === 0 ? { state, octets: new Uint8Array(0) } : step(state, lineEnd)

/** Of a body that is finished. */
export const bodyFacts = (state: LineEnds): MessageFacts => ({
  sizeBytes: state.sizeBytes,
  hasEightBitHeader: false,
  hasEightBitBody: state.hasEightBit,
  longestLineBytes: state.longestLineBytes,
  nulsDropped: state.nulsDropped
})
