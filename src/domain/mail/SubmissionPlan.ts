/**
 * From a request, a header and an identity to the envelope: who sends, who receives, and by which route.
 *
 * Source: esmtp: main.c, local.c (local recipients, `force_mda`), smtp.c (`qualifydomain`); sendmail(1) (`-t` with operands).
 * Deviations: recipients keep their order and come once; `qualifydomain` leaves full addresses alone; a header address
 * that can't be understood stops the message.
 */
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import type { IdentityQuery, ResolvedIdentity } from "../config/IdentitySelection.ts"
import type { Settings } from "../config/Settings.ts"
import type { SubmitRequest } from "../invocation/Invocation.ts"
import { UsageError } from "../invocation/UsageError.ts"
import { printable } from "../telemetry/Printable.ts"
import { parseOperand, parseReversePath } from "./AddressOperand.ts"
import { badAddress } from "./AddressProblem.ts"
import type { Envelope, Recipient } from "./Envelope.ts"
import { authorOf, type HeaderBlock, recipientsOf } from "./HeaderBlock.ts"
import {
  identityKey,
  isLocal,
  type Mailbox,
  nullSender,
  type ReversePath,
  withAsciiDomain,
  withDomain,
  withoutDuplicates
} from "./Mailbox.ts"
import { MessageError } from "./MessageError.ts"

/** What can be said before the message is read. */
export const usageProblem = (request: SubmitRequest): Option.Option<UsageError> =>
  request.operands.length === 0 && !request.recipientsFromHeader
    ? Option.some(new UsageError({ detail: "Recipient names must be specified" }))
    : Option.none()

const operandMailboxes = (
  operands: ReadonlyArray<string>
): Either.Either<ReadonlyArray<Mailbox>, MessageError> =>
  Either.map(
    Either.all(
      operands.map((operand) =>
        Either.mapLeft(parseOperand(operand), (problem) => badAddress("recipient", problem))
      )
    ),
    (lists) => lists.flat()
  )

const headerMailboxes = (header: HeaderBlock): Either.Either<ReadonlyArray<Mailbox>, MessageError> => {
  const { addresses, problems } = recipientsOf(header)
  const fault = problems.find(({ severity }) => severity === "fault")
  return fault === undefined
    ? Either.right(addresses.map(({ mailbox }) => mailbox))
    : Either.left(badAddress(`${fault.field}:`, fault))
}

/** Header recipients first (with `-t`), then the operands; each once. */
export const requestedRecipients = (
  request: SubmitRequest,
  header: HeaderBlock
): Either.Either<ReadonlyArray<Mailbox>, MessageError> =>
  Either.gen(function* () {
    const fromHeader = request.recipientsFromHeader ? yield* headerMailboxes(header) : []
    const mailboxes = withoutDuplicates([...fromHeader, ...(yield* operandMailboxes(request.operands))])
    if (mailboxes.length === 0) {
      return yield* Either.left(new MessageError({ reason: "NoRecipients", detail: "No recipients found" }))
    }
    return mailboxes
  })

export const identityQuery = (
  request: SubmitRequest,
  header: HeaderBlock
): Either.Either<IdentityQuery, MessageError> =>
  Either.gen(function* () {
    const author = request.recipientsFromHeader ? authorOf(header) : Option.none()
    const sender =
      request.sender === undefined
        ? undefined
        : yield* Either.mapLeft(parseReversePath(request.sender), (problem) => badAddress("sender", problem))
    return {
      ...(sender !== undefined && { envelopeSender: sender }),
      ...(Option.isSome(author) && { headerFrom: author.value })
    }
  })

const unfit = (mailbox: Mailbox, detail: string): MessageError =>
  new MessageError({ reason: "BadAddress", subject: `"${printable(mailbox)}"`, detail })

/** As relays understand it (RFC 6531 §3.3: domains can always be written in ASCII). */
const onTheWire = (mailbox: Mailbox): Either.Either<Mailbox, MessageError> =>
  Either.fromOption(withAsciiDomain(mailbox), () => unfit(mailbox, "domain has no ASCII form"))

const reversePathOnTheWire = (reversePath: ReversePath): Either.Either<ReversePath, MessageError> =>
  reversePath === nullSender ? Either.right(nullSender) : onTheWire(reversePath)

const routed = (
  mailbox: Mailbox,
  { identity }: ResolvedIdentity,
  settings: Settings
): Either.Either<Pick<Recipient, "mailbox" | "route">, MessageError> => {
  const { qualifyDomain } = identity
  if (qualifyDomain === undefined) {
    return isLocal(mailbox) || settings.forceMda !== undefined
      ? Either.right({ mailbox, route: "mda" })
      : Either.map(onTheWire(mailbox), (wire) => ({ mailbox: wire, route: "relay" }))
  }
  const qualified = isLocal(mailbox)
    ? Either.mapLeft(withDomain(mailbox, qualifyDomain), (detail) =>
        unfit(mailbox, `qualifydomain: ${detail}`)
      )
    : Either.right(mailbox)
  return Either.flatMap(qualified, (full) =>
    Either.map(onTheWire(full), (wire) => ({ mailbox: wire, route: "relay" }))
  )
}

export const envelope = (
  request: SubmitRequest,
  mailboxes: ReadonlyArray<Mailbox>,
  resolved: ResolvedIdentity,
  settings: Settings
): Either.Either<Envelope, MessageError> =>
  Either.gen(function* () {
    const recipients = new Map<string, Recipient>()
    for (const given of mailboxes) {
      const { mailbox, route } = yield* routed(given, resolved, settings)
      const key = identityKey(mailbox)
      // Two ways of writing an address may have become the same by now.
      if (recipients.has(key)) continue
      recipients.set(key, {
        mailbox,
        route,
        ...(request.notify !== undefined && { notify: request.notify }),
        ...(mailbox !== given && { originalRecipient: given })
      })
    }
    return {
      reversePath: yield* reversePathOnTheWire(resolved.reversePath),
      recipients: [...recipients.values()],
      ...(request.ret !== undefined && { ret: request.ret }),
      ...(request.envid !== undefined && { envid: request.envid }),
      ...(request.body !== undefined && { body: request.body })
    }
  })
