/**
 * What `deliver` shows: plain lines where output is a file or a pipe; on a terminal also a status line that is redrawn
 * in place, with count, octets, rate and the message in hand.
 */
import * as Clock from "effect/Clock"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type { DeliveryEvent } from "../../domain/queue/DeliveryEvent.ts"
import { jsonLines, textLines } from "../../domain/queue/DeliveryText.ts"
import { printable } from "../../domain/telemetry/Printable.ts"
import type { Observe } from "../../services/Delivery.ts"
import { StandardStreams } from "../../services/StandardStreams.ts"

type Streams = Context.Tag.Service<typeof StandardStreams>

const lines =
  (streams: Streams, render: (event: DeliveryEvent) => ReadonlyArray<string>): Observe =>
  (event) => {
    const text = render(event)
    return text.length === 0 ? Effect.void : streams.out(`${text.join("\n")}\n`)
  }

interface Count {
  readonly startedAt: number
  readonly total: number
  readonly done: number
  readonly bytes: number
  readonly current: string
}

const counted = (count: Count, event: DeliveryEvent, now: number): Count => {
  switch (event._tag) {
    case "PassStarted":
      return { startedAt: now, total: event.entries, done: 0, bytes: 0, current: "" }
    case "EntryStarted":
      return { ...count, current: `${event.relay} ${event.entry.id}` }
    case "EntryEnded":
      return { ...count, done: count.done + 1, bytes: count.bytes + event.sizeBytes }
    default:
      return count
  }
}

const kibi = (bytes: number): string => `${(bytes / 1024).toFixed(bytes < 10_240 ? 1 : 0)} KiB`

const statusLine = (count: Count, now: number): string => {
  const seconds = Math.max((now - count.startedAt) / 1000, 0.001)
  const rate = `${kibi(count.bytes / seconds)}/s`
  return printable(`${count.done}/${count.total} ${kibi(count.bytes)} ${rate} ${count.current}`, 78)
}

const eraseLine = "\r\u001b[K"

/** Redrawing at most this often keeps a fast drain fast. */
const redrawMillis = 100

const onTerminal = (streams: Streams): Observe => {
  let count: Count = { startedAt: 0, total: 0, done: 0, bytes: 0, current: "" }
  let drawnAt = 0
  return (event) =>
    Effect.gen(function* () {
      const now = yield* Clock.currentTimeMillis
      count = counted(count, event, now)
      const text = textLines(event)
      const isLast = count.done >= count.total
      if (text.length > 0)
        yield* streams.error(eraseLine).pipe(Effect.zipRight(streams.out(`${text.join("\n")}\n`)))
      if (text.length === 0 && !isLast && now - drawnAt < redrawMillis) return
      drawnAt = now
      yield* streams.error(isLast ? eraseLine : `${eraseLine}${statusLine(count, now)}`)
    })
}

export interface ProgressOptions {
  readonly json: boolean
  /** A run that nobody watches. */
  readonly quiet: boolean
}

export const make = (options: ProgressOptions): Effect.Effect<Observe, never, StandardStreams> =>
  Effect.map(StandardStreams, (streams) => {
    if (options.quiet) return () => Effect.void
    if (options.json) return lines(streams, jsonLines)
    return streams.outIsTerminal && streams.errorIsTerminal ? onTerminal(streams) : lines(streams, textLines)
  })
