/** Everything about one message that is known before it is delivered or queued. Shared by `Submission` and takers-over. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import type { Scope } from "effect/Scope"
import type * as Stream from "effect/Stream"
import type { ConfigError } from "../../domain/config/ConfigError.ts"
import type { ResolvedIdentity } from "../../domain/config/IdentitySelection.ts"
import type { SubmitRequest } from "../../domain/invocation/Invocation.ts"
import type { UsageError } from "../../domain/invocation/UsageError.ts"
import type { Envelope } from "../../domain/mail/Envelope.ts"
import { type HeaderBlock, textOf } from "../../domain/mail/HeaderBlock.ts"
import { editHeader, type HeaderAdditions, type HeaderChange } from "../../domain/mail/HeaderEdits.ts"
import { fieldText, isNamed } from "../../domain/mail/HeaderField.ts"
import type { MessageError } from "../../domain/mail/MessageError.ts"
import { combineFacts } from "../../domain/mail/MessageFacts.ts"
import * as SubmissionPlan from "../../domain/mail/SubmissionPlan.ts"
import { Config } from "../../services/Config.ts"
import { IdentityResolver } from "../../services/IdentityResolver.ts"
import { LocalSystem } from "../../services/LocalSystem.ts"
import type { Message } from "../../services/Message.ts"
import { MessageIntake } from "../../services/MessageIntake.ts"

export interface Prepared {
  readonly envelope: Envelope
  readonly message: Message
  readonly resolved: ResolvedIdentity
  readonly changes: ReadonlyArray<HeaderChange>
  readonly messageId?: string
}

export type PreparationError = UsageError | ConfigError | MessageError

export type Needs = Config | IdentityResolver | LocalSystem | MessageIntake

const randomText: Effect.Effect<string> = Effect.map(
  Effect.all([Random.nextIntBetween(0, 2 ** 31), Random.nextIntBetween(0, 2 ** 31)]),
  (numbers) => numbers.map((number) => number.toString(36)).join("")
)

/** The user's own name goes with the user's own address only. */
const fullName = (
  request: SubmitRequest,
  { reversePathFrom }: ResolvedIdentity,
  ofUser: string | undefined
): string | undefined =>
  request.fullName ??
  (reversePathFrom === "identity" || reversePathFrom === "local user" ? ofUser : undefined)

const additions = (
  request: SubmitRequest,
  resolved: ResolvedIdentity,
  envelope: Envelope,
  query: { readonly envelopeSender?: Envelope["reversePath"] }
): Effect.Effect<HeaderAdditions, never, LocalSystem> =>
  Effect.gen(function* () {
    const system = yield* LocalSystem
    const now = yield* Clock.currentTimeMillis
    const name = fullName(request, resolved, system.fullName)
    const { identity, forcedSender, reversePathFrom } = resolved
    // A forced reverse-path is for servers; readers see whom `-f` named.
    const author = reversePathFrom === "force reverse_path" ? query.envelopeSender : undefined
    return {
      epochMillis: now,
      utcOffsetMinutes: system.utcOffsetMinutes(now),
      from: author ?? envelope.reversePath,
      ...(name !== undefined && { fullName: name }),
      host: identity.relay.helo ?? system.hostName,
      addMessageId: identity.addMessageId,
      processId: system.processId,
      random: yield* randomText,
      ...(forcedSender !== undefined && { forcedSender })
    }
  })

const messageIdOf = (header: HeaderBlock, changes: ReadonlyArray<HeaderChange>): string | undefined =>
  Option.getOrUndefined(textOf(header, "message-id")) ??
  changes.flatMap(({ _tag, field }) =>
    _tag === "Added" && isNamed(field, "message-id") ? [fieldText(field)] : []
  )[0]

/** Reads the whole message, then decides about it; fails before anything is sent. */
export const prepare = (
  request: SubmitRequest,
  input: Stream.Stream<Uint8Array, MessageError>
): Effect.Effect<Prepared, PreparationError, Needs | Scope> =>
  Effect.gen(function* () {
    const usageProblem = SubmissionPlan.usageProblem(request)
    if (Option.isSome(usageProblem)) return yield* usageProblem.value
    const settings = yield* Config
    const intake = yield* MessageIntake
    const resolver = yield* IdentityResolver
    const { header, body, bodyFacts } = yield* intake.receive(input)
    const mailboxes = yield* SubmissionPlan.requestedRecipients(request, header)
    const query = yield* SubmissionPlan.identityQuery(request, header)
    const resolved = yield* resolver.resolve(query)
    const envelope = yield* SubmissionPlan.envelope(request, mailboxes, resolved, settings)
    const edited = editHeader(header, yield* additions(request, resolved, envelope, query))
    const messageId = messageIdOf(header, edited.changes)
    const facts = combineFacts(edited.header.wire, bodyFacts, header.nulsDropped)
    if (facts.nulsDropped > 0) {
      yield* Effect.logWarning("NUL octets dropped from the message").pipe(
        Effect.annotateLogs({ count: facts.nulsDropped })
      )
    }
    return {
      envelope,
      message: { header: edited.header, facts, body },
      resolved,
      changes: edited.changes,
      ...(messageId !== undefined && { messageId })
    }
  })
