/**
 * What no argument may hold: a control character in an address or a name becomes a second SMTP command, header field
 * or log line further on. C esmtp lets CR and LF through to the wire.
 *
 * Source: RFC 5321 §4.1.2; RFC 5322 §2.2; esmtp: main.c.
 */
import * as Either from "effect/Either"
import { hasControl, printable } from "../telemetry/Printable.ts"
import { UsageError } from "./UsageError.ts"

export const usageError = (argument: string, detail: string): UsageError =>
  new UsageError({ argument: printable(argument), detail })

/** `what` names the argument in the message: `recipient`, `-f`. */
export const withoutControls = (what: string, text: string): Either.Either<string, UsageError> =>
  hasControl(text)
    ? Either.left(usageError(text, `control character in ${what}: ${printable(text)}`))
    : Either.right(text)

/** Node replaces octets that are not UTF-8: an address that held some is not the one that was meant. */
const replacement = "\ufffd"

export const addressText = (what: string, text: string): Either.Either<string, UsageError> =>
  text.includes(replacement)
    ? Either.left(usageError(text, `${what} is not valid UTF-8: ${printable(text)}`))
    : withoutControls(what, text)

/** A file name: any character but controls; empty is a mistake of the caller, such as an unset variable. */
export const fileName = (what: string, text: string): Either.Either<string, UsageError> =>
  text === "" ? Either.left(usageError(text, `${what} needs a file name`)) : withoutControls(what, text)
