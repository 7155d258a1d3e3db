/**
 * A transaction, from MAIL to the reply to the message.
 *
 * With PIPELINING the envelope goes out in one flight: MAIL, every RCPT and DATA; or, with CHUNKING, MAIL, every RCPT
 * and `BDAT n LAST` with a small message behind it. Without, one command at a time. Each reply is attributed by its
 * place. All recipients of the plan go into one transaction; one that is answered 452, or that comes after the
 * server's limit, is answered like any other, and its sender begins another transaction for the rest.
 *
 * Source: RFC 5321 §3.3, §4.3.2; RFC 2920 §3.1; RFC 3030 §2, §4.2.
 */
import * as Either from "effect/Either"
import * as Command from "./Command.ts"
import {
  after,
  arm,
  armed,
  becomeIdle,
  close,
  type DialogueState,
  enter,
  note,
  type Step,
  send,
  violate
} from "./DialogueState.ts"
import type { DialogueAction, TransactionPlan } from "./DialogueTypes.ts"
import { type EnvelopeCommands, encodeEnvelope } from "./EnvelopeCommands.ts"
import { offers } from "./Extensions.ts"
import type { Reply } from "./Reply.ts"
import { isCompletion, isRefusal } from "./ReplyClass.ts"
import { MessageRejected, type SmtpError } from "./SmtpError.ts"
import type { Stage } from "./Stage.ts"
import {
  type Answer,
  type Awaited,
  hasAccepted,
  isForbidden,
  isMailRefused,
  type Outgoing,
  resultsOf,
  sameForAll,
  stageOf,
  type Transaction
} from "./Transaction.ts"

const within = (state: DialogueState, transaction: Transaction): DialogueState =>
  enter(state, { _tag: "Transaction", transaction })

const finished = (
  state: DialogueState,
  transaction: Transaction,
  verdict: Either.Either<Reply, SmtpError>
) => {
  const results = resultsOf(transaction, state.plan.peer, verdict)
  return { _tag: "Finished", results } satisfies DialogueAction
}

const rejected = (state: DialogueState, stage: Stage, reply?: Reply): MessageRejected =>
  new MessageRejected({
    peer: state.plan.peer,
    reason: "Refused",
    stage,
    ...(reply === undefined ? {} : { reply })
  })

/** Whether the server remembers a sender or a recipient of ours. */
const holdsEnvelope = (transaction: Transaction): boolean =>
  (transaction.mail !== undefined && !isMailRefused(transaction)) || hasAccepted(transaction)

/** The transaction is over and the session goes on. */
const conclude = (
  state: DialogueState,
  transaction: Transaction,
  verdict: Either.Either<Reply, SmtpError>,
  leavesEnvelope: boolean
): Step =>
  after([finished(state, transaction, verdict)], becomeIdle({ ...state, needsReset: leavesEnvelope }))

/** Nothing came of it, and nothing may be left behind: an envelope that the server holds is reset before the next. */
const giveUp = (state: DialogueState, transaction: Transaction, verdict: MessageRejected): Step =>
  conclude(state, transaction, Either.left(verdict), holdsEnvelope(transaction))

/** Only closing ends a message that has begun and must not be delivered. */
const abandon = (state: DialogueState, transaction: Transaction, verdict: MessageRejected): Step =>
  after([finished(state, transaction, Either.left(verdict))], close(state))

const isWithheld = (answer: Answer): boolean => answer._tag === "Withheld"

const initialAnswers = ({ rcpts }: EnvelopeCommands): ReadonlyArray<Answer> =>
  rcpts.map((rcpt) => (Either.isLeft(rcpt) ? { _tag: "Withheld", error: rcpt.left } : { _tag: "Unasked" }))

const envelopeOf = ({ mail, rcpts }: EnvelopeCommands, needsReset: boolean): ReadonlyArray<Outgoing> => [
  ...(needsReset ? [{ awaited: { _tag: "Rset" }, command: Command.rset } as const] : []),
  { awaited: { _tag: "Mail" }, command: mail },
  ...rcpts.flatMap(
    (rcpt, index): ReadonlyArray<Outgoing> =>
      Either.isLeft(rcpt) ? [] : [{ awaited: { _tag: "Rcpt", index }, command: rcpt.right }]
  )
]

const dataCommand: Outgoing = { awaited: { _tag: "Data" }, command: Command.data }

const bdatCommand = (message: Uint8Array): Outgoing => ({
  awaited: { _tag: "Last" },
  command: Command.bdatLast(message.length)
})

/** Sends `outgoing` now and keeps `unsent` for later. */
const launch = (
  state: DialogueState,
  transaction: Transaction,
  outgoing: ReadonlyArray<Outgoing>,
  unsent: ReadonlyArray<Outgoing>,
  message?: Uint8Array
): Step => {
  const awaiting = outgoing.map(({ awaited }) => awaited)
  const body = message === undefined ? transaction.body : "sent"
  const [first] = awaiting
  return send(
    within(state, { ...transaction, awaiting, unsent, body }),
    first === undefined ? "mail" : stageOf(first),
    outgoing.map(({ command }) => command),
    message
  )
}

/** A message may follow its envelope unasked if it can't reach fewer recipients than it must. */
const inlineMessage = (state: DialogueState, plan: TransactionPlan): Uint8Array | undefined =>
  !state.needsReset && (!plan.requireAllRecipients || plan.recipients.length === 1) ? plan.inline : undefined

const openEnvelope = (state: DialogueState, plan: TransactionPlan, commands: EnvelopeCommands): Step => {
  const pipelines = offers(state.extensions, "PIPELINING")
  const chunks = pipelines && offers(state.extensions, "CHUNKING")
  const transaction: Transaction = {
    plan,
    framing: chunks ? "bdat" : "dot",
    unsent: [],
    awaiting: [],
    body: "pending",
    answers: initialAnswers(commands)
  }
  if (transaction.answers.every(isWithheld) || isForbidden(transaction)) {
    return after([finished(state, transaction, Either.left(rejected(state, "rcpt")))], becomeIdle(state))
  }
  const begun = { ...state, needsReset: false, transactions: state.transactions + 1 }
  const envelope = envelopeOf(commands, state.needsReset)
  if (!pipelines) return launch(begun, transaction, envelope.slice(0, 1), [...envelope.slice(1), dataCommand])
  if (!chunks) return launch(begun, transaction, [...envelope, dataCommand], [])
  const message = inlineMessage(state, plan)
  return message === undefined
    ? launch(begun, transaction, envelope, [])
    : launch(begun, transaction, [...envelope, bdatCommand(message)], [], message)
}

/** Legal while idle. */
export const begin = (state: DialogueState, plan: TransactionPlan): Step =>
  Either.match(encodeEnvelope(plan, state.extensions, state.plan.peer), {
    onLeft: (error) => after([{ _tag: "Finished", results: sameForAll(plan, error) }], becomeIdle(state)),
    onRight: (commands) =>
      after(commands.omitsDsn ? [note({ _tag: "DsnNotOffered" })] : [], openEnvelope(state, plan, commands))
  })

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
  transaction.body === "sending" ? arm(within(state, transaction), "body") : { state, actions: [] }

const expecting = (transaction: Transaction, awaited: Awaited): Transaction => ({
  ...transaction,
  awaiting: [...transaction.awaiting, awaited]
})

export const onChunkSent = (state: DialogueState, transaction: Transaction): Step =>
  transaction.body === "sending" && transaction.framing === "bdat"
    ? arm(within(state, expecting(transaction, { _tag: "Chunk" })), "body")
    : { state, actions: [] }

export const onBodySent = (state: DialogueState, transaction: Transaction): Step =>
  transaction.body === "sending"
    ? arm(within(state, { ...expecting(transaction, { _tag: "Last" }), body: "sent" }), "final-dot")
    : { state, actions: [] }
