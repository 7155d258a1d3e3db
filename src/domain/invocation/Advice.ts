/**
 * What a person can do about a failure, in one line. Shown on a terminal or with `-v`; never needed to know what happened.
 */
import * as Option from "effect/Option"
import type { ConfigError } from "../config/ConfigError.ts"
import type { MessageError } from "../mail/MessageError.ts"
import type { HookFailed, MdaFailed } from "../mda/MdaError.ts"
import type { QueueFailed } from "../queue/QueueError.ts"
import { relayAdvice } from "./RelayAdvice.ts"
import type { EsmtpError } from "./SysExits.ts"

type Advice = string | undefined

const ofConfig = ({ reason }: ConfigError): Advice => {
  switch (reason) {
    case "NotFound":
      return "write ~/.esmtprc as esmtprc(5) tells, mode 0600, or name a file with -C"
    case "Unreadable":
      return "check owner and mode of the file and of the directories above it"
    case "Syntax":
    case "Value":
      return "see esmtprc(5)"
    case "Unsafe":
      return undefined
  }
}

const ofMessage = ({ reason }: MessageError): Advice => {
  switch (reason) {
    case "NoRecipients":
      return "name recipients as arguments, or with -t in To:, Cc: or Bcc:"
    case "TooManyHops":
      return "the mail goes round in a circle: look at its Received: fields"
    case "SpoolFailed":
      return "check space and permissions of the directory for temporary files"
    default:
      return undefined
  }
}

const ofMda = ({ reason, end }: MdaFailed): Advice => {
  if (reason === "NoMda") return "set mda, or qualifydomain, or write the address with its domain"
  return end?._tag === "NotStarted" ? "check the command that mda names" : undefined
}

const ofHook = ({ hook }: HookFailed): Advice => `run the command of ${hook} by hand to see what is wrong`

const ofQueue = ({ reason }: QueueFailed): Advice => {
  switch (reason) {
    case "NoSpace":
      return "make room on the disk, or set queue_dir"
    case "Permission":
    case "Unsafe":
      return "the queue must be a directory of yours with mode 0700: see queue_dir in esmtprc(5)"
    case "NotFound":
      return "mailq lists the queue"
    default:
      return undefined
  }
}

const adviceFor = (error: EsmtpError): Advice => {
  switch (error._tag) {
    case "UsageError":
    case "OutputError":
      return undefined
    case "ConfigError":
      return ofConfig(error)
    case "MessageError":
      return ofMessage(error)
    case "MdaFailed":
      return ofMda(error)
    case "HookFailed":
      return ofHook(error)
    case "QueueFailed":
      return ofQueue(error)
    default:
      return relayAdvice(error)
  }
}

/** None where the line itself says all there is to do. */
export const advice = (error: EsmtpError): Option.Option<string> => Option.fromNullable(adviceFor(error))

/** The same advice of several failures once, in their order. */
export const adviceLines = (errors: ReadonlyArray<EsmtpError>): ReadonlyArray<string> =>
  [...new Set(errors.map(adviceFor))]
    .filter((text) => text !== undefined)
    .map((text) => `esmtp: hint: ${text}`)
