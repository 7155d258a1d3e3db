/**
 * Options set by letter (`-oi`, `-odq`) or by name (`-O DeliveryMode=q`). Three concern esmtp; the others are accepted
 * and ignored, as callers pass `-oem`, `-om` or `-oQ/dir` whatever the sendmail.
 *
 * Source: sendmail 8.17 readcf.c (`setoption`); esmtp: main.c (ignores them all).
 */
import * as Either from "effect/Either"
import { printable } from "../telemetry/Printable.ts"
import { usageError } from "./ArgumentText.ts"
import type { SubmitRequest } from "./Invocation.ts"
import type { UsageError } from "./UsageError.ts"

export type SetOption =
  | { readonly _tag: "DeliveryMode"; readonly mode: NonNullable<SubmitRequest["deliveryMode"]> }
  | { readonly _tag: "IgnoreDots"; readonly value: boolean }
  | { readonly _tag: "Verbose"; readonly value: boolean }
  | { readonly _tag: "Ignored" }

const deliveryModes: ReadonlyMap<string, NonNullable<SubmitRequest["deliveryMode"]>> = new Map([
  ["i", "interactive"],
  ["f", "interactive"],
  ["b", "background"],
  ["q", "queue"],
  ["d", "queue"]
])

/** sendmail's `atobool`: nothing, or a word that begins like true or yes. */
const isTrue = (value: string): boolean => value === "" || /^[tTyY]/.test(value)

type Option = "deliveryMode" | "ignoreDots" | "verbose" | undefined

const set = (option: Option, value: string, shown: string): Either.Either<SetOption, UsageError> => {
  switch (option) {
    case "ignoreDots":
      return Either.right({ _tag: "IgnoreDots", value: isTrue(value) })
    case "verbose":
      return Either.right({ _tag: "Verbose", value: isTrue(value) })
    case "deliveryMode": {
      const mode = value === "" ? "interactive" : deliveryModes.get(value.slice(0, 1).toLowerCase())
      return mode === undefined
        ? Either.left(usageError(shown, `Unknown delivery mode ${printable(value)}`))
        : Either.right({ _tag: "DeliveryMode", mode })
    }
    case undefined:
      return Either.right({ _tag: "Ignored" })
  }
}

const letters: ReadonlyMap<string, Option> = new Map([
  ["d", "deliveryMode"],
  ["i", "ignoreDots"],
  ["v", "verbose"]
])

const names: ReadonlyMap<string, Option> = new Map([
  ["deliverymode", "deliveryMode"],
  ["ignoredots", "ignoreDots"],
  ["verbose", "verbose"]
])

/** `-o`: the first character is the option, the rest its value. */
export const parseLetterOption = (value: string): Either.Either<SetOption, UsageError> =>
  set(letters.get(value.slice(0, 1)), value.slice(1).trim(), `-o${value}`)

/** `-O`: `Name=value`, in any letter case. */
export const parseNamedOption = (value: string): Either.Either<SetOption, UsageError> => {
  const equals = value.indexOf("=")
  const name = (equals < 0 ? value : value.slice(0, equals)).trim().toLowerCase()
  return set(names.get(name), equals < 0 ? "" : value.slice(equals + 1).trim(), `-O${value}`)
}
