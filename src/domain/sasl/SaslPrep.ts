/**
 * SASLprep: one form for user names and passwords that look the same.
 *
 * Source: RFC 4013 §2, RFC 3454 §6 (bidirectional text).
 * Deviation: code points unassigned in Unicode 3.2 are allowed in passwords too (a query string, RFC 3454 §7): whether a
 * password of today's characters is stored is the server's decision, and refusing here would only lock its owner out.
 */
import * as Either from "effect/Either"
import {
  isLeftToRight,
  isMappedToNothing,
  isOtherSpace,
  isProhibited,
  isRightToLeft
} from "./SaslPrepTables.ts"

export type SaslPrepFault = "Prohibited" | "Bidirectional"

const codePoints = (text: string): ReadonlyArray<number> =>
  Array.from(text, (character) => character.codePointAt(0) ?? 0)

const mapped = (text: string): string =>
  Array.from(text, (character) => {
    const codePoint = character.codePointAt(0) ?? 0
    if (isOtherSpace(codePoint)) return " "
    return isMappedToNothing(codePoint) ? "" : character
  }).join("")

/** A string with right-to-left characters begins and ends with one and has no left-to-right character. */
const isBidirectionallySound = (text: ReadonlyArray<number>): boolean => {
  if (!text.some(isRightToLeft)) return true
  const first = text.at(0) ?? 0
  const last = text.at(-1) ?? 0
  return isRightToLeft(first) && isRightToLeft(last) && !text.some(isLeftToRight)
}

/** Every printable ASCII string, the common case, is returned as it is. */
export const saslPrep = (text: string): Either.Either<string, SaslPrepFault> => {
  if (/^[\x20-\x7e]*$/.test(text)) return Either.right(text)
  const normal = mapped(text).normalize("NFKC")
  const points = codePoints(normal)
  if (points.some(isProhibited)) return Either.left("Prohibited")
  return isBidirectionallySound(points) ? Either.right(normal) : Either.left("Bidirectional")
}
