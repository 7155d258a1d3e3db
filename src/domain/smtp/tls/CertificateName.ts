/**
 * Whether a certificate names the host that we meant to reach.
 *
 * Only subjectAltName counts; the common name never does. A wildcard is a whole left-most label, stands for exactly one
 * label and needs two fixed ones after it. IP addresses match iPAddress entries octet for octet, nothing else.
 * Source: RFC 9525 §6.3, §6.4; RFC 7817 §3. Stricter than libESMTP, which took the common name and any `*` label.
 */
import * as Option from "effect/Option"
import { parse as parseIpAddress } from "./IpAddress.ts"
import type { LeafCertificate } from "./LeafCertificate.ts"

const label = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/

/** Lower-case labels of an ASCII host name, without a trailing dot; none if it is no host name. */
const labelsOf = (name: string): Option.Option<ReadonlyArray<string>> => {
  const labels = name.toLowerCase().replace(/\.$/, "").split(".")
  return name.length <= 254 && labels.every((part) => label.test(part)) ? Option.some(labels) : Option.none()
}

const matchesDnsName = (presented: string, host: ReadonlyArray<string>): boolean => {
  const isWildcard = presented.startsWith("*.")
  const labels = labelsOf(isWildcard ? presented.slice(2) : presented)
  if (Option.isNone(labels) || (isWildcard && labels.value.length < 2)) return false
  const wanted = isWildcard ? host.slice(1) : host
  return labels.value.length === wanted.length && labels.value.every((part, index) => part === wanted[index])
}

const equalOctets = (one: Uint8Array, other: Uint8Array): boolean =>
  one.length === other.length && one.every((octet, index) => octet === other[index])

/** `host` is an A-label host name or an IP address, with or without brackets. */
export const matchesHost = (certificate: LeafCertificate, host: string): boolean => {
  const address = parseIpAddress(host)
  if (Option.isSome(address)) {
    return certificate.ipAddresses.some((presented) => equalOctets(presented, address.value))
  }
  const labels = labelsOf(host)
  return Option.isSome(labels) && certificate.dnsNames.some((name) => matchesDnsName(name, labels.value))
}

const shownNames = 3

/** The certificate's own names for an error text: few, and free of control characters. */
export const describeNames = (certificate: LeafCertificate): string => {
  const { dnsNames, ipAddresses } = certificate
  const names = [...dnsNames.slice(0, shownNames), ...ipAddresses.slice(0, shownNames).map(addressText)]
    .slice(0, shownNames)
    .map((name) => name.slice(0, 80).replace(/[^\x21-\x7e]/g, "?"))
  const more = dnsNames.length + ipAddresses.length - names.length
  if (names.length === 0) return "no name"
  return more > 0 ? `${names.join(", ")} and ${more} more` : names.join(", ")
}

const addressText = (address: Uint8Array): string =>
  address.length === 4
    ? address.join(".")
    : Array.from({ length: Math.ceil(address.length / 2) }, (_, index) =>
        (((address[index * 2] ?? 0) << 8) | (address[index * 2 + 1] ?? 0)).toString(16)
      ).join(":")
