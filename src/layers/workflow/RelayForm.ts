/**
 * The form in which a relay can take a message.
 *
 * Without 8BITMIME it takes no octet above 127, and no relay has to take a line of more than 998 octets. What can be
 * converted is; where 8-bit content can't, the message is not sent (5.6.3). A long line that must stay is sent as it is, as
 * nearly every server takes it and the caller had no way to know better; that is told in the log.
 * Source: RFC 6152 §3; RFC 5321 §4.5.3.1.6. esmtp sends both as they are.
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type { MessageError } from "../../domain/mail/MessageError.ts"
import type { QueueFailed } from "../../domain/queue/QueueError.ts"
import type { RecipientResult, SessionFacts } from "../../domain/smtp/DialogueTypes.ts"
import { MessageRejected, type SmtpError } from "../../domain/smtp/SmtpError.ts"
import type { Message } from "../../services/Message.ts"
import { MimeConverter } from "../../services/MimeConverter.ts"

export interface Fitted {
  readonly message: Message
  /** Why it could not be made to fit, and will be refused. */
  readonly obstacle?: string
}

const longestLineBytes = 998

const lacksEightBit = (session: SessionFacts, { facts }: Message): boolean =>
  (facts.hasEightBitHeader || facts.hasEightBitBody) && !session.extensions.has("8BITMIME")

const warnOfLines = (message: Message, reason: string) =>
  Effect.logWarning("line longer than SMTP allows").pipe(
    Effect.annotateLogs({ octets: message.facts.longestLineBytes, limit: longestLineBytes, reason })
  )

const converted = (message: Message, sevenBit: boolean) =>
  Effect.gen(function* () {
    const converter = yield* MimeConverter
    return yield* converter.convert(message, { sevenBit })
  }).pipe(
    Effect.map(Either.right),
    Effect.catchTag("Unconvertible", ({ obstacle }) => Effect.succeed(Either.left(obstacle)))
  )

/** The message itself where it fits as it is, as nearly all do. */
export const fit = (
  session: SessionFacts,
  message: Message
): Effect.Effect<Fitted, MessageError | QueueFailed, MimeConverter> =>
  Effect.gen(function* () {
    const sevenBit = lacksEightBit(session, message)
    if (!sevenBit && message.facts.longestLineBytes <= longestLineBytes) return { message }
    const result = yield* converted(message, sevenBit)
    if (Either.isLeft(result)) {
      if (sevenBit) return { message, obstacle: result.left }
      yield* warnOfLines(message, result.left)
      return { message }
    }
    const { leftLong, message: fitting } = result.right
    yield* Effect.logInfo("message converted").pipe(Effect.annotateLogs({ sevenBit }))
    if (leftLong !== undefined) yield* warnOfLines(fitting, leftLong)
    return { message: fitting }
  })

const explain = (error: SmtpError, obstacle: string): SmtpError =>
  error._tag === "MessageRejected" && error.reason === "EightBitUnsupported"
    ? new MessageRejected({ ...error, detail: `not converted: ${obstacle}` })
    : error

/** The transport refuses what does not fit; this says why it was not made to. */
export const explained = (
  results: ReadonlyArray<RecipientResult>,
  obstacle: string | undefined
): ReadonlyArray<RecipientResult> =>
  obstacle === undefined
    ? results
    : results.map(({ recipient, result }) => ({
        recipient,
        result: Either.mapLeft(result, (error) => explain(error, obstacle))
      }))
