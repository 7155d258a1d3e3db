/**
 * Everything the configuration says about one relay: where it is, how private and how authentic the session must be.
 *
 * Source: esmtp: esmtprc(5), smtp.c; RFC 3207, RFC 8314 (implicit TLS), RFC 4954.
 */
import type * as Redacted from "effect/Redacted"

/**
 * `disabled`: never. `opportunistic` (keyword not set): STARTTLS if offered; a certificate that fails stops the
 * session only if credentials would be sent. `enabled`: STARTTLS if offered; a failed handshake or certificate stops
 * the session. With both, a server that refuses STARTTLS is talked to in clear only if no credentials would be sent.
 * `required`: no TLS, no session. `implicit`: TLS from the first byte.
 */
export type TlsMode = "disabled" | "opportunistic" | "enabled" | "required" | "implicit"

export interface TlsPolicy {
  readonly mode: TlsMode
  readonly minVersion: "TLSv1.2" | "TLSv1.3"
  /** Paths are absolute. Each absent value falls back to libESMTP's stores, then to the system's. */
  readonly caFile?: string
  readonly crlFile?: string
  /** SHA-256 of the leaf certificate, 64 lower-case hex digits. */
  readonly fingerprint?: string
  readonly certificate?: string
  readonly key?: string
  readonly passphrase?: Redacted.Redacted<string>
}

export const mechanismNames = [
  "SCRAM-SHA-256-PLUS",
  "SCRAM-SHA-256",
  "SCRAM-SHA-1-PLUS",
  "SCRAM-SHA-1",
  "EXTERNAL",
  "XOAUTH2",
  "OAUTHBEARER",
  "CRAM-MD5",
  "NTLM",
  "PLAIN",
  "LOGIN"
] as const

export type MechanismName = (typeof mechanismNames)[number]

export interface AuthPolicy {
  readonly mechanism: "auto" | MechanismName
  /** Whether credentials may cross a connection without TLS to a host that is not loopback. */
  readonly plaintext: "refused" | "allowed"
  readonly username?: string
  readonly password?: Redacted.Redacted<string>
  /** Commands, as written. Run at the moment AUTH needs their output. */
  readonly passwordCommand?: string
  readonly tokenCommand?: string
}

export interface Relay {
  readonly host: string
  /** Port number or service name. */
  readonly service: string
  /** EHLO name; absent: the machine's own name. */
  readonly helo?: string
  readonly tls: TlsPolicy
  readonly auth: AuthPolicy
  /** Upper bound, in milliseconds, of every deadline of the session. */
  readonly timeoutMillis?: number
}
