/**
 * The value of `-q`: run the queue once, at intervals, or only what a filter names.
 *
 * Source: sendmail 8.17 main.c; esmtp: main.c; sendmail(1) of Postfix and Exim (`-qf`, `-qff`, `-qi`).
 * Deviation: filters need a substring; C esmtp accepts all of these and does nothing.
 */
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import { printable } from "../telemetry/Printable.ts"
import { usageError, withoutControls } from "./ArgumentText.ts"
import type { QueueFilter } from "./Invocation.ts"
import { parseInterval } from "./QueueInterval.ts"
import type { UsageError } from "./UsageError.ts"

/** What all `-q…` of a command line say together. */
export interface QueueRunFlags {
  readonly filters: ReadonlyArray<QueueFilter>
  readonly repeat?: { readonly everyMillis: number } | "schedule"
}

export const noQueueRunFlags: QueueRunFlags = { filters: [] }

type Parsed = Either.Either<QueueRunFlags, UsageError>

const fields: ReadonlyMap<string, QueueFilter["field"]> = new Map([
  ["I", "id"],
  ["R", "recipient"],
  ["S", "sender"]
])

const invalid = (value: string): Parsed =>
  Either.left(usageError(`-q${value}`, `Invalid -q argument ${printable(value)}`))

const filtered = (
  flags: QueueRunFlags,
  field: QueueFilter["field"],
  substring: string,
  negated: boolean
): Parsed =>
  substring === ""
    ? Either.left(usageError("-q", "a filter of -q needs a substring glued to it: -qRsubstring"))
    : Either.map(withoutControls("-q", substring), (text) => ({
        ...flags,
        filters: [...flags.filters, { field, substring: text, negated }]
      }))

/** `0` means once, as in sendmail. */
const repeated = (flags: QueueRunFlags, value: string, interval: string): Parsed =>
  Option.match(parseInterval(interval), {
    onNone: () => invalid(value),
    onSome: (everyMillis) => Either.right(everyMillis === 0 ? flags : { ...flags, repeat: { everyMillis } })
  })

/** Adds one `-q` to what earlier ones said; `value` is absent for a bare `-q`. */
export const parseQueueRun = (flags: QueueRunFlags, value: string | undefined): Parsed => {
  if (value === undefined) return Either.right(flags)
  const negated = value.startsWith("!")
  const text = negated ? value.slice(1) : value
  const field = fields.get(text.slice(0, 1))
  if (field !== undefined) return filtered(flags, field, text.slice(1), negated)
  if (negated) return invalid(value)
  // One queue, so every queue group is all of it.
  if (text.startsWith("G")) return Either.right(flags)
  if (text === "p") return Either.right({ ...flags, repeat: "schedule" })
  if (text.startsWith("p")) return repeated(flags, value, text.slice(1))
  if (/^q?i?f{0,2}l?$/.test(text)) return Either.right(flags)
  return repeated(flags, value, text)
}
