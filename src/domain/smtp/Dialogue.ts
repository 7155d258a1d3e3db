/**
 * The client's half of an SMTP session as a pure state machine: events in, actions out.
 *
 * `start` gives the state before anything has happened; every event goes through `step`, whose actions the driver carries
 * out in their order. Both are total: an event that makes no sense in a state changes nothing, except that a
 * transaction given to a session that is over is finished at once. After `Fail` or `Close` no action follows but that.
 *
 * Replies are strictly attributed. A reply is taken only for a command that awaits one; octets that nobody awaits, also
 * those that come together with the last awaited reply, end the session before another command is sent.
 *
 * Source: RFC 5321 §3, §4.2, §4.3; RFC 2920 §3.1; RFC 3207 §4.2, §6.
 */
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Auth from "./AuthPhase.ts"
import * as Command from "./Command.ts"
import {
  after,
  arm,
  close,
  currentStage,
  type DialogueState,
  enter,
  fail,
  lossStage,
  lost,
  note,
  type Step,
  send,
  serviceClosing,
  stay,
  violate
} from "./DialogueState.ts"
import type { DialogueAction, DialogueEvent, SessionPlan, TransactionPlan } from "./DialogueTypes.ts"
import { attach } from "./EnhancedStatus.ts"
import { none as noExtensions, offers, transactionLimit } from "./Extensions.ts"
import type { Reply } from "./Reply.ts"
import { isClosing } from "./ReplyClass.ts"
import * as Parser from "./ReplyParser.ts"
import * as Session from "./SessionPhase.ts"
import { ConnectFailed, SessionTimedOut, TlsFailed } from "./SmtpError.ts"
import { hasAccepted, isMailRefused, sameForAll } from "./Transaction.ts"
import * as Transaction from "./TransactionPhase.ts"
import { excerpt, scrub } from "./Transcript.ts"

export type { DialogueState, Step } from "./DialogueState.ts"

export const start = (plan: SessionPlan): Step =>
  stay({
    plan,
    phase: { _tag: "Unconnected" },
    parser: Parser.empty,
    extensions: noExtensions,
    ...(plan.tls === undefined ? {} : { tls: plan.tls }),
    needsReset: false,
    transactions: 0,
    secrets: []
  })

/** Whether `Quit`, or the first `Deliver`, is legal. */
export const isIdle = (state: DialogueState): boolean =>
  state.phase._tag === "Idle" && Parser.isEmpty(state.parser)

/** Whether a `Deliver` makes sense: the session is idle, and the server takes another transaction (RFC 9422). */
export const canDeliver = (state: DialogueState): boolean =>
  isIdle(state) &&
  Option.match(transactionLimit(state.extensions), {
    onNone: () => true,
    onSome: (limit) => state.transactions < limit
  })

const onReply = (state: DialogueState, reply: Reply): Step => {
  const { phase } = state
  if (phase._tag === "Quitting") return close(state)
  if (isClosing(reply)) return serviceClosing(state, reply)
  switch (phase._tag) {
    case "Greeting":
      return Session.onGreeting(state, reply)
    case "Ehlo":
      return Session.onEhlo(state, reply)
    case "Helo":
      return Session.onHelo(state, reply)
    case "StartTls":
      return Session.onStartTls(state, reply)
    case "Auth":
      return Auth.onReply(state, phase, reply)
    case "Transaction":
      return Transaction.onReply(state, phase.transaction, reply)
    case "Unconnected":
    case "Handshake":
    case "Credentials":
    case "Idle":
    case "Over":
      return violate(state, "unsolicited reply", reply)
  }
}

/** RFC 2034 §4: never in the replies to greeting, EHLO and HELO. */
const carriesStatus = ({ phase, extensions }: DialogueState): boolean =>
  phase._tag !== "Greeting" &&
  phase._tag !== "Ehlo" &&
  phase._tag !== "Helo" &&
  offers(extensions, "ENHANCEDSTATUSCODES")

const readable = (state: DialogueState, raw: Reply): Reply => {
  const reply = carriesStatus(state) ? attach(raw) : raw
  return state.secrets.length === 0
    ? reply
    : { ...reply, lines: reply.lines.map((line) => scrub(state, line)) }
}

/** Challenges stay untold, and so do the replies to what follows once nobody can receive the message any more. */
const replyNotes = (state: DialogueState, reply: Reply): ReadonlyArray<DialogueAction> => {
  const { phase } = state
  const stage = currentStage(state)
  if (phase._tag === "Auth" && reply.code === 334) return []
  if (phase._tag !== "Transaction") return [note({ _tag: "ReplyTo", stage, reply })]
  const { transaction } = phase
  const [head] = transaction.awaiting
  const isIdleTalk = head?._tag === "LoneDot" || (head?._tag === "Last" && !hasAccepted(transaction))
  if (isIdleTalk || isMailRefused(transaction)) return []
  const recipient = head?._tag === "Rcpt" ? transaction.plan.recipients[head.index] : undefined
  return [note({ _tag: "ReplyTo", stage, reply, ...(recipient === undefined ? {} : { recipient }) })]
}

const speaks = ({ _tag }: DialogueAction): boolean =>
  _tag === "Send" || _tag === "StartTls" || _tag === "SendBody" || _tag === "NeedCredentials"

/** Something stands behind the last reply that was due, and we were about to speak. */
const interrupted = (step: Step): Step => {
  const { state, actions } = step
  const said = actions.filter(({ _tag }) => _tag === "Note" || _tag === "Disarm")
  const parsed = Parser.next(state.parser)
  return after(
    said,
    parsed._tag === "Complete" && isClosing(parsed.reply)
      ? serviceClosing(state, readable(state, parsed.reply))
      : violate(state, "data before our command")
  )
}

const takeReply = (state: DialogueState, raw: Reply): Step => {
  const reply = readable(state, raw)
  const notes = replyNotes(state, reply)
  const isAlone = Parser.isEmpty(state.parser)
  if (!isAlone && state.phase._tag === "StartTls") return after(notes, Session.injected(state))
  const step = after(notes, onReply(state, reply))
  return !isAlone && step.actions.some(speaks) ? interrupted(step) : step
}

const lineLimit = ({ phase }: DialogueState): number =>
  phase._tag === "Auth" ? Parser.maxAuthLineBytes : Parser.maxLineBytes

/** Octets that begin a reply nobody asked for: its end is awaited for a moment, to tell 421 from noise. */
const tainted = (state: DialogueState): Step =>
  state.phase._tag === "Idle" && !Parser.isEmpty(state.parser) && state.armed === undefined
    ? arm(state, "rset")
    : stay(state)

const onMalformed = (
  state: DialogueState,
  { detail, line }: Extract<Parser.Parsed, { readonly _tag: "Malformed" }>
): Step => {
  if (state.phase._tag === "Quitting") return close(state)
  return violate(state, line === undefined ? detail : `${detail}: "${excerpt(state, line)}"`)
}

const drain = (received: DialogueState): Step => {
  let step = stay(received)
  while (step.state.phase._tag !== "Over") {
    const { state, actions } = step
    const parsed = Parser.next(state.parser, lineLimit(state))
    if (parsed._tag === "Malformed") return after(actions, onMalformed(state, parsed))
    const rest: DialogueState = { ...state, parser: parsed.rest }
    if (parsed._tag === "Incomplete") return after(actions, tainted(rest))
    step = after(actions, takeReply(rest, parsed.reply))
  }
  return step
}

const onReceived = (state: DialogueState, bytes: Uint8Array): Step => {
  if (state.phase._tag === "Handshake" && bytes.length > 0) return Session.injected(state)
  return drain({ ...state, parser: Parser.append(state.parser, bytes) })
}

const onClosed = (state: DialogueState, cause: unknown): Step => {
  if (state.phase._tag === "Quitting") return close(state)
  if (state.phase._tag !== "Handshake") return fail(state, lost(state, cause))
  const detail = "connection closed during the handshake"
  return fail(state, new TlsFailed({ peer: state.plan.peer, reason: "Handshake", detail, cause }))
}

const onDeadline = (state: DialogueState): Step => {
  const { armed, phase, plan } = state
  if (phase._tag === "Quitting") return close(state)
  if (armed === undefined) return stay(state)
  if (phase._tag === "Idle") return violate(state, "unsolicited data")
  const inDoubt = lossStage(state) === "final-dot"
  const stage = inDoubt ? "final-dot" : armed.stage
  return fail(state, new SessionTimedOut({ peer: plan.peer, stage, afterMillis: armed.millis }))
}

const finishOnly = (state: DialogueState, plan: TransactionPlan): Step => {
  const { phase } = state
  const known = phase._tag === "Over" && phase.error !== undefined && phase.error._tag !== "HookFailed"
  const gone = new ConnectFailed({ peer: state.plan.peer, stage: "mail", reason: "Lost" })
  const results = sameForAll(plan, known && phase.error !== undefined ? phase.error : gone)
  return { state, actions: [{ _tag: "Finished", results }] }
}

const onDeliver = (state: DialogueState, plan: TransactionPlan): Step => {
  if (state.phase._tag === "Over") return finishOnly(state, plan)
  if (state.phase._tag !== "Idle") return stay(state)
  if (Parser.isEmpty(state.parser)) return Transaction.begin(state, plan)
  const violated = violate(state, "unsolicited data")
  return after(finishOnly(violated.state, plan).actions, violated)
}

const onQuit = (state: DialogueState): Step =>
  isIdle(state) ? send(enter(state, { _tag: "Quitting" }), "quit", [Command.quit]) : close(state)

const onCredentials = (
  state: DialogueState,
  event: Extract<DialogueEvent, { readonly _tag: "CredentialsReady" }>
): Step => {
  if (state.phase._tag !== "Credentials") return stay(state)
  return Parser.isEmpty(state.parser) || Either.isLeft(event.credentials)
    ? Auth.credentialsReady(state, state.phase.candidates, event.credentials)
    : violate(state, "unsolicited data before AUTH")
}

/** While over, only a transaction is answered. */
export const step = (state: DialogueState, event: DialogueEvent): Step => {
  const { phase } = state
  if (phase._tag === "Over" && event._tag !== "Deliver") return stay(state)
  const transaction = phase._tag === "Transaction" ? phase.transaction : undefined
  switch (event._tag) {
    case "Connected":
      return phase._tag === "Unconnected" ? Session.connected(state) : stay(state)
    case "Received":
      return onReceived(state, event.bytes)
    case "Closed":
      return onClosed(state, event.cause)
    case "DeadlinePassed":
      return onDeadline(state)
    case "TlsEstablished":
      return phase._tag === "Handshake" ? Session.tlsEstablished(state, event.tls) : stay(state)
    case "CredentialsReady":
      return onCredentials(state, event)
    case "Deliver":
      return onDeliver(state, event.transaction)
    case "BodyProgress":
      return transaction === undefined ? stay(state) : Transaction.onBodyProgress(state, transaction)
    case "ChunkSent":
      return transaction === undefined ? stay(state) : Transaction.onChunkSent(state, transaction)
    case "BodySent":
      return transaction === undefined ? stay(state) : Transaction.onBodySent(state, transaction)
    case "Quit":
      return onQuit(state)
  }
}
