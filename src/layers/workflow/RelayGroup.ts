/**
 * All entries of one pass that go through one identity: a few sessions side by side, message after message on each.
 *
 * The first session is a probe. Only when it stands do others follow; when it fails, the relay is left alone and only
 * what has recipients for the MDA goes on.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Ref from "effect/Ref"
import type { Identity } from "../../domain/config/Settings.ts"
import type { Envelope } from "../../domain/mail/Envelope.ts"
import type { HookFailed } from "../../domain/mda/MdaError.ts"
import type { QueueFailed } from "../../domain/queue/QueueError.ts"
import * as RetryPolicy from "../../domain/queue/RetryPolicy.ts"
import type { Hooks } from "../../services/Hooks.ts"
import type { MdaRunner } from "../../services/MdaRunner.ts"
import { Queue } from "../../services/Queue.ts"
import type { SessionError, SmtpSession, SmtpTransport } from "../../services/SmtpTransport.ts"
import * as Attempt from "./Attempt.ts"
import type { Needs as ConclusionNeeds, Ending } from "./Conclusion.ts"
import * as EntryDelivery from "./EntryDelivery.ts"
import type { Selected } from "./QueueSelection.ts"
import * as RelayState from "./RelayState.ts"
import * as SessionSlot from "./SessionSlot.ts"

export type Needs = Queue | SmtpTransport | Hooks | MdaRunner | Attempt.SendNeeds | ConclusionNeeds

export interface GroupOptions extends Omit<EntryDelivery.EntryOptions, "overRelay" | "relay"> {
  readonly identity: Identity
}

export interface GroupResult {
  /** Endings of the entries that were tried; the others are as they were. */
  readonly endings: ReadonlyArray<Ending>
}

interface Group {
  readonly options: GroupOptions
  readonly relay: RelayState.RelayState
  readonly take: Effect.Effect<Option.Option<Selected>>
  readonly endings: Array<Ending>
  readonly hasRelayed: Ref.Ref<boolean>
  /** Runs `preconnect` before the first session of the pass. */
  readonly prepare: Effect.Effect<void, HookFailed>
}

/** Hands out entries in order; while the relay is down only those that the MDA waits for, or that count it as a try. */
const taker = (entries: ReadonlyArray<Selected>, relay: RelayState.RelayState): Group["take"] => {
  const waiting = entries.slice().reverse()
  return Effect.map(relay.down, (down) => {
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      if (Option.isNone(down) || next.needsMda || next.countsProbes) return Option.some(next)
    }
    return Option.none()
  })
}

const failedSession = (
  group: Group,
  envelope: Envelope,
  error: SessionError
): Effect.Effect<EntryDelivery.RelayTry> =>
  group.relay.failed(error).pipe(
    Effect.as({
      outcomes: Attempt.allFailed(Attempt.routed(envelope, "relay").recipients, error),
      knowsDsn: true
    })
  )

const overSession = (
  group: Group,
  session: SmtpSession,
  { envelope, message, onOutcomes }: EntryDelivery.Shipment
): Effect.Effect<EntryDelivery.RelayTry, Attempt.MessageUnreadable, Attempt.SendNeeds> =>
  Effect.gen(function* () {
    yield* group.relay.succeeded
    const { identity, settings } = group.options
    const requireAllRecipients = settings.requireAllRecipients ?? false
    const outcomes = yield* Attempt.sendOver(session, identity.relay, envelope, message, {
      requireAllRecipients,
      onOutcomes
    })
    if (outcomes.some(({ result }) => result._tag === "Right")) yield* Ref.set(group.hasRelayed, true)
    return { outcomes, knowsDsn: session.facts.extensions.has("DSN") }
  })

const overSlot =
  (group: Group, slot: SessionSlot.SessionSlot) =>
  (
    shipment: EntryDelivery.Shipment
  ): Effect.Effect<EntryDelivery.RelayTry, Attempt.MessageUnreadable, Attempt.SendNeeds> =>
    Effect.gen(function* () {
      const down = yield* group.relay.down
      if (Option.isSome(down)) return { outcomes: [], knowsDsn: true, down: down.value }
      const opened = yield* Effect.either(Effect.zipRight(group.prepare, slot.session))
      return opened._tag === "Left"
        ? yield* failedSession(group, shipment.envelope, opened.left)
        : yield* overSession(group, opened.right, shipment)
    })

const unharmed = (id: string) => (error: Attempt.MessageUnreadable) =>
  Effect.logError("entry left for a later run").pipe(
    Effect.annotateLogs({ queueId: id, reason: error.message }),
    Effect.as(undefined)
  )

const deliverOne = (
  group: Group,
  selected: Selected,
  overRelay: EntryDelivery.EntryOptions["overRelay"]
): Effect.Effect<void, QueueFailed, Queue | MdaRunner | ConclusionNeeds> =>
  Effect.gen(function* () {
    const queue = yield* Queue
    const { identity, observe } = group.options
    const relay = Attempt.relayName(identity.relay)
    const result = yield* queue.claim(selected.id)
    if (result._tag === "Damaged") {
      yield* observe({ _tag: "EntryDamaged", id: selected.id, problem: result.problem })
    }
    if (result._tag === "Unreadable") yield* unharmed(selected.id)(result.error)
    if (result._tag === "Finished") group.endings.push({ remaining: 0, isGone: true })
    if (result._tag !== "Claimed") return
    const ending = yield* EntryDelivery.deliver(result.claim, { ...group.options, overRelay, relay }).pipe(
      Effect.catchAll(unharmed(selected.id))
    )
    if (ending === undefined) return
    group.endings.push(ending)
    yield* observe({
      _tag: "EntryEnded",
      id: selected.id,
      remaining: ending.remaining,
      sizeBytes: selected.sizeBytes,
      ...(ending.nextAttemptAt !== undefined && { nextAttemptAt: ending.nextAttemptAt })
    })
  }).pipe(Effect.scoped)

/** Takes entries until none is left. `once`: a single one, the probe. */
const work = (group: Group, slot: SessionSlot.SessionSlot, once: boolean) =>
  Effect.gen(function* () {
    const services = yield* Effect.context<Attempt.SendNeeds>()
    const send = overSlot(group, slot)
    const overRelay: EntryDelivery.EntryOptions["overRelay"] = (shipment) =>
      Effect.provide(send(shipment), services)
    let next = yield* group.take
    while (Option.isSome(next)) {
      yield* deliverOne(group, next.value, overRelay)
      if (once) return
      next = yield* group.take
    }
  })

const sessions = (group: Group, entries: number) =>
  Effect.gen(function* () {
    const { identity, settings } = group.options
    const first = yield* SessionSlot.make(identity.relay)
    yield* work(group, first, true)
    const others = Math.min(settings.queueSessions, entries - 1) - 1
    const helpers = Array.from({ length: Math.max(0, others) }, () =>
      Effect.flatMap(SessionSlot.make(identity.relay), (slot) => work(group, slot, false)).pipe(Effect.scoped)
    )
    yield* Effect.all([work(group, first, false), ...helpers], { concurrency: "unbounded", discard: true })
  }).pipe(Effect.scoped)

const reportUnavailable = (group: Group, entries: ReadonlyArray<Selected>) =>
  Effect.gen(function* () {
    const down = yield* group.relay.down
    if (Option.isNone(down)) return
    const tried = group.endings.length
    yield* group.options.observe({
      _tag: "RelayUnavailable",
      relay: Attempt.relayName(group.options.identity.relay),
      reason: down.value.reason,
      retryAt: down.value.retryAt,
      skipped: entries.length - tried
    })
  })

export const run = (
  entries: ReadonlyArray<Selected>,
  options: GroupOptions
): Effect.Effect<GroupResult, QueueFailed, Needs> =>
  Effect.gen(function* () {
    const { identity, settings, onlyDue } = options
    const relay = yield* RelayState.make({
      relay: Attempt.relayName(identity.relay),
      policy: RetryPolicy.fromSettings(settings),
      ignoreBefore: !onlyDue
    })
    const services = yield* Effect.context<Hooks>()
    const group: Group = {
      options,
      relay,
      take: taker(entries, relay),
      endings: [],
      hasRelayed: yield* Ref.make(false),
      prepare: yield* Effect.cached(Effect.provide(Attempt.preconnect(identity), services))
    }
    yield* sessions(group, entries.length)
    yield* reportUnavailable(group, entries)
    if (yield* Ref.get(group.hasRelayed)) yield* Attempt.postconnect(identity)
    return { endings: group.endings }
  })
