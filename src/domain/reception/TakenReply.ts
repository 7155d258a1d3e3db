/**
 * What a client of `-bs` hears of a message that it handed over: one reply for all of its recipients.
 *
 * Source: RFC 5321 §4.2.1 (4yz: try again, 5yz: don't), §6.1; RFC 3463 §2.
 */

import { SysExit } from "../invocation/SysExit.ts"
import { type EsmtpError, fromError, fromOutcomes } from "../invocation/SysExits.ts"
import { errorWords, outcomeWords } from "../invocation/Wording.ts"
import type { Outcome } from "../mail/Outcome.ts"

/** The same message would fail again; anything else a person, or time, can cure. */
const final: ReadonlySet<SysExit> = new Set([
  SysExit.Usage,
  SysExit.DataError,
  SysExit.NoUser,
  SysExit.Unavailable,
  SysExit.OsFile
])

/** A reply that is longer helps nobody. */
const maxLines = 5

/** RFC 5321 §4.5.3.1.5, code and line end taken off. */
const lineLength = 490

const refusal = (status: SysExit, words: ReadonlyArray<string>): string => {
  const [code, enhanced] = final.has(status) ? ["554", "5.0.0"] : ["451", "4.0.0"]
  const lines = words.slice(0, maxLines).map((text) => text.slice(0, lineLength))
  return lines
    .map((line, at) => `${code}${at === lines.length - 1 ? " " : "-"}${enhanced} ${line}`)
    .join("\r\n")
}

export const queuedReply = (id: string): string => `250 2.0.0 Ok: queued as ${id}`

/** Where outcomes differ the most permanent one is the reply, and the others are told with it. */
export const outcomesReply = (outcomes: ReadonlyArray<Outcome>): string => {
  const status = fromOutcomes(outcomes)
  return status === SysExit.Ok ? "250 2.0.0 Ok: delivered" : refusal(status, outcomeWords(outcomes))
}

export const errorReply = (error: EsmtpError): string => refusal(fromError(error), [errorWords(error)])
