/**
 * Addresses with `%` codes in them, and what becomes of a text that shall be an address.
 *
 * Source: esmtp: smtp.c (`xstrsubst`, `escape_forced_address`); RFC 5321 §4.1.2.
 * Deviations: `%%` is a percent sign in `sender` too; `%h` and `%d` are expanded in `force …` too; a local part that needs
 * quotes gets them.
 */
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import { Mailbox, nullSender, type ReversePath } from "../mail/Mailbox.ts"
import { hasControl } from "../telemetry/Printable.ts"

/** What templates are filled with. */
export interface LocalNames {
  readonly userName: string
  readonly hostName: string
}

/** What follows the first dot; the whole name if there is none. */
const domainOf = (hostName: string): string => {
  const dot = hostName.indexOf(".")
  return dot === -1 || dot === hostName.length - 1 ? hostName : hostName.slice(dot + 1)
}

const codes = (local: LocalNames): Readonly<Record<string, string>> => ({
  "%u": local.userName,
  "%h": local.hostName,
  "%d": domainOf(local.hostName),
  "%%": "%"
})

const code = /%.?/gsu

/** Fails with the first code that is none of `%u`, `%h`, `%d` and `%%`. */
export const expandSender = (template: string, local: LocalNames): Either.Either<string, string> => {
  const known = codes(local)
  const unknown = template.match(code)?.find((found) => known[found] === undefined)
  return unknown === undefined
    ? Either.right(template.replace(code, (found) => known[found] ?? ""))
    : Either.left(unknown)
}

/** Unknown codes vanish, as in C. */
export const expandForced = (template: string, local: LocalNames): string => {
  const known = codes(local)
  return template.replace(code, (found) => known[found] ?? "")
}

const dotAtom = /^[^\s()<>[\]:;@\\,."]+(?:\.[^\s()<>[\]:;@\\,."]+)*$/
const quotedString = /^"(?:[^"\\]|\\.)*"$/
const domainOrLiteral = /^(?:\[[^\s[\]<>\\]+\]|[\p{L}\p{M}\p{N}_-]+(?:\.[\p{L}\p{M}\p{N}_-]+)*\.?)$/u
const displayed = /<([^<>]*@[^<>]*)>$/

const wireLocalPart = (localPart: string): string =>
  dotAtom.test(localPart) || quotedString.test(localPart)
    ? localPart
    : `"${localPart.replace(/["\\]/g, (character) => `\\${character}`)}"`

/** A name without `@` is a bare local part. None for what can't stand in an envelope. */
export const toMailbox = (text: string): Option.Option<Mailbox> => {
  const address = displayed.exec(text)?.[1] ?? text
  if (address === "" || hasControl(address) || /[<>]/.test(address)) return Option.none()
  const at = quotedString.test(address) ? -1 : address.lastIndexOf("@")
  if (at === -1) return Option.some(Mailbox(wireLocalPart(address)))
  const domain = address.slice(at + 1)
  return at > 0 && domainOrLiteral.test(domain)
    ? Option.some(Mailbox(`${wireLocalPart(address.slice(0, at))}@${domain}`))
    : Option.none()
}

/** Like `toMailbox`; an empty text, or `<>`, is the null sender. */
export const toReversePath = (text: string): Option.Option<ReversePath> =>
  text === "" || text === "<>" ? Option.some(nullSender) : toMailbox(text)

/** Whether it names a user without a domain. */
export const isBare = (mailbox: Mailbox): boolean => !/@[^"]*$/.test(mailbox)

/** A bare mailbox with a domain; none if that is no domain. */
export const qualify = (bare: Mailbox, domain: string): Option.Option<Mailbox> =>
  domainOrLiteral.test(domain) ? Option.some(Mailbox(`${bare}@${domain}`)) : Option.none()
