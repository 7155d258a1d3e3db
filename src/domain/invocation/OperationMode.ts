/**
 * The value of `-b`. As in every sendmail only its first letter counts.
 *
 * Source: esmtp: main.c; sendmail 8.17 main.c; dma(8) (`-bq`).
 */
import * as Either from "effect/Either"
import { printable } from "../telemetry/Printable.ts"
import { usageError } from "./ArgumentText.ts"
import type { UsageError } from "./UsageError.ts"

export type OperationMode = "submit" | "queue" | "explain" | "list" | "newaliases" | "smtp"

export interface ModeLetter {
  readonly letter: string
  /** Absent: what some sendmail does and esmtp never will. */
  readonly mode?: OperationMode
  readonly text: string
}

export const modeLetters: ReadonlyArray<ModeLetter> = [
  { letter: "m", mode: "submit", text: "delivers a message; the default" },
  { letter: "p", mode: "list", text: "lists the queue" },
  { letter: "i", mode: "newaliases", text: "does nothing: there are no aliases" },
  { letter: "v", mode: "explain", text: "tells what would be done, and does nothing" },
  { letter: "q", mode: "queue", text: "same as -odq" },
  { letter: "s", mode: "smtp", text: "takes messages by SMTP on standard input" },
  { letter: "a", text: "ARPANET mode" },
  { letter: "C", text: "configuration check" },
  { letter: "d", text: "daemon" },
  { letter: "D", text: "daemon in the foreground" },
  { letter: "h", text: "host status" },
  { letter: "H", text: "purge of the host status" },
  { letter: "l", text: "local daemon" },
  { letter: "P", text: "number of queue entries" },
  { letter: "S", text: "batched SMTP on standard input" },
  { letter: "t", text: "address test" },
  { letter: "z", text: "frozen configuration" }
]

const byLetter: ReadonlyMap<string, ModeLetter> = new Map(modeLetters.map((mode) => [mode.letter, mode]))

export const parseMode = (value: string): Either.Either<OperationMode, UsageError> => {
  const letter = Array.from(value)[0] ?? ""
  const known = byLetter.get(letter)
  if (known === undefined) {
    return Either.left(usageError(`-b${value}`, `Invalid operation mode ${printable(letter)}`))
  }
  return known.mode === undefined
    ? Either.left(usageError(`-b${value}`, `Unsupported operation mode ${letter}`))
    : Either.right(known.mode)
}
