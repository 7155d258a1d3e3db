/**
 * The commands of an envelope as this server can take it, or why it can't.
 *
 * Source: RFC 1870 §6 (SIZE); RFC 6152 §3 (8BITMIME); RFC 6531 §3 (SMTPUTF8); RFC 3461 §4, §5.2 (DSN).
 * Converting 8-bit content and non-ASCII domains is done before; what is left of them here can't be sent.
 * Deviations: an 8-bit header declares SMTPUTF8 where the server has it, and travels under 8BITMIME alone where not; an
 * original recipient outside ASCII is not reported (ORCPT is optional).
 */
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import type { BodyType } from "../mail/Envelope.ts"
import * as Command from "./Command.ts"
import type { TransactionPlan } from "./DialogueTypes.ts"
import { type Extensions, offers, sizeLimit } from "./Extensions.ts"
import { MessageRejected, type Peer } from "./SmtpError.ts"

export interface EnvelopeCommands {
  readonly mail: Command.Command
  /** One for each recipient of the plan; left: this recipient can't be asked for. */
  readonly rcpts: ReadonlyArray<Either.Either<Command.Command, MessageRejected>>
  /** DSN parameters were asked for, and the server does not know them. */
  readonly omitsDsn: boolean
}

const isAscii = (text: string): boolean => /^[\0-\x7f]*$/.test(text)

const refuse = (
  peer: Peer,
  reason: MessageRejected["reason"],
  stage: "mail" | "rcpt",
  enhanced: string
): MessageRejected => new MessageRejected({ peer, reason, stage, enhanced })

const isTooLarge = (extensions: Extensions, sizeBytes: number): boolean =>
  Option.exists(sizeLimit(extensions), (limit) => sizeBytes > limit)

const isEightBit = ({ facts }: TransactionPlan): boolean => facts.hasEightBitHeader || facts.hasEightBitBody

const bodyType = (plan: TransactionPlan, extensions: Extensions): BodyType | undefined => {
  if (!offers(extensions, "8BITMIME")) return undefined
  return isEightBit(plan) ? "8BITMIME" : plan.body
}

const needsSmtpUtf8 = ({ reversePath, recipients, facts }: TransactionPlan): boolean =>
  facts.hasEightBitHeader || !isAscii(reversePath) || !recipients.every(({ mailbox }) => isAscii(mailbox))

/** What concerns the message or its sender, before a byte is sent. */
const preflight = (
  plan: TransactionPlan,
  extensions: Extensions,
  peer: Peer
): Option.Option<MessageRejected> => {
  if (isTooLarge(extensions, plan.facts.sizeBytes))
    return Option.some(refuse(peer, "TooLarge", "mail", "5.3.4"))
  if (isEightBit(plan) && !offers(extensions, "8BITMIME")) {
    return Option.some(refuse(peer, "EightBitUnsupported", "mail", "5.6.3"))
  }
  return isAscii(plan.reversePath) || offers(extensions, "SMTPUTF8")
    ? Option.none()
    : Option.some(refuse(peer, "Utf8Unsupported", "mail", "5.6.7"))
}

const mailCommand = (plan: TransactionPlan, extensions: Extensions, smtpUtf8: boolean, peer: Peer) => {
  const body = bodyType(plan, extensions)
  const dsn = offers(extensions, "DSN")
  return Either.mapLeft(
    Command.mail(plan.reversePath, {
      smtpUtf8,
      ...(offers(extensions, "SIZE") ? { sizeBytes: plan.facts.sizeBytes } : {}),
      ...(body === undefined ? {} : { body }),
      ...(dsn && plan.ret !== undefined ? { ret: plan.ret } : {}),
      ...(dsn && plan.envid !== undefined ? { envid: plan.envid } : {})
    }),
    ({ part }) => refuse(peer, "Unsendable", "mail", part === "ENVID" ? "5.5.4" : "5.1.7")
  )
}

const rcptCommands = (plan: TransactionPlan, extensions: Extensions, smtpUtf8: boolean, peer: Peer) => {
  const dsn = offers(extensions, "DSN")
  return plan.recipients.map(({ mailbox, notify, originalRecipient }) => {
    if (!smtpUtf8 && !isAscii(mailbox)) return Either.left(refuse(peer, "Utf8Unsupported", "rcpt", "5.6.7"))
    const reportsOriginal =
      originalRecipient !== undefined && originalRecipient !== mailbox && isAscii(originalRecipient)
    return Either.mapLeft(
      Command.rcpt(mailbox, {
        smtpUtf8,
        ...(dsn && notify !== undefined ? { notify } : {}),
        ...(dsn && reportsOriginal ? { originalRecipient } : {})
      }),
      () => refuse(peer, "Unsendable", "rcpt", "5.1.3")
    )
  })
}

/** Left: the message can't be offered to this server at all. */
export const encodeEnvelope = (
  plan: TransactionPlan,
  extensions: Extensions,
  peer: Peer
): Either.Either<EnvelopeCommands, MessageRejected> =>
  Either.gen(function* () {
    const obstacle = preflight(plan, extensions, peer)
    if (Option.isSome(obstacle)) return yield* Either.left(obstacle.value)
    const smtpUtf8 = offers(extensions, "SMTPUTF8") && needsSmtpUtf8(plan)
    const asksDsn =
      plan.ret !== undefined ||
      plan.envid !== undefined ||
      plan.recipients.some(({ notify }) => notify !== undefined)
    return {
      mail: yield* mailCommand(plan, extensions, smtpUtf8, peer),
      rcpts: rcptCommands(plan, extensions, smtpUtf8, peer),
      omitsDsn: asksDsn && !offers(extensions, "DSN")
    }
  })
