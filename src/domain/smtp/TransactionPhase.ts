/**
 * A transaction under way: each reply finds its command by its place.
 *
 * Source: RFC 5321 §3.3, §4.3.2; RFC 2920 §3.1; RFC 3030 §2.
 */
import * as Either from "effect/Either"
import * as Command from "./Command.ts"
import { arm, armed, type DialogueState, type Step, send, stay, violate } from "./DialogueState.ts"
import type { Reply } from "./Reply.ts"
import { isCompletion, isRefusal } from "./ReplyClass.ts"
import {
  type Answer,
  type Awaited,
  hasAccepted,
  isForbidden,
  isMailRefused,
  stageOf,
  type Transaction
} from "./Transaction.ts"
import { abandon, conclude, giveUp, holdsEnvelope, rejected, within } from "./TransactionEnd.ts"
import { launch } from "./TransactionStart.ts"

const sendBody = (state: DialogueState, transaction: Transaction): Step =>
  armed(within(state, { ...transaction, body: "sending" }), "body", {
    _tag: "SendBody",
    framing: transaction.framing
  })

/** Every reply to what was sent is in: what comes next. */
const proceed = (state: DialogueState, transaction: Transaction): Step => {
  if (isMailRefused(transaction) || isForbidden(transaction)) {
    return giveUp(state, transaction, rejected(state, "rcpt"))
  }
  const [next, ...unsent] = transaction.unsent
  if (next !== undefined && (next.awaited._tag !== "Data" || hasAccepted(transaction))) {
    return launch(state, transaction, [next], unsent)
  }
  return hasAccepted(transaction)
    ? sendBody(state, transaction)
    : giveUp(state, transaction, rejected(state, "rcpt"))
}

/** Waits for the next reply, or goes on if none is due. */
const settle = (state: DialogueState, transaction: Transaction): Step => {
  const [head] = transaction.awaiting
  if (transaction.body === "sending") return arm(within(state, transaction), "body")
  if (head === undefined) return proceed(state, transaction)
  const stage = transaction.body === "sent" && head._tag === "Chunk" ? "final-dot" : stageOf(head)
  return arm(within(state, transaction), stage)
}

const answered = (transaction: Transaction, index: number, answer: Answer): Transaction => ({
  ...transaction,
  answers: transaction.answers.map((known, position) => (position === index ? answer : known))
})

const onGoAhead = (state: DialogueState, transaction: Transaction): Step => {
  if (!hasAccepted(transaction)) {
    const alone: Transaction = { ...transaction, awaiting: [{ _tag: "LoneDot" }] }
    return send(within(state, alone), "data", [Command.loneDot])
  }
  // A server that takes recipients for a sender it refused might deliver even an empty message.
  return isMailRefused(transaction) || isForbidden(transaction)
    ? abandon(state, transaction, rejected(state, "data"))
    : sendBody(state, transaction)
}

const onData = (state: DialogueState, transaction: Transaction, reply: Reply): Step => {
  if (reply.code === 354) return onGoAhead(state, transaction)
  return isRefusal(reply)
    ? giveUp(state, transaction, rejected(state, "data", reply))
    : violate(state, "not a reply to DATA", reply)
}

const onChunk = (state: DialogueState, transaction: Transaction, reply: Reply): Step => {
  if (isCompletion(reply)) return settle(state, transaction)
  if (!isRefusal(reply)) return violate(state, "not a reply to BDAT", reply)
  const refusal = transaction.refusal ?? rejected(state, "body", reply)
  return transaction.body === "sending"
    ? abandon(state, transaction, refusal)
    : settle(state, { ...transaction, refusal })
}

const onLast = (state: DialogueState, transaction: Transaction, reply: Reply): Step => {
  if (isRefusal(reply)) {
    const verdict = transaction.refusal ?? rejected(state, "final-dot", reply)
    const leavesEnvelope = transaction.framing === "bdat" && holdsEnvelope(transaction)
    return conclude(state, transaction, Either.left(verdict), leavesEnvelope)
  }
  if (!isCompletion(reply)) return violate(state, "not a reply to a message", reply)
  if (isMailRefused(transaction) && hasAccepted(transaction)) {
    return violate(state, "message taken from a sender that was refused", reply)
  }
  const verdict = transaction.refusal === undefined ? Either.right(reply) : Either.left(transaction.refusal)
  return conclude(state, transaction, verdict, false)
}

const onExpected = (state: DialogueState, transaction: Transaction, head: Awaited, reply: Reply): Step => {
  switch (head._tag) {
    case "Rset":
      return isCompletion(reply) ? settle(state, transaction) : violate(state, "RSET refused", reply)
    case "Mail":
      return isCompletion(reply) || isRefusal(reply)
        ? settle(state, { ...transaction, mail: reply })
        : violate(state, "not a reply to MAIL", reply)
    case "Rcpt":
      if (isRefusal(reply))
        return settle(state, answered(transaction, head.index, { _tag: "Refused", reply }))
      return isCompletion(reply)
        ? settle(state, answered(transaction, head.index, { _tag: "Accepted" }))
        : violate(state, "not a reply to RCPT", reply)
    case "Data":
      return onData(state, transaction, reply)
    case "Chunk":
      return onChunk(state, transaction, reply)
    case "Last":
      return onLast(state, transaction, reply)
    case "LoneDot":
      return conclude(state, transaction, Either.left(rejected(state, "data")), false)
  }
}

/** No reply is due: in the middle of a body only a refusal makes sense, and it wins over whatever follows. */
const onEarly = (state: DialogueState, transaction: Transaction, reply: Reply): Step =>
  isRefusal(reply)
    ? abandon(state, transaction, rejected(state, "body", reply))
    : violate(state, "reply before the end of the message", reply)

export const onReply = (state: DialogueState, transaction: Transaction, reply: Reply): Step => {
  const [head, ...awaiting] = transaction.awaiting
  return head === undefined
    ? onEarly(state, transaction, reply)
    : onExpected(state, { ...transaction, awaiting }, head, reply)
}

export const onBodyProgress = (state: DialogueState, transaction: Transaction): Step =>
  transaction.body === "sending" ? arm(within(state, transaction), "body") : stay(state)

const expecting = (transaction: Transaction, awaited: Awaited): Transaction => ({
  ...transaction,
  awaiting: [...transaction.awaiting, awaited]
})

export const onChunkSent = (state: DialogueState, transaction: Transaction): Step =>
  transaction.body === "sending" && transaction.framing === "bdat"
    ? arm(within(state, expecting(transaction, { _tag: "Chunk" })), "body")
    : stay(state)

export const onBodySent = (state: DialogueState, transaction: Transaction): Step =>
  transaction.body === "sending"
    ? arm(within(state, { ...expecting(transaction, { _tag: "Last" }), body: "sent" }), "final-dot")
    : stay(state)
