/**
 * The state of a session, and the few moves that every phase makes with it.
 *
 * Source: RFC 5321 §3, §4.1.4 (order of commands). A failed dialogue says nothing more, not even QUIT: after an error of
 * protocol no reply can be trusted to belong to its command.
 */
import * as Either from "effect/Either"
import type * as Redacted from "effect/Redacted"
import type { HookFailed } from "../mda/MdaError.ts"
import type { ChannelBinding, Credentials, SaslExchange } from "../sasl/Sasl.ts"
import { type Command, flight } from "./Command.ts"
import { deadlineMillis } from "./Deadlines.ts"
import type { DialogueAction, DialogueNote, SessionFacts, SessionPlan, TlsFacts } from "./DialogueTypes.ts"
import type { Extensions } from "./Extensions.ts"
import type { MechanismName } from "./Relay.ts"
import type { Reply } from "./Reply.ts"
import type { ParserState } from "./ReplyParser.ts"
import { type AuthFailed, ConnectFailed, ProtocolViolation, type SmtpError } from "./SmtpError.ts"
import type { Stage } from "./Stage.ts"
import { resultsOf, stageOf, type Transaction } from "./Transaction.ts"

/** Mechanisms still to be tried, best first. */
export type Candidates = ReadonlyArray<MechanismName>

export interface AuthAttempt {
  readonly _tag: "Auth"
  readonly mechanism: MechanismName
  readonly exchange: SaslExchange
  readonly credentials: Credentials
  readonly binding: ChannelBinding | undefined
  readonly rest: Candidates
  /** An initial response that did not fit into the AUTH command. */
  readonly owed?: Uint8Array
  /** Challenges answered. */
  readonly rounds: number
  /** Why the server is about to refuse, in its own words. */
  readonly complaint?: string
  /** `*` was sent: the reply ends this attempt. */
  readonly cancelled?: AuthFailed
}

export type Phase =
  | { readonly _tag: "Unconnected" }
  | { readonly _tag: "Greeting" }
  | { readonly _tag: "Ehlo" }
  | { readonly _tag: "Helo" }
  | { readonly _tag: "StartTls" }
  /** The connection belongs to the TLS layer. */
  | { readonly _tag: "Handshake" }
  /** Waits for the layer to fetch credentials; the server has nothing to say. */
  | { readonly _tag: "Credentials"; readonly candidates: Candidates }
  | AuthAttempt
  | { readonly _tag: "Idle" }
  | { readonly _tag: "Transaction"; readonly transaction: Transaction }
  | { readonly _tag: "Quitting" }
  | { readonly _tag: "Over"; readonly error?: SmtpError | HookFailed }

export interface DialogueState {
  readonly plan: SessionPlan
  readonly phase: Phase
  readonly parser: ParserState
  readonly extensions: Extensions
  readonly tls?: TlsFacts
  /** By which the server knows us. */
  readonly mechanism?: string
  /** The last transaction left an envelope behind: RSET goes before the next MAIL. */
  readonly needsReset: boolean
  /** Transactions begun. */
  readonly transactions: number
  readonly armed?: { readonly stage: Stage; readonly millis: number }
  /** Texts that a reply may not carry into logs and errors. */
  readonly secrets: ReadonlyArray<Redacted.Redacted<string>>
}

export interface Step {
  readonly state: DialogueState
  readonly actions: ReadonlyArray<DialogueAction>
}

export const stay = (state: DialogueState): Step => ({ state, actions: [] })

export const enter = (state: DialogueState, phase: Phase): DialogueState => ({ ...state, phase })

/** Actions that come before those of a step. */
export const after = (earlier: ReadonlyArray<DialogueAction>, step: Step): Step =>
  earlier.length === 0 ? step : { state: step.state, actions: [...earlier, ...step.actions] }

export const note = (what: DialogueNote): DialogueAction => ({ _tag: "Note", note: what })

/** Restarts the deadline. */
export const arm = (state: DialogueState, stage: Stage): Step => {
  const deadline = { stage, millis: deadlineMillis(stage, state.plan.relay.timeoutMillis) }
  return { state: { ...state, armed: deadline }, actions: [{ _tag: "Arm", ...deadline }] }
}

export const disarm = ({ armed: _, ...state }: DialogueState): Step => ({
  state,
  actions: [{ _tag: "Disarm" }]
})

/** An action that takes time: its deadline runs before it begins. */
export const armed = (state: DialogueState, stage: Stage, action: DialogueAction): Step => {
  const { state: waiting, actions } = arm(state, stage)
  return { state: waiting, actions: [...actions, action] }
}

/** Sends commands as one flight; the deadline is that of the first one. */
export const send = (
  state: DialogueState,
  stage: Stage,
  commands: ReadonlyArray<Command>,
  message?: Uint8Array
): Step => {
  const { bytes, masked } = flight(
    message === undefined ? commands : [...commands, { bytes: message, masked: "" }]
  )
  const messageBytes = message === undefined ? {} : { messageBytes: message.length }
  return armed(state, stage, { _tag: "Send", bytes, masked, ...messageBytes })
}

/** The stage whose reply is due, or that would come next. */
export const currentStage = ({ phase }: DialogueState): Stage => {
  switch (phase._tag) {
    case "Unconnected":
      return "connect"
    case "Greeting":
      return "greeting"
    case "Ehlo":
      return "ehlo"
    case "Helo":
      return "helo"
    case "StartTls":
      return "starttls"
    case "Handshake":
      return "tls"
    case "Credentials":
    case "Auth":
      return "auth"
    case "Idle":
      return "mail"
    case "Transaction": {
      const [head] = phase.transaction.awaiting
      return head === undefined ? "body" : stageOf(head)
    }
    case "Quitting":
    case "Over":
      return "quit"
  }
}

/** As `currentStage`, but in doubt as soon as the whole message is out, whichever reply is due. */
export const lossStage = (state: DialogueState): Stage =>
  state.phase._tag === "Transaction" && state.phase.transaction.body === "sent"
    ? "final-dot"
    : currentStage(state)

const over = (state: DialogueState, error?: SmtpError | HookFailed): DialogueState =>
  enter(state, error === undefined ? { _tag: "Over" } : { _tag: "Over", error })

const isSmtpError = (error: SmtpError | HookFailed): error is SmtpError => error._tag !== "HookFailed"

export const lost = (state: DialogueState, cause?: unknown): ConnectFailed =>
  new ConnectFailed({ peer: state.plan.peer, stage: lossStage(state), reason: "Lost", cause })

/** The end of a transaction under way, if one is; `verdict` is for recipients of whom nothing is known. */
export const unfinished = (
  { phase, plan }: DialogueState,
  verdict: Either.Either<Reply, SmtpError>
): ReadonlyArray<DialogueAction> =>
  phase._tag === "Transaction"
    ? [{ _tag: "Finished", results: resultsOf(phase.transaction, plan.peer, verdict) }]
    : []

/** Ends the session. */
export const fail = (state: DialogueState, error: SmtpError | HookFailed): Step => ({
  state: over(state, error),
  actions: [
    ...unfinished(state, Either.left(isSmtpError(error) ? error : lost(state))),
    { _tag: "Fail", error }
  ]
})

export const violate = (state: DialogueState, detail: string, reply?: Reply): Step =>
  fail(
    state,
    new ProtocolViolation({
      peer: state.plan.peer,
      stage: lossStage(state),
      detail,
      ...(reply === undefined ? {} : { reply })
    })
  )

/** The server said 421. */
export const serviceClosing = (state: DialogueState, reply: Reply): Step =>
  fail(
    state,
    new ConnectFailed({ peer: state.plan.peer, stage: currentStage(state), reason: "ServiceClosing", reply })
  )

export const close = (state: DialogueState): Step => ({ state: over(state), actions: [{ _tag: "Close" }] })

export const sessionFacts = ({ plan, tls, extensions, mechanism }: DialogueState): SessionFacts => ({
  peer: plan.peer,
  extensions,
  ...(tls === undefined ? {} : { tls }),
  ...(mechanism === undefined ? {} : { mechanism })
})

/** Ready for a transaction, or for QUIT. */
export const becomeIdle = (state: DialogueState): Step => {
  const idle = disarm(enter(state, { _tag: "Idle" }))
  return {
    state: idle.state,
    actions: [...idle.actions, { _tag: "Ready", session: sessionFacts(state) }]
  }
}
