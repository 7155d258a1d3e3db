/**
 * The chunks of a `-X` transcript.
 *
 * Source: esmtp: smtp.c `monitor_cb`. `S: ` once a read, `C: ` once a flush, `H: ` once a header line, a newline added
 * where a chunk lacks one, the body left out, an empty line at the end of a session. Deviations: AUTH is masked by the
 * dialogue before it comes here; server bytes are made harmless to a terminal; the header of a BDAT message is shown too.
 */
import { fromBytes } from "../mail/ByteString.ts"
import { printableLine } from "./Printable.ts"
import type { SessionEvent } from "./SessionEvent.ts"

const visible = (text: string): string =>
  text
    .split("\n")
    .map((line) => (line.endsWith("\r") ? `${printableLine(line.slice(0, -1))}\r` : printableLine(line)))
    .join("\n")

const chunk = (prefix: string, text: string): string => {
  const shown = visible(text)
  return `${prefix}${shown}${shown.endsWith("\n") ? "" : "\n"}`
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
