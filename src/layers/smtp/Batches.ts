/**
 * One message for many recipients as several transactions of one session.
 *
 * A server need not take more than 100 recipients at a time; those it refuses with 452 for being too many get another
 * transaction at once, as long as each one gets some recipients through. Where every recipient is required, all must go
 * into one transaction: nothing else keeps the promise that none gets it alone.
 * Source: RFC 5321 §4.5.3.1.8, §4.5.3.1.10; RFC 9422 §3 (RCPTMAX).
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type { Recipient } from "../../domain/mail/Envelope.ts"
import type { RecipientResult } from "../../domain/smtp/DialogueTypes.ts"

/** Over quota, unknown and the like concern the mailbox alone: RFC 3463 subject 1 and 2. */
const concernsMailbox = (subject: number | undefined): boolean => subject === 1 || subject === 2

/** RFC 5321 §4.5.3.1.10. */
const isOneTooMany = ({ result }: RecipientResult): boolean =>
  Either.isLeft(result) &&
  result.left._tag === "RecipientsRejected" &&
  result.left.rejected.some(({ reply }) => reply.code === 452 && !concernsMailbox(reply.enhanced?.subject))

const chunksOf = (
  recipients: ReadonlyArray<Recipient>,
  size: number
): ReadonlyArray<ReadonlyArray<Recipient>> =>
  Array.from({ length: Math.ceil(recipients.length / size) }, (_, index) =>
    recipients.slice(index * size, (index + 1) * size)
  )

export interface BatchOptions {
  readonly limit: number
  readonly requireAllRecipients: boolean
}

/** Exactly one result for each recipient, in their order. `transact` gives one for each it is given. */
export const inBatches = <E>(
  recipients: ReadonlyArray<Recipient>,
  { limit, requireAllRecipients }: BatchOptions,
  transact: (batch: ReadonlyArray<Recipient>) => Effect.Effect<ReadonlyArray<RecipientResult>, E>
): Effect.Effect<ReadonlyArray<RecipientResult>, E> =>
  Effect.gen(function* () {
    if (requireAllRecipients) return recipients.length === 0 ? [] : yield* transact(recipients)
    const results = new Map<Recipient, RecipientResult>()
    const waiting = [...chunksOf(recipients, limit)]
    for (let batch = waiting.shift(); batch !== undefined; batch = waiting.shift()) {
      const answers = yield* transact(batch)
      for (const answer of answers) results.set(answer.recipient, answer)
      const refused = answers.filter(isOneTooMany).map(({ recipient }) => recipient)
      const hasProgress = answers.some(({ result }) => Either.isRight(result))
      if (hasProgress && refused.length > 0) waiting.unshift(refused)
    }
    return recipients.flatMap((recipient) => results.get(recipient) ?? [])
  })
