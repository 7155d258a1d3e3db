/**
 * The server's side of AUTH, for mechanisms that need no digests: whom the client claims to be, and by what.
 *
 * Source: RFC 4954 §4 (AUTH), RFC 4616 §2 (PLAIN), RFC 7628 §3.1 (OAUTHBEARER); LOGIN and XOAUTH2 as servers have them.
 */
import * as Either from "effect/Either"
import * as Encoding from "effect/Encoding"
import { isWithin, type RelayScript } from "./RelayScript.ts"

export interface Claim {
  readonly username: string
  readonly password?: string
  readonly token?: string
}

/** What the client has said so far, decoded. */
export interface Exchange {
  readonly mechanism: string
  readonly said: ReadonlyArray<string>
}

export type AuthStep =
  | { readonly _tag: "Ask"; readonly challenge: string; readonly exchange: Exchange }
  | { readonly _tag: "Claimed"; readonly claim: Claim }
  | { readonly _tag: "Malformed" }
  | { readonly _tag: "Unknown" }

const malformed: AuthStep = { _tag: "Malformed" }

const ofPlain = (said: string): AuthStep => {
  const [, username, password, ...rest] = said.split("\0")
  return username === undefined || password === undefined || rest.length > 0
    ? malformed
    : { _tag: "Claimed", claim: { username, password } }
}

const ofBearer = (said: string): AuthStep => {
  const [head = "", ...fields] = said.split("\x01")
  const username = /^(?:n,a=|user=)([^,]*)/.exec(head)?.[1]
  const token = fields.map((field) => /^auth=Bearer (.*)$/i.exec(field)?.[1]).find((one) => one !== undefined)
  return username === undefined || token === undefined
    ? malformed
    : { _tag: "Claimed", claim: { username, token } }
}

const advance = (exchange: Exchange): AuthStep => {
  const [first, second] = exchange.said
  switch (exchange.mechanism) {
    case "PLAIN":
      return first === undefined ? { _tag: "Ask", challenge: "", exchange } : ofPlain(first)
    case "XOAUTH2":
    case "OAUTHBEARER":
      return first === undefined ? { _tag: "Ask", challenge: "", exchange } : ofBearer(first)
    case "LOGIN":
      if (first === undefined) return { _tag: "Ask", challenge: Encoding.encodeBase64("Username:"), exchange }
      if (second === undefined)
        return { _tag: "Ask", challenge: Encoding.encodeBase64("Password:"), exchange }
      return { _tag: "Claimed", claim: { username: first, password: second } }
    default:
      return { _tag: "Unknown" }
  }
}

/** One more line from the client; a lone `=` is an empty response. */
export const answer = ({ mechanism, said }: Exchange, line: string): AuthStep => {
  const decoded = line === "=" ? Either.right("") : Encoding.decodeBase64String(line.trim())
  return Either.isLeft(decoded) ? malformed : advance({ mechanism, said: [...said, decoded.right] })
}

/** The arguments of an AUTH command. */
export const begin = (argument: string): AuthStep => {
  const [name = "", initial] = argument.trim().split(/ +/)
  const exchange: Exchange = { mechanism: name.toUpperCase(), said: [] }
  return initial === undefined ? advance(exchange) : answer(exchange, initial)
}

export const isAccepted = (accounts: RelayScript["accounts"], claim: Claim, now: number): boolean =>
  accounts === "any" ||
  accounts.some(
    (account) =>
      account.username === claim.username &&
      isWithin(account, now) &&
      (claim.password === undefined ? account.token === claim.token : account.password === claim.password) &&
      (claim.password ?? claim.token) !== undefined
  )
