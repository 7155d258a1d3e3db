/** An example of every error there is, by every distinction that the table of docs/ERRORS.md makes. */
import { ConfigError } from "../../src/domain/config/ConfigError.ts"
import { type EsmtpError, fromError } from "../../src/domain/invocation/SysExits.ts"
import { UsageError } from "../../src/domain/invocation/UsageError.ts"
import { MessageError } from "../../src/domain/mail/MessageError.ts"
import { HookFailed, MdaFailed } from "../../src/domain/mda/MdaError.ts"
import { QueueFailed } from "../../src/domain/queue/QueueError.ts"
import { severity } from "../../src/domain/queue/Severity.ts"
import { isInDoubt } from "../../src/domain/smtp/Stage.ts"
import { OutputError } from "../../src/domain/telemetry/OutputError.ts"
import {
  auth,
  connect,
  message,
  recipients,
  sender,
  timeout,
  tls,
  violation
} from "../domain/invocation/failures.ts"

const each = <Reason>(reasons: ReadonlyArray<Reason>, make: (reason: Reason) => EsmtpError) =>
  reasons.map(make)

const config = (reason: ConfigError["reason"]) =>
  new ConfigError({
    path: "~/.esmtprc",
    reason,
    line: 3,
    column: 1,
    detail: "what was found, what was expected"
  })

const mail = (reason: MessageError["reason"]) => new MessageError({ reason, detail: "what is wrong" })

const queue = (reason: QueueFailed["reason"]) =>
  new QueueFailed({ operation: "write", path: "~/.esmtp_queue", reason, detail: "what the system said" })

export const errorSamples: ReadonlyArray<EsmtpError> = [
  new UsageError({ argument: "-Z", detail: "what is wrong with the argument" }),
  ...each(["NotFound", "Unreadable", "Unsafe", "Syntax", "Value"] as const, config),
  ...each(
    [
      "BadAddress",
      "NoRecipients",
      "HeaderTooLarge",
      "TooManyHops",
      "Unreadable",
      "Interrupted",
      "SpoolFailed"
    ] as const,
    mail
  ),
  new OutputError({ path: "transcript", detail: "what the system said" }),
  ...each(
    [
      "NameNotFound",
      "NameLookupFailed",
      "ServiceUnknown",
      "Refused",
      "Unreachable",
      "Lost",
      "ServiceClosing",
      "GreetingRefused",
      "EhloRefused",
      "HeloNameUnusable"
    ] as const,
    (reason) => connect(reason)
  ),
  connect("Lost", "final-dot"),
  ...each(["NotOffered", "Refused", "Injection", "Handshake", "Certificate", "Store"] as const, (reason) =>
    tls(reason)
  ),
  auth("Rejected", 535),
  auth("Unavailable", 454),
  ...each(
    [
      "MechanismUnusable",
      "NotOffered",
      "PlaintextRefused",
      "NoCredentials",
      "BadChallenge",
      "ServerUnverified"
    ] as const,
    (reason) => auth(reason)
  ),
  sender(550),
  sender(450),
  recipients(["ann@example.org", 550, "No such user"]),
  recipients(["ann@example.org", 450, "Try again"]),
  message("Refused", 554),
  message("Refused", 451),
  ...each(
    ["TooLarge", "EightBitUnsupported", "Utf8Unsupported", "OtherRecipientRefused", "Unsendable"] as const,
    (reason) => message(reason)
  ),
  violation("ehlo"),
  timeout("greeting"),
  new MdaFailed({ reason: "NoMda" }),
  new MdaFailed({ reason: "BadRecipient" }),
  new MdaFailed({ reason: "Failed", command: "procmail", end: { _tag: "Exited", status: 75 } }),
  new MdaFailed({ reason: "Failed", command: "procmail", end: { _tag: "Exited", status: 67 } }),
  new HookFailed({ hook: "preconnect", command: "ssh-tunnel", end: { _tag: "Exited", status: 1 } }),
  new HookFailed({ hook: "password_command", command: "pass", end: { _tag: "Exited", status: 1 } }),
  ...each(["NoSpace", "Permission", "Corrupt", "Unsafe", "Io", "Unsupported", "NotFound"] as const, queue)
]

export const fateInQueue = (error: EsmtpError): string => {
  switch (error._tag) {
    case "UsageError":
    case "ConfigError":
    case "MessageError":
    case "OutputError":
      return "not queued"
    default:
      return severity(error) === "transient" ? "tried again" : "returned"
  }
}

export const nameOf = (error: EsmtpError): string =>
  "reason" in error ? `${error._tag} ${error.reason}` : error._tag

/** What tells one row of the table from all others. */
export const rowOf = (error: EsmtpError): string => {
  const which = "hook" in error ? ` of ${error.hook}` : ""
  const doubt =
    "stage" in error && isInDoubt(error.stage) && error._tag === "ConnectFailed" ? ", in doubt" : ""
  return `${nameOf(error)}${which} (${fromError(error)}, ${fateInQueue(error)}${doubt})`
}
