/** `mailq`, `-bp`: the queue, oldest first. Holds one entry in memory, however long the queue. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { QueueFilter } from "../../domain/invocation/Invocation.ts"
import { matchesFilters } from "../../domain/invocation/QueueFilters.ts"
import { SysExit } from "../../domain/invocation/SysExit.ts"
import type { QueueFailed } from "../../domain/queue/QueueError.ts"
import * as Listing from "../../domain/queue/QueueListing.ts"
import { LocalSystem } from "../../services/LocalSystem.ts"
import { Queue } from "../../services/Queue.ts"
import { StandardStreams } from "../../services/StandardStreams.ts"

export interface ListRequest {
  readonly json: boolean
  readonly filters: ReadonlyArray<QueueFilter>
}

const isAskedFor =
  (filters: ReadonlyArray<QueueFilter>) =>
  (listing: Listing.QueueListing): boolean =>
    listing._tag === "Unknown"
      ? filters.length === 0
      : matchesFilters(filters, {
          id: listing.entry.id,
          sender: listing.entry.envelope.reversePath,
          recipients: listing.entry.envelope.recipients.map(({ mailbox }) => mailbox)
        })

const batch = 100

const printText = (listings: Stream.Stream<Listing.QueueListing, QueueFailed>) =>
  Effect.gen(function* () {
    const { utcOffsetMinutes } = yield* LocalSystem
    const { out } = yield* StandardStreams
    const options = { now: yield* Clock.currentTimeMillis, utcOffsetMinutes }
    let shown = 0
    let toDeliver = 0
    yield* listings.pipe(
      Stream.map((listing) => {
        const heading = shown === 0 ? `${Listing.headingText}\n` : ""
        shown += 1
        if (Listing.isToDeliver(listing)) toDeliver += 1
        return `${heading}${Listing.toText(listing, options)}\n`
      }),
      Stream.grouped(batch),
      Stream.runForEach((texts) => out([...texts].join("")))
    )
    yield* out(shown === 0 ? `${Listing.emptyText}\n` : `${Listing.closingText(toDeliver)}\n`)
  })

const printJson = (listings: Stream.Stream<Listing.QueueListing, QueueFailed>) =>
  Effect.gen(function* () {
    const { out } = yield* StandardStreams
    yield* listings.pipe(
      Stream.map((listing) => `${Listing.toJsonLine(listing)}\n`),
      Stream.grouped(batch),
      Stream.runForEach((texts) => out([...texts].join("")))
    )
  })

export const list = ({
  json,
  filters
}: ListRequest): Effect.Effect<SysExit, QueueFailed, Queue | LocalSystem | StandardStreams> =>
  Effect.gen(function* () {
    const queue = yield* Queue
    const listings = Stream.filter(queue.list, isAskedFor(filters))
    yield* json ? printJson(listings) : printText(listings)
    return SysExit.Ok
  })
