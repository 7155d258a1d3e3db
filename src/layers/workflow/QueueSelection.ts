/** Which entries a run of the queue is about, and through which identity each goes. */
import * as Chunk from "effect/Chunk"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { Identity, Settings } from "../../domain/config/Settings.ts"
import type { QueueRunRequest } from "../../domain/invocation/Invocation.ts"
import { matchesFilters } from "../../domain/invocation/QueueFilters.ts"
import * as JournalState from "../../domain/queue/JournalState.ts"
import { isReport } from "../../domain/queue/QueueEntry.ts"
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
  /** The relay being down is a try of this entry as well. */
  readonly countsProbes: boolean
}

export interface Selection {
  /** Oldest due first. */
  readonly entries: ReadonlyArray<Selected>
  /** Asked for, but not to be tried in this run: being delivered elsewhere, or not due. */
  readonly passedOver: number
  readonly nextAttemptAt?: number
}

const isAskedFor = (request: QueueRunRequest, ids: ReadonlySet<string>, { entry }: KnownListing): boolean =>
  (ids.size === 0 || ids.has(entry.id)) &&
  matchesFilters(request.filters, {
    id: entry.id,
    sender: entry.envelope.reversePath,
    recipients: entry.envelope.recipients.map(({ mailbox }) => mailbox)
  })

const selected = (
  policy: RetryPolicy.RetryPolicy,
  { entry, journal, nextAttemptAt }: KnownListing,
  now: number
): Selected => ({
  id: entry.id,
  identity: entry.identity,
  dueAt: nextAttemptAt,
  sizeBytes: entry.facts.sizeBytes,
  needsMda: JournalState.pending(journal).some(
    (position) => entry.envelope.recipients[position]?.route === "mda"
  ),
  countsProbes: RetryPolicy.countsProbes(
    policy,
    { acceptedAt: entry.acceptedAt, isBounce: isReport(entry) },
    journal,
    now
  )
})

/** What has been seen so far; of each entry no more than a run needs. */
interface Tally {
  readonly entries: Array<Selected>
  passedOver: number
  nextAttemptAt?: number
}

const passOver = (tally: Tally, listing: KnownListing): void => {
  tally.passedOver += 1
  if (listing.state !== "queued") return
  tally.nextAttemptAt = Math.min(tally.nextAttemptAt ?? Number.POSITIVE_INFINITY, listing.nextAttemptAt)
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
    const policy = RetryPolicy.fromSettings(settings)
    const isTried = ({ state, journal }: KnownListing): boolean =>
      state === "queued" && (!request.onlyDue || RetryPolicy.isDue(policy, journal, now))
    const tally: Tally = { entries: [], passedOver: 0 }
    yield* Stream.runForEachChunk(queue.list, (listings) =>
      Effect.sync(() => {
        for (const listing of Chunk.toReadonlyArray(listings).flatMap(known)) {
          if (!isAskedFor(request, ids, listing)) continue
          if (isTried(listing)) tally.entries.push(selected(policy, listing, now))
          else passOver(tally, listing)
        }
      })
    )
    tally.entries.sort((one, other) => one.dueAt - other.dueAt)
    return tally
  })

/** The identity an entry was queued for, or the default if the configuration has lost it. */
export const identityNamed = (settings: Settings, name: string | undefined): Identity | undefined =>
  settings.identities.find((identity) => identity.name === name) ??
  settings.identities.find(({ isDefault }) => isDefault) ??
  settings.identities[0]
