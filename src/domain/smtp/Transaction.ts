/**
 * One mail transaction as far as it has come, and what that means for each recipient.
 *
 * Source: RFC 5321 §3.3; RFC 2920 §3.1; RFC 3030 §2; RFC 1047 (a message whose last octet is out is in doubt).
 */
import * as Either from "effect/Either"
import type { Command } from "./Command.ts"
import type { RecipientResult, TransactionPlan } from "./DialogueTypes.ts"
import type { Reply } from "./Reply.ts"
import { isRefusal } from "./ReplyClass.ts"
import {
  MessageRejected,
  type Peer,
  RecipientsRejected,
  type RejectedRecipient,
  SenderRejected,
  type SmtpError
} from "./SmtpError.ts"
import type { Stage } from "./Stage.ts"

/** A command whose reply is due. */
export type Awaited =
  | { readonly _tag: "Rset" }
  | { readonly _tag: "Mail" }
  | { readonly _tag: "Rcpt"; readonly index: number }
  | { readonly _tag: "Data" }
  /** `BDAT n`, not the last. */
  | { readonly _tag: "Chunk" }
  /** The final dot, or `BDAT n LAST`. */
  | { readonly _tag: "Last" }
  /** The dot of an empty message that nobody receives. */
  | { readonly _tag: "LoneDot" }

export interface Outgoing {
  readonly awaited: Awaited
  readonly command: Command
}

/** How a recipient of the plan stands. */
export type Answer =
  | { readonly _tag: "Unasked" }
  /** No RCPT for this one: this server can't be asked. */
  | { readonly _tag: "Withheld"; readonly error: MessageRejected }
  | { readonly _tag: "Accepted" }
  | { readonly _tag: "Refused"; readonly reply: Reply }

export interface Transaction {
  readonly plan: TransactionPlan
  readonly framing: "dot" | "bdat"
  /** Commands held back because the server does not pipeline. */
  readonly unsent: ReadonlyArray<Outgoing>
  /** In the order their replies must come. */
  readonly awaiting: ReadonlyArray<Awaited>
  /** `sent`: the last octet of the message is out, so that only a reply can tell whether the server has it. */
  readonly body: "pending" | "sending" | "sent"
  /** The reply to MAIL. */
  readonly mail?: Reply
  /** One for each recipient of the plan. */
  readonly answers: ReadonlyArray<Answer>
  /** The refusal of a chunk: the message is lost, but replies are still due. */
  readonly refusal?: MessageRejected
}

export const stageOf = (awaited: Awaited): Stage => {
  switch (awaited._tag) {
    case "Rset":
      return "rset"
    case "Mail":
      return "mail"
    case "Rcpt":
      return "rcpt"
    case "Data":
    case "LoneDot":
      return "data"
    case "Chunk":
      return "body"
    case "Last":
      return "final-dot"
  }
}

export const isMailRefused = ({ mail }: Transaction): boolean => mail !== undefined && isRefusal(mail)

export const hasAccepted = ({ answers }: Transaction): boolean =>
  answers.some(({ _tag }) => _tag === "Accepted")

const isNo = ({ _tag }: Answer): boolean => _tag === "Refused" || _tag === "Withheld"

/** Whether the message must not be sent although some recipients might have it. */
export const isForbidden = ({ plan, answers }: Transaction): boolean =>
  plan.requireAllRecipients && answers.some(isNo)

const firstRefusal = ({ answers }: Transaction): Reply | undefined =>
  answers.flatMap((answer) => (answer._tag === "Refused" ? [answer.reply] : []))[0]

const otherRefused = (transaction: Transaction, peer: Peer): MessageRejected => {
  const reply = firstRefusal(transaction)
  const withheld = transaction.answers.flatMap((answer) =>
    answer._tag === "Withheld" ? [answer.error] : []
  )[0]
  return new MessageRejected({
    peer,
    reason: "OtherRecipientRefused",
    stage: "rcpt",
    ...(reply === undefined ? {} : { reply }),
    ...(reply === undefined && withheld?.enhanced !== undefined ? { enhanced: withheld.enhanced } : {})
  })
}

/**
 * Exactly one result for each recipient of the plan. What the server has said about one recipient or the sender stands;
 * `verdict` is for the others.
 */
export const resultsOf = (
  transaction: Transaction,
  peer: Peer,
  verdict: Either.Either<Reply, SmtpError>
): ReadonlyArray<RecipientResult> => {
  const { plan, answers, mail } = transaction
  const accepted = plan.recipients
    .filter((_, index) => answers[index]?._tag === "Accepted")
    .map(({ mailbox }) => mailbox)
  const others = isForbidden(transaction) ? Either.left(otherRefused(transaction, peer)) : verdict
  return plan.recipients.map((recipient, index) => {
    const answer = answers[index]
    if (answer?._tag === "Withheld") return { recipient, result: Either.left(answer.error) }
    if (mail !== undefined && isRefusal(mail)) {
      const error = new SenderRejected({ peer, reversePath: plan.reversePath, reply: mail })
      return { recipient, result: Either.left(error) }
    }
    if (answer?._tag === "Refused") {
      const rejected: ReadonlyArray<RejectedRecipient> = [{ mailbox: recipient.mailbox, reply: answer.reply }]
      return { recipient, result: Either.left(new RecipientsRejected({ peer, rejected, accepted })) }
    }
    return { recipient, result: others }
  })
}

/** Every recipient shares one fate, nothing having been asked. */
export const sameForAll = (plan: TransactionPlan, error: SmtpError): ReadonlyArray<RecipientResult> =>
  plan.recipients.map((recipient) => ({ recipient, result: Either.left(error) }))
