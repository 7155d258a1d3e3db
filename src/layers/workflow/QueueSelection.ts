/** Which entries a run of the queue is about, and through which identity each goes. */
import * as EffectArray from "effect/Array"
import * as Chunk from "effect/Chunk"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { Identity, Settings } from "../../domain/config/Settings.ts"
import type { QueueRunRequest } from "../../domain/invocation/Invocation.ts"
import { matchesFilters } from "../../domain/invocation/QueueFilters.ts"
import * as JournalState from "../../domain/queue/JournalState.ts"
import type { QueueFailed } from "../../domain/queue/QueueError.ts"
import type { QueueId } from "../../domain/queue/QueueId.ts"
import type { KnownListing, QueueListing } from "../../domain/queue/QueueListing.ts"
import * as RetryPolicy from "../../domain/queue/RetryPolicy.ts"
import { Queue } from "../../services/Queue.ts"

/** No more than a run needs: a queue may hold very many. */
export interface Selected {
  readonly id: QueueId
  readonly identity: string | undefined
  readonly dueAt: number
  readonly sizeBytes: number
  readonly needsMda: boolean
}

export interface Selection {
  /** Oldest due first. */
  readonly entries: ReadonlyArray<Selected>
  /** Asked for, but not to be tried in this run: being delivered elsewhere, or not due. */
  readonly passedOver: number
  readonly nextAttemptAt?: number
}

export const policyOf = (settings: Settings): RetryPolicy.RetryPolicy => ({
  delaysMillis: settings.retryScheduleMillis,
  lifetimeMillis: settings.queueLifetimeMillis
})

const isAskedFor = (request: QueueRunRequest, ids: ReadonlySet<string>, { entry }: KnownListing): boolean =>
  (ids.size === 0 || ids.has(entry.id)) &&
  matchesFilters(request.filters, {
    id: entry.id,
    sender: entry.envelope.reversePath,
    recipients: entry.envelope.recipients.map(({ mailbox }) => mailbox)
  })

const selected = ({ entry, journal, nextAttemptAt }: KnownListing): Selected => ({
  id: entry.id,
  identity: entry.identity,
  dueAt: nextAttemptAt,
  sizeBytes: entry.facts.sizeBytes,
  needsMda: JournalState.pending(journal).some(
    (position) => entry.envelope.recipients[position]?.route === "mda"
  )
})

const earliest = (times: ReadonlyArray<number>): number | undefined =>
  times.length === 0 ? undefined : times.reduce((first, time) => Math.min(first, time))

const select = (
  request: QueueRunRequest,
  policy: RetryPolicy.RetryPolicy,
  listings: ReadonlyArray<KnownListing>,
  now: number
): Selection => {
  const waiting = listings.filter(({ state }) => state === "queued")
  const [resting, tried] = EffectArray.partition(
    waiting,
    ({ journal }) => !request.onlyDue || RetryPolicy.isDue(policy, journal, now)
  )
  const later = earliest(resting.map((one) => one.nextAttemptAt))
  return {
    entries: tried.map(selected).sort((one, other) => one.dueAt - other.dueAt),
    passedOver: listings.length - tried.length,
    ...(later !== undefined && { nextAttemptAt: later })
  }
}

const known = (listing: QueueListing): ReadonlyArray<KnownListing> =>
  listing._tag === "Known" && listing.state !== "bad" && listing.state !== "dead" ? [listing] : []

export const selection = (
  request: QueueRunRequest,
  settings: Settings
): Effect.Effect<Selection, QueueFailed, Queue> =>
  Effect.gen(function* () {
    const queue = yield* Queue
    const now = yield* Clock.currentTimeMillis
    const ids = new Set<string>(request.ids)
    const listings = yield* queue.list.pipe(
      Stream.mapConcat(known),
      Stream.filter((listing) => isAskedFor(request, ids, listing)),
      Stream.runCollect
    )
    return select(request, policyOf(settings), Chunk.toReadonlyArray(listings), now)
  })

/** The identity an entry was queued for, or the default if the configuration has lost it. */
export const identityNamed = (settings: Settings, name: string | undefined): Identity | undefined =>
  settings.identities.find((identity) => identity.name === name) ??
  settings.identities.find(({ isDefault }) => isDefault) ??
  settings.identities[0]
