/** The records of a journal as `esmtp queue show` prints them: one line each. */
import type { JournalRecord } from "./Journal.ts"

const utc = (millis: number): string =>
  new Date(Math.min(Math.max(millis, 0), 8_640_000_000_000_000)).toISOString().slice(0, 19).replace("T", " ")

const numbers = (positions: ReadonlyArray<number>): string =>
  positions.map((position) => position + 1).join(", ")

const what = (record: JournalRecord): string => {
  switch (record.type) {
    case "attempt":
      return `try begins; next not before ${utc(record.nextAttemptAt)}`
    case "result":
      return `recipient ${numbers(record.ruling.recipients)}: ${record.ruling.verdict.status}: ${record.ruling.verdict.text}`
    case "deferred":
      return `next try at ${utc(record.nextAttemptAt)}: ${record.reason}`
    case "held":
    case "released":
    case "removed":
      return record.type
    case "retry":
      return "made due by hand"
    case "report":
      return `${record.kind} ${record.committed ? "queued" : "begun"} as ${record.id} for recipient ${numbers(record.recipients)}`
    case "settled":
      return `recipient ${numbers(record.recipients)} needs no report: ${record.reason}`
    case "buried":
      return `moved to the dead: ${record.reason}`
  }
}

/** Times are UTC. */
export const historyLine = (record: JournalRecord): string => `${utc(record.at)}  ${what(record)}`
