/**
 * Enhanced status codes in reply texts.
 *
 * Source: RFC 2034 §4 (where they stand), RFC 3463 §2 (syntax); esmtp: libESMTP strips them from the text it shows.
 * Deviation: a code whose class contradicts the reply code is no code; the reply code is what counts.
 */
import * as Option from "effect/Option"
import type { EnhancedStatus, Reply } from "./Reply.ts"

const leadingStatus = /^([245])\.([0-9]{1,3})\.([0-9]{1,3})(?: +|$)/

const classOf: Record<string, EnhancedStatus["class"]> = { "2": 2, "4": 4, "5": 5 }

/** The code that a reply text begins with. */
export const parse = (text: string): Option.Option<EnhancedStatus> => {
  const match = leadingStatus.exec(text)
  const statusClass = classOf[match?.[1] ?? ""]
  return match === null || statusClass === undefined
    ? Option.none()
    : Option.some({ class: statusClass, subject: Number(match[2]), detail: Number(match[3]) })
}

/** For replies of a server that announced ENHANCEDSTATUSCODES, except those to the greeting, EHLO and HELO. */
export const attach = (reply: Reply): Reply =>
  Option.match(parse(reply.lines[0] ?? ""), {
    onNone: () => reply,
    onSome: (enhanced) => (enhanced.class === Math.trunc(reply.code / 100) ? { ...reply, enhanced } : reply)
  })

export const statusText = ({ class: statusClass, subject, detail }: EnhancedStatus): string =>
  `${statusClass}.${subject}.${detail}`

/** The lines of a reply as `-v` shows them. */
export const textWithoutStatus = (reply: Reply): ReadonlyArray<string> =>
  reply.enhanced === undefined ? reply.lines : reply.lines.map((line) => line.replace(leadingStatus, ""))
