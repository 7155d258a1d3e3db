/**
 * A SASL exchange as a pure value: challenges in, responses out.
 *
 * Source: RFC 4422 §3, RFC 4954 §4.
 */
import * as Data from "effect/Data"
import type * as Either from "effect/Either"
import type * as Redacted from "effect/Redacted"
import type { MechanismName } from "../smtp/Relay.ts"

/** Who authenticates; what a mechanism lacks makes it unusable, not an error. */
export interface Credentials {
  readonly username?: string
  readonly password?: Redacted.Redacted<string>
  /** OAuth 2.0 access token. */
  readonly token?: Redacted.Redacted<string>
}

/** What the TLS layer offers for channel binding (RFC 5929, RFC 9266); absent without TLS. */
export interface ChannelBinding {
  readonly exporter?: Uint8Array
  readonly serverEndPoint?: Uint8Array
}

/** The digests that a mechanism may ask for; given by the layer, so that exchanges stay pure and testable. */
export interface SaslCrypto {
  readonly hash: (algorithm: "sha1" | "sha256" | "md5", data: Uint8Array) => Uint8Array
  readonly hmac: (algorithm: "sha1" | "sha256" | "md5", key: Uint8Array, data: Uint8Array) => Uint8Array
  readonly pbkdf2: (
    algorithm: "sha1" | "sha256",
    password: Uint8Array,
    salt: Uint8Array,
    iterations: number,
    lengthBytes: number
  ) => Uint8Array
  readonly md4: (data: Uint8Array) => Uint8Array
  readonly randomBytes: (count: number) => Uint8Array
  readonly nowMillis: () => number
}

/** The server's part of the exchange is wrong, or does not prove what it must. */
export class SaslProblem extends Data.TaggedError("SaslProblem")<{
  readonly reason: "BadChallenge" | "ServerUnverified" | "BadCredentials"
  /** Never contains a secret. */
  readonly detail: string
}> {
  override get message(): string {
    return this.detail
  }
}

/** An exchange that waits for the server. */
export interface SaslExchange {
  /** Answers a decoded challenge (334). */
  readonly respond: (challenge: Uint8Array) => Either.Either<SaslTurn, SaslProblem>
  /** Judged when the server claims success (235): a mechanism with mutual authentication fails here if unproven. */
  readonly conclude: Either.Either<void, SaslProblem>
}

export interface SaslTurn {
  readonly response: Uint8Array
  readonly exchange: SaslExchange
  /** Why the server is about to refuse, if its challenge said so: the missing detail of its 535. Never contains a secret. */
  readonly complaint?: string
}

export interface SaslStart {
  readonly mechanism: MechanismName
  /** Sent with AUTH, or in answer to an empty first challenge. Absent: the server speaks first. */
  readonly initialResponse?: Uint8Array
  readonly exchange: SaslExchange
}

/** Where the exchange takes place. */
export interface SaslContext {
  /** As configured. */
  readonly host: string
  /** Port number or service name, as configured. */
  readonly service: string
  /** The mechanism names in the server's EHLO reply, upper case. */
  readonly offered: ReadonlyArray<string>
}
