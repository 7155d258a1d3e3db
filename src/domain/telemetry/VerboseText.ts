/**
 * The lines of `-v`, as a pure fold over session events.
 *
 * Source: esmtp: smtp.c `event_cb`, local.c, main.c. Reply texts come without their enhanced status code and end with
 * CRLF, as there. Deviation: server text is made printable first.
 */

import type { DialogueNote } from "../smtp/DialogueTypes.ts"
import { textWithoutStatus } from "../smtp/EnhancedStatus.ts"
import type { Reply } from "../smtp/Reply.ts"
import { printable } from "./Printable.ts"
import type { SessionEvent } from "./SessionEvent.ts"

export interface VerboseState {
  readonly reversePath: string
  /** Octets of the current message seen so far; absent outside a body. */
  readonly bodyBytes?: number
}

export const initial: VerboseState = { reversePath: "" }

export interface VerboseStep {
  readonly state: VerboseState
  readonly text: string
}

const bytesPerDot = 1024

const replyLine = (what: string, reply: Reply): string =>
  `${what}: ${reply.code} ${textWithoutStatus(reply)
    .map((line) => `${printable(line)}\r\n`)
    .join("")}`

const dots = (before: number, after: number): string =>
  ".".repeat(Math.ceil(after / bytesPerDot) - Math.ceil(before / bytesPerDot))

const progress = (state: VerboseState, bytes: number): VerboseStep => {
  const before = state.bodyBytes ?? 0
  const lead = state.bodyBytes === undefined ? "Message data: " : ""
  return { state: { ...state, bodyBytes: before + bytes }, text: lead + dots(before, before + bytes) }
}

const endBody = (state: VerboseState): string => (state.bodyBytes === undefined ? "" : "\n")

const noted = (state: VerboseState, note: DialogueNote): VerboseStep => {
  switch (note._tag) {
    case "ReplyTo": {
      const { reply } = note
      if (note.stage === "mail")
        return { state, text: replyLine(`From ${printable(state.reversePath)}`, reply) }
      if (note.stage === "rcpt") {
        return { state, text: replyLine(`To ${printable(note.recipient?.mailbox ?? "")}`, reply) }
      }
      if (note.stage === "final-dot") {
        return {
          state: { reversePath: state.reversePath },
          text: `${endBody(state)}${replyLine("Message sent", reply)}`
        }
      }
      return { state, text: "" }
    }
    case "ContinuingInClear":
      return { state, text: `Continuing without TLS: ${printable(note.because)}\n` }
    case "MechanismChosen":
      return { state, text: `Authenticating with ${note.mechanism}\n` }
    case "MechanismFailed":
    case "DsnNotOffered":
      return { state, text: "" }
  }
}

export const step = (state: VerboseState, event: SessionEvent): VerboseStep => {
  switch (event._tag) {
    case "HookStarted": {
      const name = event.hook === "preconnect" ? "pre-connect" : "post-connect"
      return { state, text: `Executing ${name} command: ${printable(event.command)}\n` }
    }
    case "Connected":
      return { state, text: "Connected to MTA\n" }
    case "TlsEstablished": {
      const doubt =
        event.tls.unverified === undefined
          ? ""
          : `Certificate not verified: ${printable(event.tls.unverified)}\n`
      return { state, text: `StartTLS OK (${event.tls.cipherBits} bits)\n${doubt}` }
    }
    case "TransactionStarted":
      return { state: { reversePath: event.reversePath }, text: "" }
    case "BodyProgress":
      return progress(state, event.bytes)
    case "Noted":
      return noted(state, event.note)
    case "TransactionFinished":
      return { state: { reversePath: state.reversePath }, text: endBody(state) }
    case "Disconnected":
      return { state: initial, text: `${endBody(state)}Disconnected to MTA\n` }
    case "MdaStarted":
      return { state, text: `Connected to MDA: ${printable(event.command)}\n` }
    case "MdaFinished":
      return { state, text: "Disconnected to MDA\n" }
    case "AddressTried":
    case "Received":
    case "Sent":
    case "HeaderSent":
    case "Ready":
      return { state, text: "" }
  }
}
