/**
 * The verdict on a server's certificate, from everything that is known about it.
 *
 * A configured fingerprint replaces chain, name and strength: whoever pins one certificate means exactly that one,
 * self-signed or not, and a different one is wrong even if a CA vouches for it. A revocation counts even then.
 * Source: RFC 9525 §6; RFC 7817 §3; RFC 9325 §4.5 (key sizes, hashes).
 */
import * as Option from "effect/Option"
import { describeNames, matchesHost } from "./CertificateName.ts"
import { type LeafCertificate, parse } from "./LeafCertificate.ts"

export interface CertificateEvidence {
  /** A-label host name or IP address, as configured. */
  readonly host: string
  /** The leaf as the server sent it; absent: it sent none. */
  readonly leaf?: Uint8Array
  /** SHA-256 of `leaf`, lower-case hex. */
  readonly fingerprint?: string
  /** What the TLS library says of the chain, as an OpenSSL code; absent: the chain is good. */
  readonly chainError?: string
  /** SHA-256 that the leaf must have, lower-case hex. */
  readonly pin?: string
}

const chainErrors: ReadonlyMap<string, string> = new Map([
  ["CERT_HAS_EXPIRED", "certificate has expired"],
  ["CERT_NOT_YET_VALID", "certificate is not yet valid"],
  ["CERT_REVOKED", "certificate has been revoked"],
  ["CRL_HAS_EXPIRED", "certificate revocation list has expired"],
  ["CRL_NOT_YET_VALID", "certificate revocation list is not yet valid"],
  ["CRL_SIGNATURE_FAILURE", "certificate revocation list is not signed by the issuer"],
  ["UNABLE_TO_GET_CRL", "no certificate revocation list for an issuer of the certificate"],
  ["DEPTH_ZERO_SELF_SIGNED_CERT", "self-signed certificate"],
  ["SELF_SIGNED_CERT_IN_CHAIN", "certificate chain ends at a root that is not trusted"],
  ["UNABLE_TO_GET_ISSUER_CERT", "issuer of a certificate in the chain is not known"],
  ["UNABLE_TO_GET_ISSUER_CERT_LOCALLY", "issuer of the certificate is not known"],
  ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "certificate chain is incomplete or its issuer is not known"],
  ["CERT_SIGNATURE_FAILURE", "certificate signature is wrong"],
  ["CERT_CHAIN_TOO_LONG", "certificate chain is too long"],
  ["INVALID_CA", "an issuer in the chain is not a certification authority"],
  ["INVALID_PURPOSE", "certificate, or an issuer of it, is not meant for this use"],
  ["PATH_LENGTH_EXCEEDED", "certificate chain is longer than one of its issuers allows"],
  ["CERT_UNTRUSTED", "certificate is not trusted for servers"],
  ["CERT_REJECTED", "certificate is rejected by the trust store"],
  // Node has no name for OpenSSL's later codes: weak intermediates, name constraints and the like.
  ["UNSPECIFIED", "certificate chain breaks a rule (name constraint, weak key or signature of an issuer)"]
])

const chainErrorText = (code: string): string =>
  chainErrors.get(code) ?? `certificate chain: ${code.replace(/[^\x20-\x7e]/g, "?").slice(0, 100)}`

const minimumBits = { RSA: 2048, EC: 224, EdDSA: 256, other: Number.POSITIVE_INFINITY } as const

const weakness = ({ key, signatureHash }: LeafCertificate): string | undefined => {
  if (key.kind === "other") return "certificate has a key of an unknown kind"
  if (key.bits < minimumBits[key.kind]) return `certificate key is too weak (${key.kind} ${key.bits} bits)`
  if (signatureHash === "md5" || signatureHash === "sha1") {
    return `certificate signature is too weak (${signatureHash.toUpperCase()})`
  }
  return undefined
}

const judgePin = (evidence: CertificateEvidence, pin: string): string | undefined => {
  if (evidence.chainError === "CERT_REVOKED") return chainErrorText(evidence.chainError)
  if (evidence.fingerprint === pin) return undefined
  return `certificate fingerprint is sha256:${evidence.fingerprint ?? "none"}, not the configured one`
}

/** Some: why the certificate does not prove that this is the host, in words. None: it does. */
export const flawOf = (evidence: CertificateEvidence): Option.Option<string> => {
  if (evidence.leaf === undefined) return Option.some("server sent no certificate")
  if (evidence.pin !== undefined) return Option.fromNullable(judgePin(evidence, evidence.pin))
  const certificate = parse(evidence.leaf)
  if (Option.isNone(certificate)) return Option.some("certificate can't be read")
  const weak = weakness(certificate.value)
  if (weak !== undefined) return Option.some(weak)
  if (evidence.chainError !== undefined) return Option.some(chainErrorText(evidence.chainError))
  if (matchesHost(certificate.value, evidence.host)) return Option.none()
  return Option.some(`certificate is for ${describeNames(certificate.value)}, not for ${evidence.host}`)
}
