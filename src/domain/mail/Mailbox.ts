/**
 * A mailbox as it stands in an envelope, and the reverse-path built on it.
 *
 * Source: RFC 5321 §4.1.2 (`Mailbox`), §4.1.1.2 (`Reverse-path`); RFC 6531 §3.3 (UTF-8); RFC 5891 §4 (A-labels).
 * Deviations: a bare local part (`root`) is a mailbox too, it names a user of this machine; a domain may hold underscores;
 * a local part that begins with a hyphen is none, it would pass for an option of an MDA.
 */
import * as Brand from "effect/Brand"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import { hasControl } from "../telemetry/Printable.ts"
import { asciiDomain, isAsciiText } from "./AsciiDomain.ts"
import * as Limits from "./Limits.ts"

/** `local-part@domain` in wire form (quoted where needed), or a bare local part. Holds no control character. */
export type Mailbox = string & Brand.Brand<"Mailbox">

/** Asserts that a text is a mailbox already; only parsers of trusted encodings call it. */
export const Mailbox = Brand.nominal<Mailbox>()

/** The reverse-path `<>` of bounces and other mail that must never be answered. */
export const nullSender = ""

export type ReversePath = Mailbox | typeof nullSender

/** Octets as UTF-8; never less. */
const octets = (text: string): number => {
  let count = text.length
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    // Each half of a surrogate pair counts two of its four octets.
    if (unit >= 0x80) count += unit >= 0x800 && (unit < 0xd800 || unit > 0xdfff) ? 2 : 1
  }
  return count
}

const loneSurrogate = /\p{Surrogate}/u
const dotString = /^[^\s()<>[\]:;@\\,".]+(?:\.[^\s()<>[\]:;@\\,".]+)*$/u
const literal =
  /^\[(?:IPv6:[0-9A-Fa-f:.]+|[0-9]{1,3}(?:\.[0-9]{1,3}){3}|[A-Za-z0-9-]*[A-Za-z0-9]:[!-Z^-~]+)\]$/i
const label = /^(?:[A-Za-z0-9_-]|[^\0-\x7f\s])+$/u

const localPartFault = (localPart: string): string | undefined => {
  if (localPart === "") return "no local part"
  if (hasControl(localPart) || loneSurrogate.test(localPart)) return "control character in the local part"
  if (octets(localPart) > Limits.localPartBytes) return "local part too long"
  if (localPart.startsWith("-")) return "local part begins with a hyphen"
  return /^[.\s]*$/u.test(localPart) ? "no name in the local part" : undefined
}

const domainFault = (domain: string): string | undefined => {
  if (domain === "") return "no domain"
  if (hasControl(domain) || loneSurrogate.test(domain)) return "control character in the domain"
  if (octets(domain) > Limits.domainBytes) return "domain too long"
  if (domain.startsWith("[")) return literal.test(domain) ? undefined : "not an address literal"
  const labels = domain.split(".")
  if (labels.some((one) => one === "")) return "empty label in the domain"
  if (labels.some((one) => isAsciiText(one) && one.length > Limits.domainLabelBytes)) {
    return "label of the domain too long"
  }
  return labels.every((one) => label.test(one)) ? undefined : "character that no domain holds"
}

const quoted = (localPart: string): string =>
  dotString.test(localPart) ? localPart : `"${localPart.replace(/["\\]/g, "\\$&")}"`

/**
 * From a local part as it is meant (no quotes, no escapes) and a domain, if any. Left: what is wrong, in a few words.
 * A final dot of the domain goes.
 */
export const fromParts = (localPart: string, domain: string | undefined): Either.Either<Mailbox, string> => {
  const host = domain?.endsWith(".") === true ? domain.slice(0, -1) : domain
  const fault = localPartFault(localPart) ?? (host === undefined ? undefined : domainFault(host))
  if (fault !== undefined) return Either.left(fault)
  return Either.right(Mailbox(host === undefined ? quoted(localPart) : `${quoted(localPart)}@${host}`))
}

/** Of the `@` before the domain; -1 without one. */
const separatorOf = (mailbox: Mailbox): number => (mailbox.endsWith('"') ? -1 : mailbox.lastIndexOf("@"))

/** In wire form. */
export const localPartOf = (mailbox: Mailbox): string => {
  const at = separatorOf(mailbox)
  return at < 0 ? mailbox : mailbox.slice(0, at)
}

/** As written; none for a bare local part. */
export const domainOf = (mailbox: Mailbox): Option.Option<string> => {
  const at = separatorOf(mailbox)
  return at < 0 ? Option.none() : Option.some(mailbox.slice(at + 1))
}

/** A user of this machine: no domain. */
export const isLocal = (mailbox: Mailbox): boolean => separatorOf(mailbox) < 0

export const isAscii = (mailbox: Mailbox): boolean => isAsciiText(mailbox)

/**
 * With A-labels in place of U-labels, as every server understands them. None: the domain has no such form. A local part
 * outside ASCII has none either; it stays, and needs SMTPUTF8.
 */
export const withAsciiDomain = (mailbox: Mailbox): Option.Option<Mailbox> => {
  const at = separatorOf(mailbox)
  if (at < 0 || isAsciiText(mailbox.slice(at))) return Option.some(mailbox)
  return Option.map(asciiDomain(mailbox.slice(at + 1)), (domain) =>
    Mailbox(`${mailbox.slice(0, at)}@${domain}`)
  )
}

/** The same local part at another domain. Left: that is no domain. */
export const withDomain = (mailbox: Mailbox, domain: string): Either.Either<Mailbox, string> => {
  const fault = domainFault(domain)
  return fault === undefined ? Either.right(Mailbox(`${localPartOf(mailbox)}@${domain}`)) : Either.left(fault)
}

/** Equal for mailboxes that are the same: domains have no case, local parts may (RFC 5321 §2.4). */
export const identityKey = (mailbox: Mailbox): string => {
  const at = separatorOf(mailbox)
  return at < 0 ? mailbox : `${mailbox.slice(0, at)}${mailbox.slice(at).toLowerCase()}`
}

export const isSame = (one: Mailbox, other: Mailbox): boolean => identityKey(one) === identityKey(other)

/** Each mailbox once, where it first occurs. */
export const withoutDuplicates = (mailboxes: Iterable<Mailbox>): ReadonlyArray<Mailbox> => {
  const seen = new Map<string, Mailbox>()
  for (const mailbox of mailboxes) {
    const key = identityKey(mailbox)
    if (!seen.has(key)) seen.set(key, mailbox)
  }
  return Array.from(seen.values())
}
