/**
 * Facts derived from negotiated TLS parameters: how strong a cipher is, which hash binds the channel.
 *
 * Source: RFC 5929 §4.1 (tls-server-end-point); IANA TLS cipher suites.
 */
import * as Option from "effect/Option"
import { parse } from "./LeafCertificate.ts"

/** Key bits of a cipher by its OpenSSL or IANA name; 0 where the name does not tell. */
export const cipherBits = (name: string): number => {
  if (/CHACHA20/.test(name)) return 256
  const sized = /(?:AES|CAMELLIA|ARIA)_?(128|256)/.exec(name)?.[1]
  return sized === undefined ? 0 : Number(sized)
}

/**
 * The hash of the leaf that tls-server-end-point asks for: that of the certificate's signature, SHA-256 in place of MD5
 * and SHA-1. None where the signature names no single hash (EdDSA): the binding is undefined there.
 */
export const endPointHash = (leaf: Uint8Array): Option.Option<"sha224" | "sha256" | "sha384" | "sha512"> =>
  parse(leaf).pipe(
    Option.flatMap(({ signatureHash }) => Option.fromNullable(signatureHash)),
    Option.map((hash) => (hash === "md5" || hash === "sha1" ? "sha256" : hash))
  )
