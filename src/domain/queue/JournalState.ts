/**
 * What a journal adds up to: who has the message, who is still to get it, and when to try again.
 *
 * A recipient recorded as done stays done, whatever is recorded later (no recipient is served twice).
 */
import * as Either from "effect/Either"
import type { JournalRecord } from "./Journal.ts"
import type * as QueueId from "./QueueId.ts"
import type { Verdict } from "./Verdict.ts"

export interface RecipientState {
  readonly status: "pending" | "delivered" | "failed"
  /** The last thing said about this recipient, and when. */
  readonly last?: { readonly at: number; readonly verdict: Verdict }
  /** The sender knows of the failure, or does not want to. */
  readonly isSettled: boolean
  /** In some attempt the connection broke after the final dot. */
  readonly mayHaveDuplicate: boolean
}

/** A message that esmtp made about this one. */
export interface Report {
  readonly id: QueueId.QueueId
  readonly kind: QueueId.ChildKind
  readonly recipients: ReadonlyArray<number>
  readonly committed: boolean
}

export interface JournalState {
  /** In the order of the envelope. */
  readonly recipients: ReadonlyArray<RecipientState>
  /** When each try began, by the clock of that moment. */
  readonly attemptsAt: ReadonlyArray<number>
  /** Absent: due at once. */
  readonly nextAttemptAt?: number
  readonly isHeld: boolean
  /** Why the last try did not end it, in one printable line. */
  readonly lastError?: string
  readonly reports: ReadonlyArray<Report>
  readonly isRemoved: boolean
  /** Why it can be neither delivered nor returned. */
  readonly buried?: string
}

const untouched: RecipientState = { status: "pending", isSettled: false, mayHaveDuplicate: false }

export const initial = (recipientCount: number): JournalState => ({
  recipients: Array.from({ length: recipientCount }, () => untouched),
  attemptsAt: [],
  isHeld: false,
  reports: [],
  isRemoved: false
})

const afterVerdict = (state: RecipientState, at: number, verdict: Verdict): RecipientState => ({
  status: verdict.status === "deferred" ? "pending" : verdict.status,
  last: { at, verdict },
  isSettled: state.isSettled,
  mayHaveDuplicate: state.mayHaveDuplicate || verdict.possibleDuplicate === true
})

const mapAt = (
  state: JournalState,
  positions: ReadonlyArray<number>,
  change: (recipient: RecipientState) => RecipientState
): ReadonlyArray<RecipientState> => {
  const recipients = state.recipients.slice()
  for (const position of positions) {
    const recipient = recipients[position]
    if (recipient !== undefined) recipients[position] = change(recipient)
  }
  return recipients
}

const settle = (recipient: RecipientState): RecipientState =>
  recipient.status === "failed" ? { ...recipient, isSettled: true } : recipient

const isUnsettledFailure = (recipient: RecipientState): boolean =>
  recipient.status === "failed" && !recipient.isSettled

const withResult = (
  state: JournalState,
  at: number,
  positions: ReadonlyArray<number>,
  verdict: Verdict
): JournalState => ({
  ...state,
  recipients: mapAt(state, positions, (recipient) =>
    recipient.status === "pending" ? afterVerdict(recipient, at, verdict) : recipient
  ),
  ...(verdict.status !== "delivered" && { lastError: verdict.text })
})

const withReport = (state: JournalState, report: Report): JournalState => ({
  ...state,
  reports: [...state.reports.filter(({ id, committed }) => id !== report.id || committed), report],
  recipients:
    report.committed && report.kind === "bounce" ? mapAt(state, report.recipients, settle) : state.recipients
})

/** A new start for whoever has not been served; what is settled stays settled. */
const retried = ({ nextAttemptAt: _, buried: __, ...state }: JournalState): JournalState => ({
  ...state,
  recipients: state.recipients.map((recipient) =>
    isUnsettledFailure(recipient) ? { ...recipient, status: "pending" } : recipient
  )
})

/** The state after one more record. */
export const append = (state: JournalState, record: JournalRecord): JournalState => {
  switch (record.type) {
    case "attempt":
      return { ...state, attemptsAt: [...state.attemptsAt, record.at], nextAttemptAt: record.nextAttemptAt }
    case "result":
      return withResult(state, record.at, record.ruling.recipients, record.ruling.verdict)
    case "deferred":
      return { ...state, nextAttemptAt: record.nextAttemptAt, lastError: record.reason }
    case "held":
      return { ...state, isHeld: true }
    case "released":
      return { ...state, isHeld: false }
    case "retry":
      return retried(state)
    case "report":
      return withReport(state, record)
    case "settled":
      return { ...state, recipients: mapAt(state, record.recipients, settle) }
    case "removed":
      return { ...state, isRemoved: true }
    case "buried":
      return { ...state, buried: record.reason }
  }
}

const positionsOf = (record: JournalRecord): ReadonlyArray<number> => {
  switch (record.type) {
    case "result":
      return record.ruling.recipients
    case "report":
    case "settled":
      return record.recipients
    default:
      return []
  }
}

/** Left: the journal speaks of recipients that the envelope does not have. */
export const fold = (
  recipientCount: number,
  records: ReadonlyArray<JournalRecord>
): Either.Either<JournalState, string> => {
  let state = initial(recipientCount)
  for (const record of records) {
    if (positionsOf(record).some((position) => position >= recipientCount)) {
      return Either.left("journal names a recipient that the envelope does not have")
    }
    state = append(state, record)
  }
  return Either.right(state)
}

const positionsWhere = (state: JournalState, holds: (recipient: RecipientState) => boolean) =>
  state.recipients.flatMap((recipient, position) => (holds(recipient) ? [position] : []))

/** Positions of those still to be served. */
export const pending = (state: JournalState): ReadonlyArray<number> =>
  positionsWhere(state, ({ status }) => status === "pending")

/** Positions of those refused for good, of whom the sender has yet to hear. */
export const unreported = (state: JournalState): ReadonlyArray<number> =>
  positionsWhere(state, isUnsettledFailure)

/** Nothing is left to do: the message may go. */
export const isFinished = (state: JournalState): boolean =>
  state.isRemoved ||
  state.recipients.every(
    ({ status, isSettled }) => status === "delivered" || (status === "failed" && isSettled)
  )
