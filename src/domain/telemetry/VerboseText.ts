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
  /** Replies to MAIL and RCPT still to come: with CHUNKING the message may be on its way before them. */
  readonly awaited: number
  /** Octets of the current message seen so far; absent outside a body. */
  readonly bodyBytes?: number
  /** What is told of the message once its envelope is answered. */
  readonly held: string
  readonly isConnected: boolean
  /** What is told of the MDA, which runs at the same time, once the session is over. */
  readonly later: string
}

export const initial: VerboseState = { reversePath: "", awaited: 0, held: "", isConnected: false, later: "" }

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

/** Text that belongs behind the lines of the envelope. */
const afterEnvelope = (state: VerboseState, text: string): VerboseStep =>
  state.awaited > 0 ? { state: { ...state, held: state.held + text }, text: "" } : { state, text }

const progress = (state: VerboseState, bytes: number): VerboseStep => {
  const before = state.bodyBytes ?? 0
  const lead = state.bodyBytes === undefined ? "Message data: " : ""
  return afterEnvelope({ ...state, bodyBytes: before + bytes }, lead + dots(before, before + bytes))
}

/** Ends what has been told of a message, if anything. */
const endBody = ({ bodyBytes, ...state }: VerboseState, more: string): VerboseStep => ({
  state: { ...state, held: "", awaited: 0 },
  text: `${state.held}${bodyBytes === undefined ? "" : "\n"}${more}`
})

const envelopeReply = (state: VerboseState, what: string, reply: Reply): VerboseStep => {
  const awaited = Math.max(0, state.awaited - 1)
  const text = replyLine(what, reply)
  return awaited > 0
    ? { state: { ...state, awaited }, text }
    : { state: { ...state, awaited, held: "" }, text: text + state.held }
}

/** The lines of a session are not interrupted. */
const aside = (state: VerboseState, text: string): VerboseStep =>
  state.isConnected ? { state: { ...state, later: state.later + text }, text: "" } : { state, text }

const noted = (state: VerboseState, note: DialogueNote): VerboseStep => {
  switch (note._tag) {
    case "ReplyTo":
      switch (note.stage) {
        case "mail":
          return envelopeReply(state, `From ${printable(state.reversePath)}`, note.reply)
        case "rcpt":
          return envelopeReply(state, `To ${printable(note.recipient?.mailbox ?? "")}`, note.reply)
        case "final-dot":
          return endBody(state, replyLine("Message sent", note.reply))
        default:
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
      return { state: { ...state, isConnected: true }, text: "Connected to MTA\n" }
    case "TlsEstablished": {
      const doubt =
        event.tls.unverified === undefined
          ? ""
          : `Certificate not verified: ${printable(event.tls.unverified)}\n`
      return { state, text: `StartTLS OK (${event.tls.cipherBits} bits)\n${doubt}` }
    }
    case "TransactionStarted":
      return {
        state: { ...state, reversePath: event.reversePath, awaited: 1 + event.recipients.length },
        text: ""
      }
    case "BodyProgress":
      return progress(state, event.bytes)
    case "Noted":
      return noted(state, event.note)
    case "TransactionFinished":
      return endBody(state, "")
    case "Disconnected":
      return { ...endBody(state, `Disconnected to MTA\n${state.later}`), state: initial }
    case "MdaStarted":
      return aside(state, `Connected to MDA: ${printable(event.command)}\n`)
    case "MdaFinished":
      return aside(state, "Disconnected to MDA\n")
    case "AddressTried":
    case "Received":
    case "Sent":
    case "HeaderSent":
    case "DeadlineArmed":
    case "Ready":
      return { state, text: "" }
  }
}
