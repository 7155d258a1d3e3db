/**
 * The client's half of an SMTP session as a pure state machine: events in, actions out.
 *
 * `start` gives the state before anything has happened; every event goes through `step`, whose actions the driver carries
 * out in their order. Both are total: an event that makes no sense in a state changes nothing, except that a
 * transaction given to a session that is over is finished at once. After `Fail` or `Close` no action follows but that.
 *
 * Source: RFC 5321 §3, §4.2, §4.3; RFC 2920 §3.1; RFC 3207 §4.2, §6.
 */
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Auth from "./AuthPhase.ts"
import * as Command from "./Command.ts"
import {
  after,
  close,
  type DialogueState,
  enter,
  fail,
  lossStage,
  lost,
  type Step,
  send,
  stay,
  unfinished,
  violate
} from "./DialogueState.ts"
import type { DialogueEvent, SessionPlan, TransactionPlan } from "./DialogueTypes.ts"
import { none as noExtensions, transactionLimit } from "./Extensions.ts"
import { onReceived } from "./Receiving.ts"
import * as Parser from "./ReplyParser.ts"
import * as Session from "./SessionPhase.ts"
import { ConnectFailed, SessionTimedOut, TlsFailed } from "./SmtpError.ts"
import { sameForAll } from "./Transaction.ts"
import * as Transaction from "./TransactionPhase.ts"
import { begin } from "./TransactionStart.ts"

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
  if (Parser.isEmpty(state.parser)) return begin(state, plan)
  const violated = violate(state, "unsolicited data")
  return after(finishOnly(violated.state, plan).actions, violated)
}

/** Only an idle session says QUIT. Any other closes, and a transaction under way is lost with it. */
const onQuit = (state: DialogueState): Step => {
  if (isIdle(state)) return send(enter(state, { _tag: "Quitting" }), "quit", [Command.quit])
  return after(unfinished(state, Either.left(lost(state))), close(state))
}

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
