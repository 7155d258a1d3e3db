/**
 * The ways a transaction ends, whichever way it went.
 *
 * Source: RFC 5321 §4.1.1.5 (RSET); RFC 3030 §2 (RSET after a refused BDAT).
 */
import * as Either from "effect/Either"
import { after, becomeIdle, close, type DialogueState, enter, type Step } from "./DialogueState.ts"
import type { DialogueAction } from "./DialogueTypes.ts"
import type { Reply } from "./Reply.ts"
import { MessageRejected, type SmtpError } from "./SmtpError.ts"
import type { Stage } from "./Stage.ts"
import { hasAccepted, isMailRefused, resultsOf, type Transaction } from "./Transaction.ts"

export const within = (state: DialogueState, transaction: Transaction): DialogueState =>
  enter(state, { _tag: "Transaction", transaction })

export const finished = (
  state: DialogueState,
  transaction: Transaction,
  verdict: Either.Either<Reply, SmtpError>
) => {
  const results = resultsOf(transaction, state.plan.peer, verdict)
  return { _tag: "Finished", results } satisfies DialogueAction
}

export const rejected = (state: DialogueState, stage: Stage, reply?: Reply): MessageRejected =>
  new MessageRejected({
    peer: state.plan.peer,
    reason: "Refused",
    stage,
    ...(reply === undefined ? {} : { reply })
  })

/** Whether the server remembers a sender or a recipient of ours. */
export const holdsEnvelope = (transaction: Transaction): boolean =>
  (transaction.mail !== undefined && !isMailRefused(transaction)) || hasAccepted(transaction)

/** The transaction is over and the session goes on. */
export const conclude = (
  state: DialogueState,
  transaction: Transaction,
  verdict: Either.Either<Reply, SmtpError>,
  leavesEnvelope: boolean
): Step =>
  after([finished(state, transaction, verdict)], becomeIdle({ ...state, needsReset: leavesEnvelope }))

/** Nothing came of it, and nothing may be left behind: an envelope that the server holds is reset before the next. */
export const giveUp = (state: DialogueState, transaction: Transaction, verdict: MessageRejected): Step =>
  conclude(state, transaction, Either.left(verdict), holdsEnvelope(transaction))

/** Only closing ends a message that has begun and must not be delivered. */
export const abandon = (state: DialogueState, transaction: Transaction, verdict: MessageRejected): Step =>
  after([finished(state, transaction, Either.left(verdict))], close(state))
