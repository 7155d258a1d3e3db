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
import type { Reply } from "../../domain/smtp/Reply.ts"

/**
 * 452, and its predecessor 552 where nothing says otherwise. Subjects 1 and 2 of RFC 3463 concern the one mailbox
 * (unknown, over quota), and 552 5.3.4 the message.
 */
const isOneTooMany = ({ code, enhanced }: Reply): boolean => {
  if (code === 552) return enhanced === undefined || enhanced.subject === 5
  return code === 452 && enhanced?.subject !== 1 && enhanced?.subject !== 2
}

const wasOneTooMany = ({ result }: RecipientResult): boolean =>
  Either.isLeft(result) &&
  result.left._tag === "RecipientsRejected" &&
  result.left.rejected.some(({ reply }) => isOneTooMany(reply))

const chunksOf = (
  recipients: ReadonlyArray<Recipient>,
  size: number
): ReadonlyArray<ReadonlyArray<Recipient>> =>
  Array.from({ length: Math.ceil(recipients.length / Math.max(1, size)) }, (_, index) =>
    recipients.slice(index * size, (index + 1) * size)
  )

export interface BatchOptions<E> {
  readonly limit: number
  readonly requireAllRecipients: boolean
  /** One result for each recipient given. */
  readonly transact: (batch: ReadonlyArray<Recipient>) => Effect.Effect<ReadonlyArray<RecipientResult>, E>
  /** Told what each transaction has settled, before the next one begins. */
  readonly onSettled: (results: ReadonlyArray<RecipientResult>) => Effect.Effect<void, E>
}

/** Exactly one result for each recipient, in their order. */
export const inBatches = <E>(
  recipients: ReadonlyArray<Recipient>,
  { limit, requireAllRecipients, transact, onSettled }: BatchOptions<E>
): Effect.Effect<ReadonlyArray<RecipientResult>, E> =>
  Effect.gen(function* () {
    const results = new Map<Recipient, RecipientResult>()
    const waiting = [...chunksOf(recipients, requireAllRecipients ? recipients.length : limit)]
    for (let batch = waiting.shift(); batch !== undefined; batch = waiting.shift()) {
      const answers = yield* transact(batch)
      for (const answer of answers) results.set(answer.recipient, answer)
      const hasProgress = answers.some(({ result }) => Either.isRight(result))
      const again = hasProgress && !requireAllRecipients ? answers.filter(wasOneTooMany) : []
      yield* onSettled(answers.filter((answer) => !again.includes(answer)))
      if (again.length > 0) waiting.unshift(again.map(({ recipient }) => recipient))
    }
    return recipients.flatMap((recipient) => results.get(recipient) ?? [])
  })
