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
  readonly ran: (
    label: string,
    start: number,
    arrival: Arrival,
    startedAt: number,
    ran: Ran
  ) => Effect.Effect<void>
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

/** What is known so far. Entries go by their queue id until the program that queued them has ended. */
interface Ledger {
  readonly happened: Array<TimelineEvent>
  readonly waiting: Set<string>
  readonly gone: Set<string>
  readonly labels: Map<string, string>
  readonly changes: Inbox.Inbox<"changed">
}

const labelOf = ({ labels }: Ledger, id: string): string => labels.get(id) ?? id

const leave = ({ changes, gone, waiting }: Ledger, id: string): void => {
  waiting.delete(id)
  gone.add(id)
  changes.push("changed")
}

const ruled = (
  { happened }: Ledger,
  at: number,
  event: Extract<DeliveryEvent, { _tag: "Ruled" }>,
  { recipients, verdict }: Ruling
): void => {
  const { possibleDuplicate = false, status, text } = verdict
  for (const position of recipients) {
    const recipient = event.entry.envelope.recipients[position]?.mailbox ?? ""
    const message = event.entry.id
    happened.push({ _tag: "Outcome", at, message, recipient, status, text, possibleDuplicate })
  }
}

const note = (ledger: Ledger, at: number, event: DeliveryEvent): void => {
  const { happened, labels, waiting } = ledger
  switch (event._tag) {
    case "Ruled":
      for (const ruling of event.rulings) ruled(ledger, at, event, ruling)
      break
    case "EntryEnded":
      if (event.remaining > 0) break
      happened.push({ _tag: "Gone", at, message: event.id })
      leave(ledger, event.id)
      break
    case "Reported":
      waiting.add(event.report)
      labels.set(event.report, `${labelOf(ledger, event.id)} report`)
      happened.push({ _tag: "Reported", at, message: event.id, report: event.report })
      break
    case "Buried":
      happened.push({ _tag: "Buried", at, message: event.id, reason: event.reason })
      leave(ledger, event.id)
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

const ended = (
  { gone, happened, labels, waiting }: Ledger,
  at: number,
  message: string,
  start: number,
  { argv }: Arrival,
  startedAt: number,
  { error, exitStatus, out, report }: Ran
): void => {
  if (report !== undefined) happened.push(...ofReport(at, message, report))
  const queueId = report?._tag === "Queued" ? report.id : undefined
  if (queueId !== undefined) labels.set(queueId, message)
  if (queueId !== undefined && !gone.has(queueId)) waiting.add(queueId)
  happened.push({
    ...{ _tag: "Ran", at, start, argv, startedAt, exitStatus, out, error },
    ...(report !== undefined && { message }),
    ...(queueId !== undefined && { queueId })
  })
}

export const make = (clock: Clock.Clock): Chronicle => {
  const ledger: Ledger = {
    happened: [],
    waiting: new Set(),
    gone: new Set(),
    labels: new Map(),
    changes: Inbox.make()
  }
  const now = () => clock.unsafeCurrentTimeMillis()
  return {
    changes: ledger.changes,
    isWaiting: () => ledger.waiting.size > 0,
    observe: (event) => Effect.sync(() => note(ledger, now(), event)),
    ran: (message, start, arrival, startedAt, result) =>
      Effect.sync(() => ended(ledger, now(), message, start, arrival, startedAt, result)),
    events: (calls) => {
      const called = calls.map(
        ({ at, relay, result }): TimelineEvent => ({ _tag: "Called", at, relay, result })
      )
      return [...called, ...ledger.happened]
        .sort((one, other) => one.at - other.at)
        .map((event) =>
          "message" in event && event.message !== undefined
            ? { ...event, message: labelOf(ledger, event.message) }
            : event
        )
    }
  }
}
