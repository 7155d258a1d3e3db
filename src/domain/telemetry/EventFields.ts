/** Session events as debug logs: a constant message and fields; bodies and raw traffic belong to `-X`. */
import { replyWords } from "../invocation/Wording.ts"
import type { DialogueNote } from "../smtp/DialogueTypes.ts"
import { peerName } from "../smtp/SmtpError.ts"
import { printable } from "./Printable.ts"
import type { SessionEvent } from "./SessionEvent.ts"

export interface DebugLog {
  readonly message: string
  readonly fields: Readonly<Record<string, string | number>>
}

const noted = (note: DialogueNote): DebugLog => {
  switch (note._tag) {
    case "ReplyTo":
      return {
        message: "reply",
        fields: {
          stage: note.stage,
          code: note.reply.code,
          text: replyWords(note.reply),
          ...(note.recipient !== undefined && { recipient: printable(note.recipient.mailbox) })
        }
      }
    case "MechanismChosen":
      return {
        message: "mechanism chosen",
        fields: { mechanism: note.mechanism, because: printable(note.because) }
      }
    case "MechanismFailed":
      return { message: "mechanism failed", fields: { reason: printable(note.error.message) } }
    case "ContinuingInClear":
      return { message: "continuing without TLS", fields: { because: printable(note.because) } }
    case "DsnNotOffered":
      return { message: "DSN not offered", fields: {} }
  }
}

/** Absent: not worth a line. */
export const debugLog = (event: SessionEvent): DebugLog | undefined => {
  switch (event._tag) {
    case "HookStarted":
      return { message: "hook started", fields: { hook: event.hook } }
    case "AddressTried":
      return {
        message: "address tried",
        fields: { address: event.peer.address ?? "", failure: printable(event.failure ?? "") }
      }
    case "Connected":
      return {
        message: "connected",
        fields: { relay: printable(peerName(event.peer)), address: event.peer.address ?? "" }
      }
    case "TlsEstablished":
      return {
        message: "TLS established",
        fields: {
          protocol: event.tls.protocol,
          cipher: event.tls.cipher,
          expires: event.tls.certificateExpiresAt ?? "",
          unverified: printable(event.tls.unverified ?? "")
        }
      }
    case "Ready":
      return {
        message: "session ready",
        fields: {
          extensions: printable([...event.session.extensions.keys()].join(" ")),
          mechanism: event.session.mechanism ?? ""
        }
      }
    case "Noted":
      return noted(event.note)
    case "DeadlineArmed":
      return { message: "deadline armed", fields: { stage: event.stage, millis: event.millis } }
    case "TransactionStarted":
      return {
        message: "transaction",
        fields: { from: printable(event.reversePath), recipients: event.recipients.length }
      }
    case "Disconnected":
      return { message: "disconnected", fields: { relay: printable(peerName(event.peer)) } }
    case "MdaStarted":
      return { message: "MDA started", fields: { command: printable(event.command) } }
    case "MdaFinished":
      return { message: "MDA finished", fields: {} }
    case "Sent":
      return { message: "sent", fields: { commands: printable(event.text.trimEnd()) } }
    case "Received":
    case "HeaderSent":
    case "BodyProgress":
    case "TransactionFinished":
      return undefined
  }
}
