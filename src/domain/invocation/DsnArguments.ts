/**
 * The values of `-B`, `-N`, `-R` and `-V`.
 *
 * Source: RFC 3461 §4 (NOTIFY, RET, ENVID), RFC 6152 §2 (BODY); esmtp: main.c; sendmail 8.17 main.c.
 * Deviations from esmtp: any letter case; an unknown word is an error and not ignored.
 */
import * as Either from "effect/Either"
import type { BodyType, Notify, NotifyOn } from "../mail/Envelope.ts"
import * as Limits from "../smtp/Limits.ts"
import { printable } from "../telemetry/Printable.ts"
import { usageError, withoutControls } from "./ArgumentText.ts"
import type { UsageError } from "./UsageError.ts"

type Parsed<A> = Either.Either<A, UsageError>

const bodyTypes: ReadonlyMap<string, BodyType> = new Map([
  ["7BIT", "7BIT"],
  ["8BITMIME", "8BITMIME"],
  ["8BIT", "8BITMIME"]
])

export const parseBody = (value: string): Parsed<BodyType> => {
  const body = bodyTypes.get(value.toUpperCase())
  return body === undefined
    ? Either.left(usageError(value, `Unsupported body type ${printable(value)}`))
    : Either.right(body)
}

const notifyWords: ReadonlyMap<string, NotifyOn> = new Map([
  ["success", "SUCCESS"],
  ["failure", "FAILURE"],
  ["delay", "DELAY"]
])

const notifyError = (value: string): UsageError =>
  usageError(value, `Invalid -N argument ${printable(value)}: never, or a list of success, failure, delay`)

/** Adds one `-N` to what earlier ones said; words add up, in the order of C esmtp, and `never` stands alone. */
export const parseNotify = (value: string, earlier: Notify | undefined): Parsed<Notify> => {
  const words = value.split(",").map((word) => word.trim().toLowerCase())
  if (words.length === 1 && words[0] === "never") {
    return earlier === undefined || earlier === "NEVER"
      ? Either.right("NEVER")
      : Either.left(notifyError(value))
  }
  if (earlier === "NEVER") return Either.left(notifyError(value))
  const events = new Set<NotifyOn>(earlier ?? [])
  for (const word of words) {
    const event = notifyWords.get(word)
    if (event === undefined) return Either.left(notifyError(value))
    events.add(event)
  }
  return Either.right([...notifyWords.values()].filter((event) => events.has(event)))
}

export const parseRet = (value: string): Parsed<"FULL" | "HDRS"> => {
  const word = value.toUpperCase()
  return word === "FULL" || word === "HDRS"
    ? Either.right(word)
    : Either.left(usageError(value, `Invalid -R argument ${printable(value)}: full or hdrs`))
}

const xtextLength = (value: string): number => {
  let length = 0
  for (const character of value) length += /[!-*,-<>-~]/.test(character) ? 1 : 3
  return length
}

/** The identifier itself, not its xtext form. Empty, as from an unset variable, is no identifier. */
export const parseEnvid = (value: string): Parsed<string | undefined> =>
  Either.flatMap(withoutControls("-V", value), (text) => {
    if (!/^[ -~]*$/.test(text)) {
      return Either.left(usageError(text, `Invalid -V argument ${printable(text)}: printable US-ASCII only`))
    }
    if (xtextLength(text) > Limits.envidCharacters) {
      return Either.left(
        usageError(text, `Invalid -V argument: longer than ${Limits.envidCharacters} characters`)
      )
    }
    return Either.right(text === "" ? undefined : text)
  })
