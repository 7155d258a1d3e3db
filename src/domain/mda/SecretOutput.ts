/**
 * Reads a secret from what a command printed.
 *
 * Source: POSIX.1-2017, Shell Command Language §2.6.3 (newlines at the end are not part of the answer).
 */
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { fromUtf8 } from "../sasl/Octets.ts"

/** One line, with or without line ends after it. Left: what is wrong, never with any of the output in it. */
export const secretOf = (output: Uint8Array): Either.Either<Redacted.Redacted<string>, string> => {
  const text = Option.getOrUndefined(fromUtf8(output))
  if (text === undefined) return Either.left("output is not UTF-8")
  const line = text.replace(/[\r\n]+$/, "")
  if (line === "") return Either.left("no output")
  if (/[\r\n]/.test(line))
    return Either.left("more than one line of output; add `| head -n 1` to the command")
  return line.includes("\0") ? Either.left("NUL in the output") : Either.right(Redacted.make(line))
}
