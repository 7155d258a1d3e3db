/**
 * Cuts the server's bytes into replies, in whatever pieces they arrive.
 *
 * Source: RFC 5321 §4.2 (syntax, bare codes), §4.2.1 (multi-line replies), §4.5.3.1.5 (line length); RFC 4954 §4
 * (longer lines during AUTH). Deviation: a bare LF ends a line too. Control characters in the text are kept: whoever
 * shows a reply makes it harmless there.
 */
import * as Option from "effect/Option"
import { concat, fromUtf8, empty as noOctets } from "../sasl/Octets.ts"
import * as Limits from "./Limits.ts"
import type { Reply } from "./Reply.ts"

export interface ParserState {
  /** Octets received and not yet consumed. */
  readonly buffer: Uint8Array
  /** The lines of a multi-line reply whose last line has not come yet. */
  readonly begun?: { readonly code: number; readonly lines: ReadonlyArray<string>; readonly bytes: number }
}

export type Parsed =
  | { readonly _tag: "Complete"; readonly reply: Reply; readonly rest: ParserState }
  | { readonly _tag: "Incomplete"; readonly rest: ParserState }
  /** `line`: the one that is not a reply, for whoever shows it safely. */
  | { readonly _tag: "Malformed"; readonly detail: string; readonly line?: string }

const lineFeed = 10
const carriageReturn = 13

export const empty: ParserState = { buffer: noOctets }

/** Nothing of another reply has arrived. */
export const isEmpty = (state: ParserState): boolean => state.buffer.length === 0 && state.begun === undefined

export const append = (state: ParserState, bytes: Uint8Array): ParserState =>
  bytes.length === 0
    ? state
    : { ...state, buffer: state.buffer.length === 0 ? bytes : concat(state.buffer, bytes) }

const latin1 = (bytes: Uint8Array): string =>
  Array.from(bytes, (octet) => String.fromCharCode(octet)).join("")

/** UTF-8 where it is, else Latin-1, so that no octet is lost. */
export const decodeText = (bytes: Uint8Array): string =>
  Option.getOrElse(fromUtf8(bytes), () => latin1(bytes))

const malformed = (detail: string): Parsed => ({ _tag: "Malformed", detail })

const replyLine = /^([2-5][0-9]{2})(?:([ -])(.*))?$/s

const withoutLineEnd = (line: Uint8Array): Uint8Array =>
  line.subarray(0, line.at(-2) === carriageReturn ? -2 : -1)

/**
 * Takes the first reply out of the buffer. The result is the same however the bytes were cut, except that a reply which
 * is too long is refused as soon as that is certain.
 */
export const next = (state: ParserState, lineLimitBytes: number = Limits.replyLineBytes): Parsed => {
  let { buffer, begun } = state
  for (;;) {
    const end = buffer.indexOf(lineFeed)
    const lineBytes = end === -1 ? buffer.length + 1 : end + 1
    const replyBytes = (begun?.bytes ?? 0) + lineBytes
    if (lineBytes > lineLimitBytes || replyBytes > Limits.replyBytes) return malformed("reply too long")
    if (end === -1) return { _tag: "Incomplete", rest: begun === undefined ? { buffer } : { buffer, begun } }
    const line = decodeText(withoutLineEnd(buffer.subarray(0, lineBytes)))
    const match = replyLine.exec(line)
    if (match === null) return { _tag: "Malformed", detail: "not a reply", line }
    const code = Number(match[1])
    if (begun !== undefined && begun.code !== code) {
      return malformed(`reply with different codes: ${begun.code} and ${code}`)
    }
    const lines: ReadonlyArray<string> = [...(begun?.lines ?? []), match[3] ?? ""]
    buffer = buffer.subarray(lineBytes)
    if (match[2] !== "-") return { _tag: "Complete", reply: { code, lines }, rest: { buffer } }
    if (lines.length >= Limits.replyLines) return malformed("reply of too many lines")
    begun = { code, lines, bytes: replyBytes }
  }
}
