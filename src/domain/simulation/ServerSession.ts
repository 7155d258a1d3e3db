/**
 * One session of a simulated relay, from the server's side: octets in, octets and endings out. Pure, like the dialogue
 * that talks to it.
 *
 * Source: RFC 5321 §4.1.4 (order of commands), §4.2; RFC 2920 (pipelining); RFC 3030 (BDAT); RFC 3207 §4; RFC 4954 §4.
 */
import { fromBytes } from "../mail/ByteString.ts"
import * as RelayState from "./RelayState.ts"
import * as Commands from "./ServerCommands.ts"
import * as Transaction from "./ServerTransaction.ts"
import { type Output, type Session, type StoredMessage, type Turn, use } from "./ServerTurn.ts"

export interface Step {
  readonly relay: RelayState.RelayState
  readonly session: Session
  readonly outputs: ReadonlyArray<Output>
  readonly stored: ReadonlyArray<StoredMessage>
}

export type SessionEvent =
  /** The connection stands; over TLS already, with implicit TLS. */
  | { readonly _tag: "Opened"; readonly isSecure: boolean }
  | { readonly _tag: "Received"; readonly bytes: Uint8Array }
  /** The handshake after STARTTLS has succeeded. */
  | { readonly _tag: "Secured" }
  /** The client has gone. */
  | { readonly _tag: "Left" }

export const initial: Session = {
  phase: { _tag: "Fresh" },
  buffer: "",
  isSecure: false,
  isGreeted: false,
  recipients: [],
  messages: 0
}

const fresh: Session = { ...initial, phase: { _tag: "Commands" } }

/** The message up to its final dot, without the doubled dots; undefined: it has not ended. */
const dotted = (buffer: string): { readonly text: string; readonly rest: string } | undefined => {
  const isEmpty = buffer.startsWith(".\r\n")
  const end = isEmpty ? 0 : buffer.indexOf("\r\n.\r\n")
  if (end < 0) return undefined
  const text = isEmpty ? "" : buffer.slice(0, end + 2).replace(/(^|\r\n)\./g, "$1")
  return { text, rest: buffer.slice(isEmpty ? 3 : end + 5) }
}

/** Does what can be done with what is buffered; true: there may be more to do. */
const advance = (turn: Turn): boolean => {
  const { phase, buffer } = turn.session
  switch (phase._tag) {
    case "Data": {
      const message = dotted(buffer)
      if (message === undefined) return false
      turn.session = { ...turn.session, buffer: message.rest, phase: { _tag: "Commands" } }
      Transaction.finish(turn, message.text)
      return true
    }
    case "Chunk": {
      if (buffer.length < phase.bytes) return false
      const text = phase.before + buffer.slice(0, phase.bytes)
      turn.session = { ...turn.session, buffer: buffer.slice(phase.bytes), phase: { _tag: "Commands" } }
      Transaction.chunkTaken(turn, text, phase)
      return true
    }
    case "Commands":
    case "Auth": {
      const end = buffer.indexOf("\r\n")
      if (end < 0) return false
      turn.session = { ...turn.session, buffer: buffer.slice(end + 2) }
      Commands.line(turn, buffer.slice(0, end))
      return true
    }
    case "Fresh":
    case "Over":
      return false
  }
}

const opened = (turn: Turn, isSecure: boolean): void => {
  turn.session = { ...fresh, isSecure }
  turn.relay = { ...turn.relay, openSessions: turn.relay.openSessions + 1 }
  Commands.greet(turn)
}

const received = (turn: Turn, bytes: Uint8Array): void => {
  if (turn.session.phase._tag === "Over") return
  if (RelayState.isCutOff(turn.relay, turn.now)) {
    turn.outputs.push({ _tag: "Close", afterMillis: 0 })
    turn.session = { ...turn.session, phase: { _tag: "Over" } }
    return
  }
  const wasBody = turn.session.phase._tag === "Data" || turn.session.phase._tag === "Chunk"
  turn.session = { ...turn.session, buffer: turn.session.buffer + fromBytes(bytes) }
  if (wasBody && use(turn, "body")) return
  while (advance(turn));
}

const left = (turn: Turn): void => {
  if (turn.session.phase._tag === "Fresh") return
  turn.session = { ...turn.session, phase: { _tag: "Fresh" } }
  turn.relay = { ...turn.relay, openSessions: turn.relay.openSessions - 1 }
}

export const step = (
  relay: RelayState.RelayState,
  session: Session,
  event: SessionEvent,
  now: number
): Step => {
  const turn: Turn = { relay, session, now, outputs: [], stored: [] }
  switch (event._tag) {
    case "Opened":
      opened(turn, event.isSecure)
      break
    case "Received":
      received(turn, event.bytes)
      break
    case "Secured":
      turn.session = { ...fresh, isSecure: true }
      break
    case "Left":
      left(turn)
      break
  }
  return { relay: turn.relay, session: turn.session, outputs: turn.outputs, stored: turn.stored }
}
