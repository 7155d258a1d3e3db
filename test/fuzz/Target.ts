/** What a fuzzer throws inputs at, and what may not come of it. */
import { strict as assert } from "node:assert"

export interface Target {
  readonly name: string
  /** Where the corpus begins. */
  readonly seeds: ReadonlyArray<string>
  /** Throws if a rule is broken, or if the code does. */
  readonly check: (input: Uint8Array) => void
}

/** Octets as characters, U+0000 to U+00FF. */
export const toText = (octets: Uint8Array): string => Buffer.from(octets).toString("latin1")

export const toOctets = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, "latin1"))

/** As a file or a command line is read. */
export const toUtf8 = (octets: Uint8Array): string => Buffer.from(octets).toString("utf8")

/** `octets` in pieces whose sizes follow from their content, so that each input has its own. */
export const piecesOf = (octets: Uint8Array): ReadonlyArray<Uint8Array> => {
  const pieces: Array<Uint8Array> = []
  let at = 0
  while (at < octets.length) {
    const size = 1 + (((octets[at] ?? 0) * 7 + at) % 13)
    pieces.push(octets.subarray(at, at + size))
    at += size
  }
  return pieces
}

/** No line end, no NUL, no other C0 control, no DEL. */
export const assertOneLine = (text: string, what: string): void => {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it looks for.
  const found = /[\x00-\x1f\x7f]/.exec(text)
  if (found !== null) assert.fail(`${what} holds a control character: ${JSON.stringify(text.slice(0, 300))}`)
}

/** CR and LF in no other company, no NUL. */
export const assertCanonical = (octets: Uint8Array, what: string): void => {
  const text = toText(octets)
  const found = /\r(?!\n)|(?<!\r)\n|\0/.exec(text)
  if (found !== null) {
    assert.fail(`${what} holds NUL, or a line end that is not CRLF: ${JSON.stringify(text.slice(0, 300))}`)
  }
}
