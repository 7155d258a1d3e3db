/**
 * Which status each failure exits with.
 *
 * Source: esmtp: main.c. Deviation: C esmtp has 70 for every refusal, temporary or not, and never 75.
 */
import type { ConfigError } from "../config/ConfigError.ts"
import type { MessageError } from "../mail/MessageError.ts"
import type { DeliveryError, Outcome } from "../mail/Outcome.ts"
import type { HookFailed, MdaFailed } from "../mda/MdaError.ts"
import type { QueueFailed } from "../queue/QueueError.ts"
import { demandsAuthentication, forRecipient, severity } from "../queue/Severity.ts"
import type { Reply } from "../smtp/Reply.ts"
import type {
  AuthFailed,
  ConnectFailed,
  MessageRejected,
  RecipientsRejected,
  TlsFailed
} from "../smtp/SmtpError.ts"
import type { OutputError } from "../telemetry/OutputError.ts"
import { mostPermanent, SysExit } from "./SysExit.ts"
import type { UsageError } from "./UsageError.ts"

/** Everything that can end the program short of a defect. */
export type EsmtpError = UsageError | ConfigError | MessageError | OutputError | DeliveryError

const ofMessageError = ({ reason }: MessageError): SysExit => {
  switch (reason) {
    case "BadAddress":
    case "NoRecipients":
    case "HeaderTooLarge":
    case "TooManyHops":
      return SysExit.DataError
    case "Unreadable":
    case "SpoolFailed":
      return SysExit.IoError
    case "Interrupted":
      return SysExit.TempFail
  }
}

const ofConnect = ({ reason }: ConnectFailed): SysExit => {
  switch (reason) {
    case "NameNotFound":
      return SysExit.NoHost
    case "ServiceUnknown":
    case "HeloNameUnusable":
      return SysExit.Config
    case "NameLookupFailed":
    case "Refused":
    case "Unreachable":
    case "Lost":
    case "ServiceClosing":
    case "GreetingRefused":
    case "EhloRefused":
      return SysExit.TempFail
  }
}

const ofTls = ({ reason }: TlsFailed): SysExit => {
  switch (reason) {
    case "NotOffered":
    case "Refused":
    case "Handshake":
      return SysExit.TempFail
    case "Injection":
      return SysExit.Protocol
    case "Certificate":
      return SysExit.NoPermission
    case "Store":
      return SysExit.Config
  }
}

/** 454 and 432 pass by themselves; everything else about AUTH a person has to put right. */
const ofAuth = ({ reason, reply }: AuthFailed): SysExit =>
  reason === "Unavailable" || (reply !== undefined && reply.code >= 400 && reply.code <= 499)
    ? SysExit.TempFail
    : SysExit.NoPermission

/** A refusal: 530 asks for authentication and will go on asking; else it counts whether another try may help. */
const ofRefusal = (error: DeliveryError, reply: Reply | undefined, permanent: SysExit): SysExit => {
  if (reply !== undefined && demandsAuthentication(reply)) return SysExit.NoPermission
  return severity(error) === "permanent" ? permanent : SysExit.TempFail
}

const ofMessageRejected = (error: MessageRejected): SysExit =>
  ofRefusal(error, error.reply, error.reason === "Unsendable" ? SysExit.DataError : SysExit.Unavailable)

const ofRecipients = (error: RecipientsRejected): SysExit =>
  ofRefusal(error, error.rejected[0]?.reply, SysExit.NoUser)

/** What an MDA says about the mail is passed on; what it says about itself (64, 70) is not a fault of esmtp's. */
const mdaStatuses: ReadonlyMap<number, SysExit> = new Map<number, SysExit>([
  [64, SysExit.Unavailable],
  [65, SysExit.DataError],
  [67, SysExit.NoUser],
  [68, SysExit.NoHost],
  [69, SysExit.Unavailable],
  [70, SysExit.Unavailable],
  [75, SysExit.TempFail],
  [77, SysExit.NoPermission]
])

const ofMda = ({ reason, end }: MdaFailed): SysExit => {
  if (reason === "NoMda") return SysExit.OsFile
  if (reason === "BadRecipient") return SysExit.DataError
  switch (end?._tag) {
    case "Exited":
      return mdaStatuses.get(end.status) ?? SysExit.OsError
    case "TimedOut":
      return SysExit.TempFail
    default:
      return SysExit.OsError
  }
}

const ofHook = ({ end }: HookFailed): SysExit => {
  switch (end._tag) {
    case "NotStarted":
    case "BadOutput":
      return SysExit.Config
    case "Exited":
    case "Signalled":
    case "TimedOut":
      return SysExit.TempFail
  }
}

const ofQueue = ({ reason }: QueueFailed): SysExit => {
  switch (reason) {
    case "NoSpace":
      return SysExit.TempFail
    case "Permission":
      return SysExit.CantCreate
    case "Unsafe":
      return SysExit.NoPermission
    case "Corrupt":
    case "Io":
      return SysExit.IoError
    case "Unsupported":
      return SysExit.Config
    case "NotFound":
      return SysExit.NoInput
  }
}

/** Of an interactive delivery; from the queue the same error may well be tried again. */
export const fromError = (error: EsmtpError): SysExit => {
  switch (error._tag) {
    case "UsageError":
      return SysExit.Usage
    case "ConfigError":
      return SysExit.Config
    case "MessageError":
      return ofMessageError(error)
    case "OutputError":
      return SysExit.CantCreate
    case "ConnectFailed":
      return ofConnect(error)
    case "TlsFailed":
      return ofTls(error)
    case "AuthFailed":
      return ofAuth(error)
    case "SenderRejected":
      return ofRefusal(error, error.reply, SysExit.Unavailable)
    case "RecipientsRejected":
      return ofRecipients(error)
    case "MessageRejected":
      return ofMessageRejected(error)
    case "ProtocolViolation":
      return SysExit.Protocol
    case "SessionTimedOut":
      return SysExit.TempFail
    case "MdaFailed":
      return ofMda(error)
    case "HookFailed":
      return ofHook(error)
    case "QueueFailed":
      return ofQueue(error)
  }
}

const fromOutcome = ({ recipient, result }: Outcome): SysExit => {
  if (result._tag === "Right") return SysExit.Ok
  return fromError(forRecipient(recipient.mailbox, result.left))
}

/** Where outcomes differ the most permanent one wins. */
export const fromOutcomes = (outcomes: ReadonlyArray<Outcome>): SysExit =>
  mostPermanent(outcomes.map(fromOutcome))
