/**
 * What the owner of a claim can do with its entry.
 *
 * The order of an entry's end: its results are durable in the journal; then the message is unlinked; then its absence is
 * made durable; then the journal goes. Whatever is lost on the way, nobody is served twice.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { MessageError } from "../../domain/mail/MessageError.ts"
import type { JournalRecord } from "../../domain/queue/Journal.ts"
import * as JournalState from "../../domain/queue/JournalState.ts"
import { QueueFailed } from "../../domain/queue/QueueError.ts"
import * as QueueId from "../../domain/queue/QueueId.ts"
import type { Ruling } from "../../domain/queue/Verdict.ts"
import type { Claim, Draft } from "../../services/Queue.ts"
import { type Hold, isStillHeld } from "./Claims.ts"
import type { OpenEntry } from "./EntryReader.ts"
import { writeAs } from "./EntryWriter.ts"
import { isMissing, queueFailed } from "./fileError.ts"
import type { Graves } from "./Graves.ts"
import type { JournalFile } from "./JournalFile.ts"
import { isDurablyKnown } from "./Presence.ts"
import { moveToDead } from "./Quarantine.ts"
import type { Reserve } from "./Reserve.ts"
import type { Spool } from "./Spool.ts"
import { span } from "./span.ts"

/** What all claims of one queue share. */
export interface Workshop {
  readonly spool: Spool
  readonly reserve: Reserve
  readonly graves: Graves
}

/** The message goes, its journal follows when it may. */
export const unlinkMessage = ({ graves, spool }: Workshop, hold: Hold): Effect.Effect<void, QueueFailed> =>
  spool.files.unlink(hold.path).pipe(
    Effect.catchIf(isMissing, () => Effect.void),
    Effect.mapError(queueFailed),
    Effect.zipRight(hold.settle),
    Effect.zipRight(graves.add(hold.id)),
    Effect.uninterruptible
  )

const lost = (hold: Hold) =>
  new QueueFailed({
    operation: "claim",
    path: hold.path,
    reason: "NotFound",
    detail: "the claim was lost to another process"
  })

const resultRecords = (at: number, rulings: ReadonlyArray<Ruling>): ReadonlyArray<JournalRecord> =>
  rulings.map((ruling) => ({ type: "result", at, ruling }))

/**
 * The disk does not take the record. Where everyone was served the message's absence says the same, and needs no space.
 */
const recordByRemoval = (
  workshop: Workshop,
  hold: Hold,
  state: JournalState.JournalState,
  error: QueueFailed
): Effect.Effect<JournalState.JournalState, QueueFailed> =>
  JournalState.isFinished(state)
    ? unlinkMessage(workshop, hold).pipe(
        Effect.zipRight(Effect.mapError(workshop.spool.sync("q"), queueFailed)),
        Effect.zipRight(
          Effect.logWarning("result could not be recorded; delivered message removed instead").pipe(
            Effect.annotateLogs({ queueId: hold.id, reason: error.message })
          )
        ),
        Effect.as(state),
        Effect.uninterruptible
      )
    : Effect.fail(error)

const makeResults =
  (workshop: Workshop, hold: Hold, journal: JournalFile) => (rulings: ReadonlyArray<Ruling>) =>
    Effect.gen(function* () {
      const records = resultRecords(yield* Clock.currentTimeMillis, rulings)
      const before = yield* journal.state
      return yield* journal.append(records).pipe(
        // Once more: into the room that was kept for it, or, where the disk failed, into another file.
        Effect.catchAll((error) =>
          error.reason !== "NoSpace"
            ? journal.append(records)
            : Effect.if(workshop.reserve.spend, {
                onTrue: () => journal.append(records),
                onFalse: () => Effect.fail(error)
              })
        ),
        Effect.catchAll((error) =>
          recordByRemoval(workshop, hold, records.reduce(JournalState.append, before), error)
        )
      )
    }).pipe(Effect.uninterruptible)

const noReport = (id: QueueId.QueueId) =>
  new QueueFailed({
    operation: "report",
    path: id,
    reason: "Unsupported",
    detail: "a report has no reports of its own"
  })

/** The report that was begun and not ended, or else the next one. */
const nextReport = (
  id: QueueId.QueueId,
  kind: QueueId.ChildKind,
  recipients: ReadonlyArray<number>,
  state: JournalState.JournalState
): Option.Option<JournalState.Report & { readonly isBegun: boolean }> => {
  const ofKind = state.reports.filter((report) => report.kind === kind)
  const begun = ofKind.find(({ committed }) => !committed)
  if (begun !== undefined) return Option.some({ ...begun, isBegun: true })
  const number = ofKind.length + 1
  return Option.map(QueueId.child(id, kind, number), (child) => ({
    id: child,
    kind,
    recipients,
    committed: false,
    isBegun: false
  }))
}

const makeReport = ({ spool }: Workshop, { entry }: OpenEntry, journal: JournalFile): Claim["report"] => {
  const record = (report: JournalState.Report, committed: boolean) =>
    Effect.flatMap(Clock.currentTimeMillis, (at) =>
      journal.append([
        { type: "report", at, id: report.id, kind: report.kind, recipients: report.recipients, committed }
      ])
    )
  return (kind, recipients, make: (id: QueueId.QueueId) => Draft) =>
    Effect.gen(function* (): Effect.fn.Return<QueueId.QueueId, QueueFailed | MessageError> {
      const next = nextReport(entry.id, kind, recipients, yield* journal.state)
      if (Option.isNone(next)) return yield* noReport(entry.id)
      const { isBegun, ...begun } = next.value
      // Only the owner of the parent makes its reports, and only one that was begun can be there already.
      if (isBegun && (yield* Effect.mapError(isDurablyKnown(spool, begun.id), queueFailed))) {
        yield* record(begun, true)
        return begun.id
      }
      const report = { ...begun, recipients }
      yield* record(report, false)
      yield* writeAs(spool, make(report.id), { id: report.id, parent: entry.id })
      yield* record(report, true)
      return report.id
    }).pipe(Effect.uninterruptible)
}

export const make = (workshop: Workshop, hold: Hold, opened: OpenEntry, journal: JournalFile): Claim => {
  const { reserve, spool } = workshop
  const results = makeResults(workshop, hold, journal)
  let known: JournalState.JournalState | undefined
  const state = Effect.suspend(() => (known === undefined ? journal.state : Effect.succeed(known)))
  const recordAttempt = Effect.fnUntraced(
    function* (nextAttemptAt: number) {
      if (!(yield* isStillHeld(spool, hold))) return yield* lost(hold)
      yield* Effect.mapError(reserve.ensure, queueFailed)
      const at = yield* Clock.currentTimeMillis
      return yield* journal.append([{ type: "attempt", at, nextAttemptAt }])
    },
    span("queue.attempt", ({ attemptsAt }) => ({ queueId: hold.id, attempt: attemptsAt.length }))
  )
  const remove = Effect.gen(function* () {
    if (hold.isSettled()) return
    if (!JournalState.isFinished(yield* state)) {
      return yield* Effect.dieMessage(`queue entry ${hold.id} is not finished and must not be removed`)
    }
    yield* unlinkMessage(workshop, hold)
  })
  return {
    ...opened,
    state,
    recordAttempt,
    recordResults: (rulings) =>
      results(rulings).pipe(
        Effect.tap((after) => {
          if (hold.isSettled()) known = after
        })
      ),
    defer: (nextAttemptAt, reason) =>
      Effect.flatMap(Clock.currentTimeMillis, (at) =>
        journal.appendLazily([{ type: "deferred", at, nextAttemptAt, reason }])
      ),
    settle: (recipients, reason) =>
      Effect.flatMap(Clock.currentTimeMillis, (at) =>
        journal.append([{ type: "settled", at, recipients, reason }])
      ),
    report: makeReport(workshop, opened, journal),
    remove: span<void>("queue.remove")(remove),
    bury: (reason) =>
      Effect.flatMap(Clock.currentTimeMillis, (at) => journal.append([{ type: "buried", at, reason }])).pipe(
        Effect.zipRight(moveToDead(spool, hold, reason)),
        Effect.withSpan("queue.bury")
      )
  }
}
