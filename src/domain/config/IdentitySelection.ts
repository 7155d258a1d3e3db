/**
 * Which identity sends a message, and with which reverse-path.
 *
 * Source: esmtp: main.c, smtp.c (`identity_lookup`, order of the reverse-path in `smtp_send`), esmtprc(5).
 * Deviations: `-f` beats From:, for whoever passes both means `-f`; the null sender selects no identity, but From: does; a
 * bare user name in `-f` or From: is qualified, since relays refuse it; see `AddressPattern.ts` for what an identity fits.
 */
import * as Either from "effect/Either"
import { isLocal, type Mailbox, nullSender, type ReversePath, withDomain } from "../mail/Mailbox.ts"
import { type Fit, fitOfAddress, fitOfPattern, fits } from "./AddressPattern.ts"
import { expandForced, expandSender, type LocalNames, toMailbox, toReversePath } from "./AddressTemplate.ts"
import { ConfigError } from "./ConfigError.ts"
import { shown } from "./RcProblem.ts"
import type { Identity, Settings } from "./Settings.ts"

export interface IdentityQuery {
  /** `-f`/`-r`; absent: not given. */
  readonly envelopeSender?: ReversePath
  /** First address of From:, only with `-t`. */
  readonly headerFrom?: Mailbox
}

export interface Candidate {
  readonly identity: Identity
  readonly matched: boolean
  /** One phrase: `address equals identity`, `other domain`, `default identity`… */
  readonly because: string
}

export interface ResolvedIdentity {
  readonly identity: Identity
  readonly reversePath: ReversePath
  /** Which rule gave the reverse-path. */
  readonly reversePathFrom: "force reverse_path" | "-f" | "From:" | "identity" | "local user"
  /** Value of `force sender`, expanded. */
  readonly forcedSender?: Mailbox
  /** Every identity in the order considered, for `explain`. */
  readonly candidates: ReadonlyArray<Candidate>
}

interface Considered {
  readonly identity: Identity
  readonly fit: Fit | undefined
}

const fitPhrases: Readonly<Record<Fit, string>> = {
  equal: "address equals identity",
  "equal but for case": "address equals identity but for the case of its domain",
  domain: "domain equals identity",
  "parent domain": "domain is below that of identity",
  any: "identity fits any address"
}

const closest = (found: ReadonlyArray<Fit | undefined>): Fit | undefined =>
  fits.find((fit) => found.includes(fit))

const rightOrNone = <A>(either: Either.Either<A, unknown>): ReadonlyArray<A> =>
  Either.isRight(either) ? [either.right] : []

/** The forms in which an address may be written: itself, and for a bare user name the one with this machine's name. */
const formsOf = (address: Mailbox, local: LocalNames): ReadonlyArray<Mailbox> =>
  isLocal(address) ? [address, ...rightOrNone(withDomain(address, local.hostName))] : [address]

const fitOf = (identity: Identity, address: Mailbox, local: LocalNames): Fit | undefined => {
  const written = identity.sender ?? identity.name
  if (written === undefined) return undefined
  const expanded = Either.getOrElse(expandSender(written, local), () => written)
  const own = [written, expanded, ...rightOrNone(toMailbox(expanded))]
  return closest(
    formsOf(address, local).flatMap((form) => [
      ...own.map((text) => fitOfAddress(text, form)),
      fitOfPattern(identity.name ?? "", form)
    ])
  )
}

const missPhrase = (identity: Identity, address: Mailbox | undefined): string => {
  if (address === undefined) return "no sender given"
  return identity.name === undefined && identity.sender === undefined ? "has no address" : "other address"
}

const rank = ({ fit }: Considered): number => (fit === undefined ? fits.length : fits.indexOf(fit))

/** The one that fits best; of equals the first. */
const bestOf = (considered: ReadonlyArray<Considered>): Considered | undefined =>
  considered.reduce<Considered | undefined>(
    (best, next) => (best === undefined || rank(next) < rank(best) ? next : best),
    undefined
  )

const consider = (settings: Settings, address: Mailbox | undefined, local: LocalNames) => {
  // Last defined first, as in C: of two that fit equally the later wins.
  const considered = settings.identities.toReversed().map((identity) => ({
    identity,
    fit: address === undefined ? undefined : fitOf(identity, address, local)
  }))
  const best = bestOf(considered)
  const fallback =
    best?.fit === undefined ? settings.identities.find(({ isDefault }) => isDefault) : undefined
  const candidates = considered.map(({ fit, identity }): Candidate => {
    if (fit !== undefined) return { identity, matched: true, because: fitPhrases[fit] }
    return identity === fallback
      ? { identity, matched: true, because: "default identity" }
      : { identity, matched: false, because: missPhrase(identity, address) }
  })
  return { chosen: fallback ?? best?.identity, candidates }
}

type Origin = Pick<ResolvedIdentity, "reversePath" | "reversePathFrom">

/** Reports faults of the values of one identity. */
const faultIn =
  (settings: Settings, identity: Identity) =>
  (found: string, expected: string, detail: string): ConfigError =>
    new ConfigError({
      path: settings.path ?? "esmtprc",
      reason: "Value",
      line: identity.line,
      found: shown(found),
      expected,
      detail
    })

type Fault = ReturnType<typeof faultIn>

/** The error for a text that shall be an address and is none; `origin` is who gave it. */
const noAddress =
  (fault: Fault, origin: string, text: string) =>
  (why: string): ConfigError =>
    fault(text, "an address", `${origin} gives ${shown(text)}, which is no address: ${why}`)

const ownSender = (identity: Identity, template: string, local: LocalNames, fault: Fault) =>
  Either.gen(function* () {
    const keyword = template === identity.name ? "identity" : "sender"
    const expected = "%u, %h, %d or %%"
    const text = yield* Either.mapLeft(expandSender(template, local), (unknown) =>
      fault(unknown, expected, `${shown(unknown)} in ${keyword} ${shown(template)}, expected ${expected}`)
    )
    return yield* Either.mapLeft(toReversePath(text), noAddress(fault, keyword, text))
  })

/** A bare user name as a relay takes it. */
const qualified = (
  mailbox: ReversePath,
  identity: Identity,
  local: LocalNames,
  fault: Fault
): Either.Either<ReversePath, ConfigError> => {
  if (mailbox === nullSender || !isLocal(mailbox)) return Either.right(mailbox)
  const domain = identity.qualifyDomain ?? local.hostName
  const origin = identity.qualifyDomain === undefined ? "the name of this machine" : "qualifydomain"
  return Either.mapLeft(withDomain(mailbox, domain), noAddress(fault, origin, `${mailbox}@${domain}`))
}

/** `force reverse_path`, else `-f`, else From:, else the identity's own address, else the local user. */
const reversePathOf = (
  identity: Identity,
  query: IdentityQuery,
  local: LocalNames,
  fault: Fault
): Either.Either<Origin, ConfigError> => {
  const from =
    (reversePathFrom: Origin["reversePathFrom"]) =>
    (reversePath: ReversePath): Origin => ({ reversePath, reversePathFrom })
  if (identity.forceReversePath !== undefined) {
    const rule = "force reverse_path"
    const forced = expandForced(identity.forceReversePath, local)
    return Either.map(Either.mapLeft(toReversePath(forced), noAddress(fault, rule, forced)), from(rule))
  }
  if (query.envelopeSender !== undefined) {
    return Either.map(qualified(query.envelopeSender, identity, local, fault), from("-f"))
  }
  if (query.headerFrom !== undefined) {
    return Either.map(qualified(query.headerFrom, identity, local, fault), from("From:"))
  }
  if (identity.sender !== undefined) {
    return Either.map(ownSender(identity, identity.sender, local, fault), from("identity"))
  }
  const user = `${local.userName}@${local.hostName}`
  return Either.map(
    Either.mapLeft(toMailbox(user), noAddress(fault, "the local user", user)),
    from("local user")
  )
}

/**
 * Selects by `-f`, else by From:; by neither, or if none fits, the default identity. Fails only where the configuration or
 * this machine's own names give no address.
 */
export const select = (
  settings: Settings,
  query: IdentityQuery,
  local: LocalNames
): Either.Either<ResolvedIdentity, ConfigError> =>
  Either.gen(function* () {
    const selecting =
      query.envelopeSender === nullSender ? query.headerFrom : (query.envelopeSender ?? query.headerFrom)
    const { candidates, chosen } = consider(settings, selecting, local)
    if (chosen === undefined) {
      return yield* Either.left(
        new ConfigError({ path: settings.path ?? "esmtprc", reason: "Value", detail: "no identity" })
      )
    }
    const fault = faultIn(settings, chosen)
    const origin = yield* reversePathOf(chosen, query, local, fault)
    const resolved = { identity: chosen, ...origin, candidates }
    if (chosen.forceSender === undefined) return resolved
    const sender = expandForced(chosen.forceSender, local)
    const forcedSender = yield* Either.mapLeft(toMailbox(sender), noAddress(fault, "force sender", sender))
    return { ...resolved, forcedSender }
  })
