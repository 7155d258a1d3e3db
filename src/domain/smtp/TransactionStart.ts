/**
 * How an envelope goes out.
 *
 * With PIPELINING in one flight: MAIL, every RCPT and DATA; or, with CHUNKING, MAIL, every RCPT and `BDAT n LAST` with a
 * small message behind it. Without, one command at a time. All recipients of the plan go into one transaction; one that
 * is answered 452, or that comes after the server's limit, is answered like any other, and the caller begins another
 * transaction for the rest.
 *
 * Source: RFC 5321 §3.3; RFC 2920 §3.1; RFC 3030 §4.2.
 */
import * as Either from "effect/Either"
import * as Command from "./Command.ts"
import { after, becomeIdle, type DialogueState, note, type Step, send } from "./DialogueState.ts"
import type { TransactionPlan } from "./DialogueTypes.ts"
import { type EnvelopeCommands, encodeEnvelope } from "./EnvelopeCommands.ts"
import { offers } from "./Extensions.ts"
import {
  type Answer,
  isForbidden,
  type Outgoing,
  sameForAll,
  stageOf,
  type Transaction
} from "./Transaction.ts"
import { finished, rejected, within } from "./TransactionEnd.ts"

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
export const launch = (
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
