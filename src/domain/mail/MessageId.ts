/**
 * Names for messages that came without one.
 *
 * Source: RFC 5322 §3.6.4 (`msg-id`). esmtp: libESMTP headers.c `print_message_id`.
 * Deviation: random digits beside time and process, because the moments of two processes may be one.
 */
import * as Option from "effect/Option"
import { asciiDomain } from "./AsciiDomain.ts"

export interface MessageIdParts {
  readonly epochMillis: number
  readonly processId: number
  /** Letters and digits; as many as make a repetition out of the question. */
  readonly random: string
  /** The name given with EHLO. */
  readonly host: string
}

const fitForId = /^(?:[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*|\[[!-Z^-~]+\])$/

const rightSide = (host: string): string =>
  Option.getOrElse(
    Option.filter(asciiDomain(host), (domain) => fitForId.test(domain)),
    () => "localhost"
  )

/** With its angle brackets. */
export const makeMessageId = ({ epochMillis, processId, random, host }: MessageIdParts): string =>
  `<${epochMillis.toString(36)}.${processId}.${random}@${rightSide(host)}>`
