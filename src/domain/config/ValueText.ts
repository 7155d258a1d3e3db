/**
 * Reads the texts that stand for values in an esmtprc file: words, paths, servers, durations, numbers, fingerprints.
 *
 * Source: esmtp: esmtprc(5); RFC 8314 §7.3 (port 465).
 */
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import { printable } from "../telemetry/Printable.ts"
import { durationMillis } from "./Durations.ts"

/** Why a text is not the value that its keyword wants. `found` is given where the text itself does not tell. */
export interface Mismatch {
  readonly expected: string
  readonly found?: string
}

export type ReadText<A> = (text: string) => Either.Either<A, Mismatch>

const mismatch = (expected: string, found?: string): Either.Either<never, Mismatch> =>
  Either.left(found === undefined ? { expected } : { expected, found })

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for.
const control = /[\u0000-\u001f\u007f]/

const refuseCharacter =
  (refused: RegExp, expected: string): ReadText<string> =>
  (text) => {
    const [character] = refused.exec(text) ?? []
    return character === undefined
      ? Either.right(text)
      : mismatch(expected, `"${printable(character)}" in it`)
  }

/** Any text. A NUL would cut it short in C, and is refused. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: NUL is what it looks for.
export const anyText = refuseCharacter(/\u0000/, "a text without NUL")

/** For what reaches the wire: a line break in it would be a command of its own. */
export const lineText = refuseCharacter(control, "a text without control characters")

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for.
const domainText = refuseCharacter(/[\u0000-\u0020\u007f<>]/, "a domain name")

/** A domain; empty says nothing. A leading `@` is taken off. */
export const domain: ReadText<string> = (text) => domainText(text.replace(/^@/, ""))

export const nonEmpty =
  (read: ReadText<string>, expected: string): ReadText<string> =>
  (text) =>
    text === "" ? mismatch(expected, "an empty text") : read(text)

export const command = nonEmpty(anyText, "a command")

const listed = (words: ReadonlyArray<string>): string =>
  words.length === 1 ? words.join() : `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`

/** One of the words, in any case. */
export const oneOf =
  <const Words extends ReadonlyArray<string>>(words: Words): ReadText<Words[number]> =>
  (text) => {
    const word = words.find((candidate) => candidate.toLowerCase() === text.toLowerCase())
    return word === undefined ? mismatch(listed(words)) : Either.right(word)
  }

export const count =
  (least: number, most: number): ReadText<number> =>
  (text) => {
    const number = /^[0-9]{1,9}$/.test(text) ? Number(text) : Number.NaN
    return number >= least && number <= most
      ? Either.right(number)
      : mismatch(`a number from ${least} to ${most}`)
  }

const durationWanted = "a duration such as 500ms, 30s, 5m, 2h or 5d"

export const duration: ReadText<number> = (text) =>
  Option.match(durationMillis(text), {
    onNone: () => mismatch(durationWanted),
    onSome: (millis) => Either.right(millis)
  })

/** Durations with blanks or commas between them. */
export const durations: ReadText<ReadonlyArray<number>> = (text) => {
  const words = text.split(/[\s,;]+/).filter((word) => word !== "")
  if (words.length === 0) return mismatch(durationWanted)
  return Either.all(
    words.map((word) => Either.mapLeft(duration(word), ({ expected }) => ({ expected, found: `"${word}"` })))
  )
}

/** Where paths of a file start from. */
export interface PathBase {
  /** Directory of the file, absolute. */
  readonly directory: string
  readonly home?: string
}

export const joinPath = (directory: string, rest: string): string =>
  `${directory.endsWith("/") ? directory : `${directory}/`}${rest}`

/** An absolute path: as it stands, below the home directory (`~/`), or below the directory of the file. */
export const path =
  ({ directory, home }: PathBase): ReadText<string> =>
  (text) => {
    if (text === "") return mismatch("a path", "an empty text")
    if (text.startsWith("/")) return anyText(text)
    if (!text.startsWith("~")) return anyText(joinPath(directory, text))
    if (text !== "~" && !text.startsWith("~/"))
      return mismatch("~/ for the home directory, or an absolute path")
    if (home === undefined) return mismatch("an absolute path, for there is no home directory")
    return text === "~" ? Either.right(home) : anyText(joinPath(home, text.slice(2)))
  }

export interface Server {
  readonly host: string
  /** Port number or service name. */
  readonly service: string
}

const defaultService = "587"
const bracketed = /^\[([0-9A-Fa-f.]*:[0-9A-Fa-f:.]*(?:%[^\]]+)?)\](?::(.*))?$/
const bareIpv6 = /^[0-9A-Fa-f.]*:[0-9A-Fa-f.]*:[0-9A-Fa-f:.]*(?:%.+)?$/

const splitServer = (text: string): Server => {
  const ipv6 = bracketed.exec(text) ?? bareIpv6.exec(text)
  if (ipv6 !== null) return { host: ipv6[1] ?? text, service: ipv6[2] ?? "" }
  const colon = text.indexOf(":")
  return colon === -1
    ? { host: text, service: "" }
    : { host: text.slice(0, colon), service: text.slice(colon + 1) }
}

/** `host[:service]`, split at the first colon; an IPv6 address bare or in brackets. */
export const server: ReadText<Server> = (text) =>
  Either.flatMap(lineText(text), (line) => {
    const { host, service } = splitServer(line)
    const port = /^[0-9]+$/.test(service) ? Number(service) : undefined
    if (port !== undefined && (port < 1 || port > 65535))
      return mismatch("a port from 1 to 65535", `port ${service}`)
    return Either.right({
      host: host === "" ? "localhost" : host,
      service: port === undefined ? service || defaultService : String(port)
    })
  })

/** Services whose connections begin with TLS. */
const implicitTlsServices: ReadonlySet<string> = new Set(["465", "smtps", "submissions"])

export const isImplicitTlsService = (service: string): boolean =>
  implicitTlsServices.has(service.toLowerCase())

/** SHA-256, as `openssl x509 -fingerprint -sha256` prints it or as plain digits; gives 64 lower-case hex digits. */
export const fingerprint: ReadText<string> = (text) => {
  const digits = text
    .replace(/^(sha-?256)( fingerprint)?\s*[:=]\s*/i, "")
    .replace(/[:\s]/g, "")
    .toLowerCase()
  return /^[0-9a-f]{64}$/.test(digits)
    ? Either.right(digits)
    : mismatch("sha256: and 64 hexadecimal digits, with or without colons")
}
