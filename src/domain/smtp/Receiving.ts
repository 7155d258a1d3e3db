/**
 * From octets to replies to moves of the dialogue.
 *
 * Octets that nobody awaits end the session before another command is sent: they would be taken for the reply to it. The
 * same holds for those that come in one read with the last reply that was due.
 *
 * Source: RFC 5321 §4.1.4, §4.2; RFC 2034 §4; RFC 3207 §6.
 */
import * as Auth from "./AuthPhase.ts"
import {
  after,
  arm,
  close,
  currentStage,
  type DialogueState,
  note,
  type Step,
  serviceClosing,
  stay,
  violate
} from "./DialogueState.ts"
import type { DialogueAction } from "./DialogueTypes.ts"
import { attach } from "./EnhancedStatus.ts"
import { offers } from "./Extensions.ts"
import * as Limits from "./Limits.ts"
import type { Reply } from "./Reply.ts"
import { isClosing } from "./ReplyClass.ts"
import * as Parser from "./ReplyParser.ts"
import * as Session from "./SessionPhase.ts"
import { hasAccepted, isMailRefused } from "./Transaction.ts"
import * as Transaction from "./TransactionPhase.ts"
import { excerpt, scrub } from "./Transcript.ts"

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
  phase._tag === "Auth" ? Limits.authLineBytes : Limits.replyLineBytes

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

export const onReceived = (state: DialogueState, bytes: Uint8Array): Step => {
  if (state.phase._tag === "Handshake" && bytes.length > 0) return Session.injected(state)
  return drain({ ...state, parser: Parser.append(state.parser, bytes) })
}
