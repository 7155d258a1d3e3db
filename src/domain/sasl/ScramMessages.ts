/**
 * The server's two messages of a SCRAM exchange.
 *
 * Source: RFC 5802 §5.1, §7 (ABNF).
 */

import * as Either from "effect/Either"
import { badChallenge } from "./Exchange.ts"
import * as Limits from "./Limits.ts"
import { fromBase64, fromUtf8 } from "./Octets.ts"
import type { SaslProblem } from "./Sasl.ts"

export interface ServerFirst {
  /** Verbatim, as it enters the signed text. */
  readonly text: string
  readonly nonce: string
  readonly salt: Uint8Array
  readonly iterations: number
}

/** `server-error-value` as RFC 5802 §7 lists them; another word is not repeated, for it is the server's to choose. */
const knownErrors: ReadonlySet<string> = new Set([
  "invalid-encoding",
  "extensions-not-supported",
  "invalid-proof",
  "channel-bindings-dont-match",
  "server-does-support-channel-binding",
  "channel-binding-not-supported",
  "unsupported-channel-binding-type",
  "unknown-user",
  "invalid-username-encoding",
  "no-resources",
  "other-error"
])

const serverError = (value: string): SaslProblem =>
  badChallenge(`server ended the exchange: ${knownErrors.has(value) ? value : "other-error"}`)

const attributes = (
  challenge: Uint8Array
): Either.Either<{ text: string; parts: ReadonlyArray<string> }, SaslProblem> =>
  Either.map(
    Either.fromOption(fromUtf8(challenge), () => badChallenge("server's message is not UTF-8")),
    (text) => ({ text, parts: text.split(",") })
  )

/** The value of `part` if it is the attribute `name`. */
const attribute = (part: string | undefined, name: string): Either.Either<string, SaslProblem> =>
  part?.startsWith(`${name}=`) === true && part.length > 2
    ? Either.right(part.slice(2))
    : Either.left(badChallenge(`server's message lacks the attribute ${name} in its place`))

const octetsOf = (value: string, name: string): Either.Either<Uint8Array, SaslProblem> =>
  Either.fromOption(fromBase64(value), () => badChallenge(`attribute ${name} is not base64`))

const iterationsOf = (value: string): Either.Either<number, SaslProblem> => {
  const count = /^[1-9]\d{0,9}$/.test(value) ? Number(value) : 0
  return count >= Limits.scramIterationsLeast && count <= Limits.scramIterations
    ? Either.right(count)
    : Either.left(
        badChallenge(
          `iteration count is not between ${Limits.scramIterationsLeast} and ${Limits.scramIterations}`
        )
      )
}

/** Extensions after the iteration count are optional and skipped; a mandatory one (`m=`) comes first and is refused. */
export const parseServerFirst = (challenge: Uint8Array): Either.Either<ServerFirst, SaslProblem> =>
  Either.gen(function* () {
    const { text, parts } = yield* attributes(challenge)
    const [first, second, third] = parts
    if (first?.startsWith("e=") === true) return yield* Either.left(serverError(first.slice(2)))
    if (first?.startsWith("m=") === true) {
      return yield* Either.left(badChallenge("server demands an extension of SCRAM"))
    }
    const nonce = yield* attribute(first, "r")
    const salt = yield* Either.flatMap(attribute(second, "s"), (value) => octetsOf(value, "s"))
    const iterations = yield* Either.flatMap(attribute(third, "i"), iterationsOf)
    if (!/^[\x21-\x7e]+$/.test(nonce)) return yield* Either.left(badChallenge("nonce is not printable"))
    return { text, nonce, salt, iterations }
  })

/** `v=` gives the signature, `e=` the server's reason to end the exchange. */
export const parseServerFinal = (
  challenge: Uint8Array
): Either.Either<{ readonly signature: Uint8Array }, SaslProblem> =>
  Either.gen(function* () {
    const { parts } = yield* attributes(challenge)
    const [first] = parts
    if (first?.startsWith("e=") === true) return yield* Either.left(serverError(first.slice(2)))
    const signature = yield* Either.flatMap(attribute(first, "v"), (value) => octetsOf(value, "v"))
    return { signature }
  })
