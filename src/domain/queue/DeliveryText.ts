/**
 * The lines that `deliver` prints: one an outcome, for people or as JSON.
 *
 * Source: esmtp: esmtp-wrapper `deliver`. Deviation: it printed what esmtp printed, without saying of which message.
 */
import { printable } from "../telemetry/Printable.ts"
import type { DeliveryEvent } from "./DeliveryEvent.ts"
import type { Ruling } from "./Verdict.ts"

const words: Readonly<Record<Ruling["verdict"]["status"], string>> = {
  delivered: "delivered",
  deferred: "deferred",
  failed: "failed"
}

const iso = (millis: number): string => new Date(millis).toISOString()

const clock = (millis: number): string => iso(millis).slice(0, 19).replace("T", " ")

/** Lines for people, without line ends; often none. */
export const textLines = (event: DeliveryEvent): ReadonlyArray<string> => {
  switch (event._tag) {
    case "Ruled":
      return event.rulings.flatMap(({ recipients, verdict }) =>
        recipients.map((position) => {
          const mailbox = event.entry.envelope.recipients[position]?.mailbox ?? ""
          return `${event.entry.id}: <${printable(mailbox)}> ${words[verdict.status]}: ${verdict.text}`
        })
      )
    case "EntryDamaged":
      return [`${event.id}: damaged, moved aside: ${printable(event.problem)}`]
    case "Reported":
      return [`${event.id}: sender notified (${event.report})`]
    case "Buried":
      return [`${event.id}: kept among the dead: ${printable(event.reason)}`]
    case "RelayUnavailable":
      return [
        `${printable(event.relay)}: unavailable until ${clock(event.retryAt)} UTC, ${event.skipped} waiting: ${printable(event.reason)}`
      ]
    case "PassStarted":
    case "EntryStarted":
    case "EntryEnded":
      return []
  }
}

const jsonOf = (event: DeliveryEvent): ReadonlyArray<object> => {
  switch (event._tag) {
    case "Ruled":
      return event.rulings.flatMap(({ recipients, verdict }) =>
        recipients.map((position) => ({
          event: "outcome",
          id: event.entry.id,
          recipient: event.entry.envelope.recipients[position]?.mailbox ?? null,
          status: verdict.status,
          enhanced: verdict.enhanced ?? null,
          relay: verdict.relay ?? null,
          text: verdict.text,
          possibleDuplicate: verdict.possibleDuplicate ?? false
        }))
      )
    case "EntryEnded":
      return [
        {
          event: "ended",
          id: event.id,
          remaining: event.remaining,
          nextAttemptAt: event.nextAttemptAt === undefined ? null : iso(event.nextAttemptAt)
        }
      ]
    case "EntryDamaged":
      return [{ event: "damaged", id: event.id, problem: event.problem }]
    case "Reported":
      return [{ event: "reported", id: event.id, report: event.report }]
    case "Buried":
      return [{ event: "buried", id: event.id, reason: event.reason }]
    case "RelayUnavailable":
      return [
        {
          event: "unavailable",
          relay: event.relay,
          reason: event.reason,
          retryAt: iso(event.retryAt),
          skipped: event.skipped
        }
      ]
    case "PassStarted":
      return [{ event: "started", entries: event.entries, sizeBytes: event.sizeBytes }]
    case "EntryStarted":
      return []
  }
}

/** JSON Lines, without line ends. */
export const jsonLines = (event: DeliveryEvent): ReadonlyArray<string> =>
  jsonOf(event).map((object) => JSON.stringify(object))
