/**
 * Addresses from a command line: recipients as operands, the sender of `-f`.
 *
 * Source: RFC 5321 §4.1.2; sendmail(1). esmtp: main.c. Deviations: display names and brackets are taken off, lists are
 * split, and whatever is broken is refused, for whoever typed it can type it again.
 */
import * as Either from "effect/Either"
import { hasControl } from "../telemetry/Printable.ts"
import { parseAddressList } from "./AddressList.ts"
import { type AddressProblem, addressProblem } from "./AddressProblem.ts"
import { type Mailbox, nullSender, type ReversePath } from "./Mailbox.ts"

/** Joined with commas or semicolons, or alone; at least one. */
export const parseOperand = (text: string): Either.Either<ReadonlyArray<Mailbox>, AddressProblem> => {
  // Blanks fold in a header, but here a line end is an attempt at another command.
  if (hasControl(text)) return Either.left(addressProblem("fault", 0, text, "control character"))
  const { addresses, problems } = parseAddressList(text)
  const problem =
    problems.find(({ severity }) => severity === "fault") ??
    problems[0] ??
    (addresses.length === 0 ? addressProblem("fault", 0, text, "no address") : undefined)
  return problem === undefined ? Either.right(addresses.map(({ mailbox }) => mailbox)) : Either.left(problem)
}

/** Exactly one address. */
export const parseMailbox = (text: string): Either.Either<Mailbox, AddressProblem> =>
  Either.flatMap(parseOperand(text), ([first, second]) =>
    first === undefined || second !== undefined
      ? Either.left(addressProblem("fault", 0, text, "more than one address"))
      : Either.right(first)
  )

/** An empty text and `<>` are the null sender. */
export const parseReversePath = (text: string): Either.Either<ReversePath, AddressProblem> =>
  /^\s*(?:<\s*>)?\s*$/.test(text) && !hasControl(text) ? Either.right(nullSender) : parseMailbox(text)
