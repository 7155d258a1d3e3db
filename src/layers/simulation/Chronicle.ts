/** Keeps what happens while a scenario is played, and knows what is still waited for. */
import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type { DeliveryEvent } from "../../domain/queue/DeliveryEvent.ts"
import { verdictOf } from "../../domain/queue/Judgement.ts"
import type { Ruling } from "../../domain/queue/Verdict.ts"
import type { Arrival } from "../../domain/simulation/Scenario.ts"
import type { TimelineEvent } from "../../domain/simulation/Timeline.ts"
import type { Observe } from "../../services/Delivery.ts"
import type { SubmissionReport } from "../../services/Submission.ts"
import * as Inbox from "../smtp/Inbox.ts"
import type { Call } from "./ScriptedRelay.ts"
import type { Ran } from "./SimulatedProgram.ts"

export interface Chronicle {
  readonly observe: Observe
  readonly ran: (label: string, arrival: Arrival, startedAt: number, ran: Ran) => Effect.Effect<void>
  /** Something is in the queue. */
  readonly isWaiting: () => boolean
  /** Told whenever that may have changed. */
  readonly changes: Inbox.Inbox<"changed">
  /** With the calls where they belong. */
  readonly events: (calls: ReadonlyArray<Call>) => ReadonlyArray<TimelineEvent>
}

const ofReport = (at: number, message: string, report: SubmissionReport): ReadonlyArray<TimelineEvent> =>
  report._tag === "Queued"
    ? []
    : report.outcomes.map((outcome): TimelineEvent => {
        const { possibleDuplicate = false, text } = verdictOf(outcome)
        const status = Either.isRight(outcome.result) ? "delivered" : "failed"
        const recipient = outcome.recipient.mailbox
        return { _tag: "Outcome", at, message, recipient, status, text, possibleDuplicate }
      })

export const make = (clock: Clock.Clock): Chronicle => {
  const happened: Array<TimelineEvent> = []
  const waiting = new Set<string>()
  /** What happened to an entry before the program that queued it has ended. */
  const labels = new Map<string, string>()
  const changes = Inbox.make<"changed">()

  const gone = new Set<string>()

  const labelOf = (id: string): string => labels.get(id) ?? id
  const leave = (id: string): void => {
    waiting.delete(id)
    gone.add(id)
    changes.push("changed")
  }

  const ruled = (at: number, event: Extract<DeliveryEvent, { _tag: "Ruled" }>, ruling: Ruling): void => {
    const { possibleDuplicate = false, status, text } = ruling.verdict
    for (const position of ruling.recipients) {
      const recipient = event.entry.envelope.recipients[position]?.mailbox ?? ""
      const message = event.entry.id
      happened.push({ _tag: "Outcome", at, message, recipient, status, text, possibleDuplicate })
    }
  }

  const note = (at: number, event: DeliveryEvent): void => {
    switch (event._tag) {
      case "Ruled":
        for (const ruling of event.rulings) ruled(at, event, ruling)
        break
      case "EntryEnded":
        if (event.remaining > 0) break
        happened.push({ _tag: "Gone", at, message: event.id })
        leave(event.id)
        break
      case "Reported":
        waiting.add(event.report)
        labels.set(event.report, `${labelOf(event.id)} report`)
        happened.push({ _tag: "Reported", at, message: event.id, report: event.report })
        break
      case "Buried":
        happened.push({ _tag: "Buried", at, message: event.id, reason: event.reason })
        leave(event.id)
        break
      case "RelayUnavailable": {
        const { reason, relay, retryAt, skipped } = event
        happened.push({ _tag: "Unavailable", at, relay, reason, retryAt, waiting: skipped })
        break
      }
      case "PassStarted":
      case "EntryStarted":
      case "EntryDamaged":
        break
    }
  }

  return {
    changes,
    isWaiting: () => waiting.size > 0,
    observe: (event) => Effect.sync(() => note(clock.unsafeCurrentTimeMillis(), event)),
    ran: (message, { argv }, startedAt, { error, exitStatus, out, report }) =>
      Effect.sync(() => {
        const at = clock.unsafeCurrentTimeMillis()
        if (report !== undefined) happened.push(...ofReport(at, message, report))
        const queueId = report?._tag === "Queued" ? report.id : undefined
        if (queueId !== undefined) labels.set(queueId, message)
        if (queueId !== undefined && !gone.has(queueId)) waiting.add(queueId)
        happened.push({
          ...{ _tag: "Ran", at, argv, startedAt, exitStatus, out, error },
          ...(report !== undefined && { message }),
          ...(queueId !== undefined && { queueId })
        })
      }),
    events: (calls) => {
      const called = calls.map(({ at, relay, result }): TimelineEvent => ({ _tag: "Called", at, relay, result }))
      return [...happened, ...called]
        .sort((one, other) => one.at - other.at)
        .map((event) =>
          "message" in event && event.message !== undefined ? { ...event, message: labelOf(event.message) } : event
        )
    }
  }
}
