/**
 * Whom to tell of what: bounces, delay notices and "relayed" reports, by what each recipient's NOTIFY asks for.
 *
 * Source: RFC 3461 §4.1 (NOTIFY), §5.2.2 (relaying to a server without DSN), §6 (the report's own envelope); RFC 5321
 * §4.5.5 (mail with a null reverse-path is never answered).
 */
import type { Envelope, Notify, NotifyOn } from "../mail/Envelope.ts"
import * as JournalState from "./JournalState.ts"
import type { QueueEntry } from "./QueueEntry.ts"

/** Without NOTIFY: failures, and delays too (RFC 3461 §4.1 leaves the default to the server). */
const wants = (notify: Notify | undefined, event: NotifyOn): boolean => {
  if (notify === undefined) return event !== "SUCCESS"
  return notify !== "NEVER" && notify.includes(event)
}

const recipientWants = (envelope: Envelope, position: number, event: NotifyOn): boolean =>
  wants(envelope.recipients[position]?.notify, event)

export interface FailureNotices {
  /** To be told of in a bounce. */
  readonly bounced: ReadonlyArray<number>
  /** Failed, and the sender asked not to hear of it. */
  readonly silenced: ReadonlyArray<number>
}

export const failureNotices = (entry: QueueEntry, state: JournalState.JournalState): FailureNotices => {
  const failed = JournalState.unreported(state)
  return {
    bounced: failed.filter((position) => recipientWants(entry.envelope, position, "FAILURE")),
    silenced: failed.filter((position) => !recipientWants(entry.envelope, position, "FAILURE"))
  }
}

/** A message is late after this many milliseconds in the queue. */
const delayNoticeAfter = 4 * 60 * 60_000

const alreadyTold = (state: JournalState.JournalState, kind: "delay" | "relayed"): ReadonlySet<number> =>
  new Set(state.reports.filter((report) => report.kind === kind).flatMap(({ recipients }) => recipients))

const answerable = (entry: QueueEntry): boolean =>
  entry.envelope.reversePath !== "" && entry.parent === undefined

/** Those still waited for, once, when the message has become late. */
export const delayNotices = (
  entry: QueueEntry,
  state: JournalState.JournalState,
  now: number
): ReadonlyArray<number> => {
  if (!answerable(entry) || now - entry.acceptedAt < delayNoticeAfter || state.attemptsAt.length < 2)
    return []
  const told = alreadyTold(state, "delay")
  return JournalState.pending(state).filter(
    (position) => !told.has(position) && recipientWants(entry.envelope, position, "DELAY")
  )
}

/** Those whose NOTIFY=SUCCESS ends here, as the relay they were just handed to does not know DSN. */
export const relayedNotices = (
  entry: QueueEntry,
  state: JournalState.JournalState,
  relayed: ReadonlyArray<number>
): ReadonlyArray<number> => {
  if (!answerable(entry)) return []
  const told = alreadyTold(state, "relayed")
  return relayed.filter(
    (position) => !told.has(position) && recipientWants(entry.envelope, position, "SUCCESS")
  )
}
