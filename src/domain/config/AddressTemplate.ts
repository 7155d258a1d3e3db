/**
 * Addresses with `%` codes in them, and what becomes of a text that shall be an address.
 *
 * Source: esmtp: smtp.c (`xstrsubst`, `escape_forced_address`); RFC 5321 §4.1.2.
 * Deviations: `%%` is a percent sign in `sender` too; `%h` and `%d` are expanded in `force …` too; a local part that needs
 * quotes gets them.
 */
import * as Either from "effect/Either"
import * as Mailbox from "../mail/Mailbox.ts"

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

const displayed = /<([^<>]*@[^<>]*)>$/
const quotedString = /^"((?:[^"\\]|\\.)*)"$/su

/** A local part without its quotes, where it has them. */
const meant = (localPart: string): string => {
  const inside = quotedString.exec(localPart)?.[1]
  return inside === undefined ? localPart : inside.replace(/\\(.)/gsu, "$1")
}

/** A name without `@` is a bare local part. Left: what is wrong, in a few words. */
export const toMailbox = (text: string): Either.Either<Mailbox.Mailbox, string> => {
  const address = displayed.exec(text)?.[1] ?? text
  if (/[<>]/.test(address)) return Either.left("bracket in it")
  const at = quotedString.test(address) ? -1 : address.lastIndexOf("@")
  return at === -1
    ? Mailbox.fromParts(meant(address), undefined)
    : Mailbox.fromParts(meant(address.slice(0, at)), address.slice(at + 1))
}

/** Like `toMailbox`; an empty text, or `<>`, is the null sender. */
export const toReversePath = (text: string): Either.Either<Mailbox.ReversePath, string> =>
  text === "" || text === "<>" ? Either.right(Mailbox.nullSender) : toMailbox(text)
