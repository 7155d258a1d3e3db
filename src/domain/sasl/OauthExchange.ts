/**
 * What follows once an access token has been sent, and what a server says about one it does not take.
 *
 * Source: RFC 7628 §3.2.2; Google "XOAUTH2 Mechanism" (error response).
 */
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import { failed } from "./Exchange.ts"
import { fromUtf8 } from "./Octets.ts"
import type { SaslExchange } from "./Sasl.ts"

const parseJson = Option.liftThrowable((text: string): unknown => JSON.parse(text))

/** A member's value if it is short and has only characters that such values have; the rest of the server's JSON is dropped. */
const member = (json: unknown, name: string): string | undefined => {
  if (typeof json !== "object" || json === null) return undefined
  const value: unknown = Object.getOwnPropertyDescriptor(json, name)?.value
  return typeof value === "string" && /^[\w.:/ -]{1,200}$/.test(value) ? value : undefined
}

/** One phrase for a person, such as `token refused (status invalid_token)`. */
const complaint = (challenge: Uint8Array): string => {
  const json = Option.getOrUndefined(Option.flatMap(fromUtf8(challenge), parseJson))
  const facts = ["status", "scope"].flatMap((name) => {
    const value = member(json, name)
    return value === undefined ? [] : [`${name} ${value}`]
  })
  return facts.length === 0 ? "token refused" : `token refused (${facts.join(", ")})`
}

/** A token has been sent: success may follow at once, or an error in a challenge, to which `acknowledgement` is the answer. */
export const tokenSent = (acknowledgement: Uint8Array): SaslExchange => ({
  respond: (challenge) =>
    Either.right({ response: acknowledgement, exchange: failed, complaint: complaint(challenge) }),
  conclude: Either.void
})
