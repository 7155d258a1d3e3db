/**
 * What a reply code says, whatever its text.
 *
 * Source: RFC 5321 §4.2.1 (first digit), §4.2.3 (codes). Unknown codes are judged by their first digit.
 */
import type { Reply } from "./Reply.ts"

/** Help, greeting, farewell, AUTH: as an answer to any other command they mean that replies are out of step. */
const foreignCodes: ReadonlySet<number> = new Set([211, 214, 220, 221, 235])

/** Success of EHLO, HELO, MAIL, RCPT, RSET or of a message. */
export const isCompletion = ({ code }: Reply): boolean => code >= 200 && code < 300 && !foreignCodes.has(code)

/** Of either kind, transient (4yz) or permanent (5yz). */
export const isRefusal = ({ code }: Reply): boolean => code >= 400

export const isPermanentRefusal = ({ code }: Reply): boolean => code >= 500

/** RFC 5321 §3.8: the server is about to close, whatever was asked. */
export const isClosing = ({ code }: Reply): boolean => code === 421
