/**
 * The chunks of a `-X` transcript.
 *
 * Source: esmtp: smtp.c `monitor_cb`. `S: ` once a read, `C: ` once a flush, `H: ` once a header line, a newline added
 * where a chunk lacks one, the body left out, an empty line at the end of a session. Deviations: AUTH is masked by the
 * dialogue before it comes here; server bytes are made harmless to a terminal; the header of a BDAT message is shown too.
 */
import { fromBytes } from "../mail/ByteString.ts"
import { printable } from "./Printable.ts"
import type { SessionEvent } from "./SessionEvent.ts"

/** A transcript is never cut. */
const shown = (line: string): string => printable(line, Number.POSITIVE_INFINITY)

const visible = (text: string): string =>
  text
    .split("\n")
    .map((line) => (line.endsWith("\r") ? `${shown(line.slice(0, -1))}\r` : shown(line)))
    .join("\n")

const chunk = (prefix: string, text: string): string => {
  const lines = visible(text)
  return `${prefix}${lines}${lines.endsWith("\n") ? "" : "\n"}`
}

const decoder = new TextDecoder("utf-8", { fatal: true })

const decode = (bytes: Uint8Array): string => {
  try {
    return decoder.decode(bytes)
  } catch {
    return fromBytes(bytes)
  }
}

const headerLines = (bytes: Uint8Array): string =>
  decode(bytes)
    .split(/(?<=\n)(?![ \t])/)
    .filter((field) => field !== "\r\n")
    .map((field) => chunk("H: ", field))
    .join("")

/** What the event adds to the transcript; often nothing. */
export const transcriptText = (event: SessionEvent): string => {
  switch (event._tag) {
    case "Received":
      return chunk("S: ", decode(event.bytes))
    case "Sent":
      return chunk("C: ", event.text)
    case "HeaderSent":
      return headerLines(event.bytes)
    case "Disconnected":
      return "\n"
    default:
      return ""
  }
}
