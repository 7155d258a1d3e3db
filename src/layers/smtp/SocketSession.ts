/**
 * A ready session as its users see it: messages in, a result for each recipient out.
 *
 * Source: RFC 5321 §3.3, §4.5.3.1.8; RFC 3030 §2 (a small message travels with its envelope).
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Stream from "effect/Stream"
import type { Envelope, Recipient } from "../../domain/mail/Envelope.ts"
import type { RecipientResult, TransactionPlan } from "../../domain/smtp/DialogueTypes.ts"
import { offers, recipientLimit } from "../../domain/smtp/Extensions.ts"
import * as Limits from "../../domain/smtp/Limits.ts"
import { ConnectFailed, type SmtpError } from "../../domain/smtp/SmtpError.ts"
import { isInDoubt } from "../../domain/smtp/Stage.ts"
import type { Message } from "../../services/Message.ts"
import type { SmtpSession } from "../../services/SmtpTransport.ts"
import { inBatches } from "./Batches.ts"
import * as SessionDriver from "./SessionDriver.ts"
import type { Opened } from "./SessionOpening.ts"
import * as StageSpan from "./StageSpan.ts"

const concat = (parts: ReadonlyArray<Uint8Array>): Uint8Array => {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

const wholeMessage = ({ header, body, whole }: Message) =>
  whole === undefined
    ? Effect.map(Stream.runCollect(body), (parts) => concat([header.wire, ...parts]))
    : Effect.succeed(whole)

const planOf = (envelope: Envelope, message: Message, requireAllRecipients: boolean) => {
  const { reversePath, ret, envid, body } = envelope
  return (recipients: ReadonlyArray<Recipient>, inline: Uint8Array | undefined): TransactionPlan => ({
    ...{ reversePath, recipients, facts: message.facts, requireAllRecipients },
    ...(ret === undefined ? {} : { ret }),
    ...(envid === undefined ? {} : { envid }),
    ...(body === undefined ? {} : { body }),
    ...(inline === undefined ? {} : { inline })
  })
}

/** Why recipients of a session that has ended were not even tried. Only those who were may be in doubt. */
const untriedBecause = ({ driven }: Opened, error: SmtpError | undefined): SmtpError =>
  error === undefined || ("stage" in error && isInDoubt(error.stage))
    ? new ConnectFailed({ peer: driven.plan.peer, stage: "mail", reason: "Lost" })
    : error

const sameForAll = (recipients: ReadonlyArray<Recipient>, error: SmtpError): ReadonlyArray<RecipientResult> =>
  recipients.map((recipient) => ({ recipient, result: Either.left(error) }))

const send = (opened: Opened): SmtpSession["send"] =>
  Effect.fnUntraced(function* (envelope, message, { requireAllRecipients, onResults }) {
    const { driven, facts } = opened
    const recipients = envelope.recipients.filter(({ route }) => route === "relay")
    const takesInline = offers(facts.extensions, "CHUNKING") && offers(facts.extensions, "PIPELINING")
    const isSmall = message.facts.sizeBytes <= Limits.inlineBytes
    const inline = takesInline && isSmall ? yield* wholeMessage(message) : undefined
    const plan = planOf(envelope, message, requireAllRecipients)
    let end: { readonly error?: SmtpError } | undefined

    const transact = (batch: ReadonlyArray<Recipient>) =>
      Effect.gen(function* () {
        if (end !== undefined) return sameForAll(batch, untriedBecause(opened, end.error))
        const outcome = yield* SessionDriver.deliver(driven, plan(batch, inline), message)
        if (outcome.unreadable !== undefined) return yield* Effect.failCause(outcome.unreadable)
        const { results, ready, error } = outcome
        if (ready === undefined) end = error === undefined || error._tag === "HookFailed" ? {} : { error }
        return results ?? sameForAll(batch, untriedBecause(opened, end?.error))
      })
    return yield* inBatches<SessionDriver.MessageUnreadable>(recipients, {
      limit: recipientLimit(facts.extensions),
      requireAllRecipients,
      transact,
      onSettled: onResults ?? (() => Effect.void)
    })
  }, StageSpan.span("SmtpSession.send"))

/** Messages wait for one another. */
export const make = (opened: Opened): Effect.Effect<SmtpSession> =>
  Effect.map(Effect.makeSemaphore(1), (turns) => {
    const sendOne = send(opened)
    return {
      facts: opened.facts,
      send: (envelope, message, options) => turns.withPermits(1)(sendOne(envelope, message, options)),
      isUsable: SessionDriver.isUsable(opened.driven)
    }
  })
