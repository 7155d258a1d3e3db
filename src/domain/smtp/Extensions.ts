/**
 * What a server says it can do in its reply to EHLO.
 *
 * Source: RFC 5321 §4.1.1.1 (`ehlo-line`); RFC 1870 §3 (SIZE); RFC 4954 §3 (AUTH); RFC 9422 §2 (LIMITS).
 * Deviations: keywords are taken in either case; `AUTH=` of servers before RFC 2554 counts as AUTH; of a repeated
 * keyword the first counts, but AUTH and LIMITS lines add up; what can't be understood is as if it were not there.
 */
import * as Option from "effect/Option"
import * as Limits from "./Limits.ts"
import type { Reply } from "./Reply.ts"

/** Upper-case keywords with their parameters as written; mechanism names and LIMITS upper-cased. */
export type Extensions = ReadonlyMap<string, ReadonlyArray<string>>

export type Keyword =
  | "8BITMIME"
  | "AUTH"
  | "CHUNKING"
  | "DSN"
  | "ENHANCEDSTATUSCODES"
  | "LIMITS"
  | "PIPELINING"
  | "SIZE"
  | "SMTPUTF8"
  | "STARTTLS"

export const none: Extensions = new Map()

const keywordSyntax = /^[A-Z0-9][A-Z0-9-]*$/
const accumulating: ReadonlySet<string> = new Set(["AUTH", "LIMITS"])

interface Line {
  readonly keyword: string
  readonly parameters: ReadonlyArray<string>
}

const parseLine = (text: string): Line => {
  const [first = "", ...rest] = text.trim().split(/[ \t]+/)
  const old = /^AUTH=(.*)$/i.exec(first)
  const keyword = old === null ? first.toUpperCase() : "AUTH"
  const parameters = old === null ? rest : [old[1] ?? "", ...rest].filter((word) => word !== "")
  return {
    keyword,
    parameters: accumulating.has(keyword) ? parameters.map((word) => word.toUpperCase()) : parameters
  }
}

/** The first line is the server's name and greeting, not a keyword. */
export const fromReply = (reply: Reply): Extensions => {
  const extensions = new Map<string, ReadonlyArray<string>>()
  for (const { keyword, parameters } of reply.lines.slice(1).map(parseLine)) {
    if (!keywordSyntax.test(keyword)) continue
    const known = extensions.get(keyword)
    if (known === undefined) extensions.set(keyword, parameters)
    else if (accumulating.has(keyword)) extensions.set(keyword, [...known, ...parameters])
  }
  const mechanisms = extensions.get("AUTH")
  if (mechanisms !== undefined) extensions.set("AUTH", Array.from(new Set(mechanisms)))
  return extensions
}

export const offers = (extensions: Extensions, keyword: Keyword): boolean => extensions.has(keyword)

/** SASL mechanism names, upper case, in the server's order. */
export const mechanisms = (extensions: Extensions): ReadonlyArray<string> => extensions.get("AUTH") ?? []

/** Octets of the largest message the server takes; none: it names no limit. */
export const sizeLimit = (extensions: Extensions): Option.Option<bigint> => {
  const [value = ""] = extensions.get("SIZE") ?? []
  const limit = /^[0-9]{1,20}$/.test(value) ? BigInt(value) : 0n
  return limit === 0n ? Option.none() : Option.some(limit)
}

const limit = (extensions: Extensions, name: "RCPTMAX" | "MAILMAX"): Option.Option<number> => {
  const syntax = new RegExp(`^${name}=([1-9][0-9]{0,5})$`)
  return Option.firstSomeOf(
    (extensions.get("LIMITS") ?? []).map((parameter) =>
      Option.map(Option.fromNullable(syntax.exec(parameter)), (match) => Number(match[1]))
    )
  )
}

/** Recipients to put into one transaction at most. */
export const recipientLimit = (extensions: Extensions): number =>
  Math.min(
    Limits.recipients,
    Option.getOrElse(limit(extensions, "RCPTMAX"), () => Limits.recipients)
  )

/** Transactions that the server takes in one session; none: it names no limit. */
export const transactionLimit = (extensions: Extensions): Option.Option<number> =>
  limit(extensions, "MAILMAX")
