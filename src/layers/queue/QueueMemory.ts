/**
 * The queue in memory, for simulation and tests: the same answers, nothing on any disk, gone with its scope.
 *
 * Its journal is the same list of records, added up by the same function; only durability is missing.
 */
import * as Chunk from "effect/Chunk"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { MessageError } from "../../domain/mail/MessageError.ts"
import type { JournalRecord } from "../../domain/queue/Journal.ts"
import * as JournalState from "../../domain/queue/JournalState.ts"
import type { QueueEntry } from "../../domain/queue/QueueEntry.ts"
import { QueueFailed } from "../../domain/queue/QueueError.ts"
import * as QueueId from "../../domain/queue/QueueId.ts"
import type { QueueListing } from "../../domain/queue/QueueListing.ts"
import * as RetryPolicy from "../../domain/queue/RetryPolicy.ts"
import type { Message } from "../../services/Message.ts"
import {
  type AfterPass,
  type Claim,
  type ClaimResult,
  type ControlResult,
  type Draft,
  Queue
} from "../../services/Queue.ts"

interface Cell {
  readonly entry: QueueEntry
  readonly message: Message
  readonly records: Array<JournalRecord>
  state: JournalState.JournalState
  isClaimed: boolean
  isDead: boolean
}

interface Memory {
  readonly policy: RetryPolicy.RetryPolicy
  readonly cells: Map<QueueId.QueueId, Cell>
  /** Every id ever given, so that a report is not made twice. */
  readonly ids: Set<QueueId.QueueId>
  readonly relays: Map<string, RetryPolicy.RelayBackoff>
  rings: number
  hasRunner: boolean
  rung: Deferred.Deferred<void>
}

const bootId = "memory"

const add = (cell: Cell, records: ReadonlyArray<JournalRecord>): JournalState.JournalState => {
  cell.records.push(...records)
  cell.state = records.reduce(JournalState.append, cell.state)
  return cell.state
}

const addNow = (cell: Cell, record: (at: number) => JournalRecord) =>
  Effect.map(Clock.currentTimeMillis, (at) => add(cell, [record(at)]))

const put = (
  memory: Memory,
  draft: Draft,
  id: QueueId.QueueId,
  parent?: QueueId.QueueId
): Effect.Effect<QueueId.QueueId, QueueFailed | MessageError> =>
  Effect.gen(function* () {
    const body = yield* Stream.runCollect(draft.message.body)
    const acceptedAt = yield* Clock.currentTimeMillis
    const entry: QueueEntry = {
      id,
      acceptedAt,
      acceptedOn: { bootId, uptimeMillis: acceptedAt },
      userId: 0,
      envelope: draft.envelope,
      ...(draft.identity !== undefined && { identity: draft.identity }),
      ...(draft.messageId !== undefined && { messageId: draft.messageId }),
      argv: draft.argv,
      facts: draft.message.facts,
      ...(parent !== undefined && { parent })
    }
    const { wire, local } = draft.message.header
    const hasLocal = draft.envelope.recipients.some(({ route }) => route === "mda")
    const message: Message = {
      header: { wire, local: hasLocal ? local : wire },
      facts: draft.message.facts,
      body: Stream.fromIterable(Chunk.toReadonlyArray(body))
    }
    const state = JournalState.initial(draft.envelope.recipients.length)
    memory.cells.set(id, { entry, message, records: [], state, isClaimed: false, isDead: false })
    memory.ids.add(id)
    return id
  })

const newId = Effect.gen(function* () {
  const octets = yield* Effect.replicateEffect(Random.nextIntBetween(0, 256), QueueId.randomOctets)
  return QueueId.make(yield* Clock.currentTimeMillis, Uint8Array.from(octets))
})

const report =
  (memory: Memory, cell: Cell): Claim["report"] =>
  (kind, recipients, make) =>
    Effect.gen(function* () {
      const begun = cell.state.reports.find((known) => known.kind === kind && !known.committed)
      const number = cell.state.reports.filter((known) => known.kind === kind).length + 1
      const id = begun === undefined ? QueueId.child(cell.entry.id, kind, number) : Option.some(begun.id)
      if (Option.isNone(id)) {
        return yield* new QueueFailed({
          operation: "report",
          path: cell.entry.id,
          reason: "Unsupported",
          detail: "a report has no reports of its own"
        })
      }
      const record = (committed: boolean) =>
        addNow(cell, (at) => ({ type: "report", at, id: id.value, kind, recipients, committed }))
      yield* record(false)
      if (!memory.ids.has(id.value)) yield* put(memory, make(id.value), id.value, cell.entry.id)
      yield* record(true)
      return id.value
    })

const claimOf = (memory: Memory, cell: Cell): Claim => ({
  entry: cell.entry,
  message: cell.message,
  state: Effect.sync(() => cell.state),
  recordAttempt: (nextAttemptAt) => addNow(cell, (at) => ({ type: "attempt", at, nextAttemptAt })),
  recordResults: (rulings) =>
    Effect.map(Clock.currentTimeMillis, (at) =>
      add(
        cell,
        rulings.map((ruling) => ({ type: "result", at, ruling }))
      )
    ),
  defer: (nextAttemptAt, reason) => addNow(cell, (at) => ({ type: "deferred", at, nextAttemptAt, reason })),
  settle: (recipients, reason) => addNow(cell, (at) => ({ type: "settled", at, recipients, reason })),
  report: report(memory, cell),
  remove: Effect.suspend(() => {
    if (!JournalState.isFinished(cell.state)) {
      return Effect.dieMessage(`queue entry ${cell.entry.id} is not finished and must not be removed`)
    }
    memory.cells.delete(cell.entry.id)
    return Effect.void
  }),
  bury: (reason) =>
    addNow(cell, (at) => ({ type: "buried", at, reason })).pipe(
      Effect.tap(() => {
        cell.isDead = true
      })
    )
})

const claim = (memory: Memory, id: QueueId.QueueId): Effect.Effect<ClaimResult, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const cell = memory.cells.get(id)
      if (cell === undefined || cell.isClaimed || cell.isDead) return undefined
      cell.isClaimed = true
      return cell
    }),
    (cell) =>
      Effect.sync(() => {
        if (cell !== undefined) cell.isClaimed = false
      })
  ).pipe(
    Effect.map((cell): ClaimResult => {
      if (cell === undefined) return { _tag: "Taken" }
      if (cell.state.isHeld) {
        cell.isClaimed = false
        return { _tag: "Held" }
      }
      return { _tag: "Claimed", claim: claimOf(memory, cell) }
    })
  )

const stateOf = (cell: Cell) => {
  if (cell.isDead) return "dead"
  if (cell.isClaimed) return "active"
  return cell.state.isHeld ? "held" : "queued"
}

const listingOf = (memory: Memory, cell: Cell, now: number): QueueListing => ({
  _tag: "Known",
  state: stateOf(cell),
  entry: cell.entry,
  journal: cell.state,
  nextAttemptAt: RetryPolicy.dueAt(memory.policy, cell.state, now),
  clockMoved: RetryPolicy.clockMoved(cell.entry, now, { bootId, uptimeMillis: now })
})

const list = (memory: Memory) =>
  Stream.unwrap(
    Effect.map(Clock.currentTimeMillis, (now) =>
      Stream.fromIterable(
        [...memory.cells.values()]
          .sort((one, other) => (one.entry.id < other.entry.id ? -1 : 1))
          .map((cell) => listingOf(memory, cell, now))
      )
    )
  )

const control = (
  memory: Memory,
  id: QueueId.QueueId,
  record: (at: number) => JournalRecord,
  after: (cell: Cell) => void
): Effect.Effect<ControlResult> =>
  Effect.gen(function* () {
    const cell = memory.cells.get(id)
    if (cell === undefined) return "unknown"
    if (cell.isClaimed) return "active"
    yield* addNow(cell, record)
    after(cell)
    return "done"
  })

const unchanged = () => undefined

const show = (memory: Memory, name: string) =>
  Effect.map(Clock.currentTimeMillis, (now) =>
    Option.map(
      Option.flatMapNullable(QueueId.parse(name), (id) => memory.cells.get(id)),
      (cell) => ({
        listing: listingOf(memory, cell, now),
        history: [...cell.records],
        content: Stream.concat(Stream.make(cell.message.header.wire), cell.message.body).pipe(
          Stream.mapError(
            (error) => new QueueFailed({ operation: "read", path: name, reason: "Io", detail: error.message })
          )
        )
      })
    )
  )

const ring = (memory: Memory) =>
  Effect.gen(function* () {
    const before = memory.rung
    memory.rings++
    memory.rung = yield* Deferred.make<void>()
    yield* Deferred.succeed(before, undefined)
    return memory.hasRunner
  })

const passes = <E, R>(memory: Memory, pass: Effect.Effect<AfterPass, E, R>) =>
  Effect.gen(function* () {
    while (true) {
      const seen = memory.rings
      const after = yield* pass
      const time = Duration.decode(after.time)
      if (memory.rings === seen) yield* Effect.race(Deferred.await(memory.rung), Effect.sleep(time))
      if (after._tag === "Linger" && memory.rings === seen) return
    }
  })

const asRunner = <E, R>(memory: Memory, pass: Effect.Effect<AfterPass, E, R>) =>
  Effect.gen(function* () {
    if (yield* ring(memory)) return false
    memory.hasRunner = true
    yield* passes(memory, pass).pipe(
      Effect.ensuring(
        Effect.sync(() => {
          memory.hasRunner = false
        })
      )
    )
    return true
  })

const serviceOf = (memory: Memory) =>
  Queue.of({
    enqueue: (draft) => Effect.flatMap(newId, (id) => put(memory, draft, id)),
    list: list(memory),
    show: (id) => show(memory, id),
    claim: (id) => claim(memory, id),
    recover: Effect.succeed({ freed: [], swept: 0 }),
    hold: (id) => control(memory, id, (at) => ({ type: "held", at }), unchanged),
    release: (id) => control(memory, id, (at) => ({ type: "released", at }), unchanged),
    retry: (id) =>
      control(
        memory,
        id,
        (at) => ({ type: "retry", at }),
        (cell) => {
          cell.isDead = false
        }
      ),
    remove: (name) =>
      Option.match(QueueId.parse(name), {
        onNone: () => Effect.succeed<ControlResult>("unknown"),
        onSome: (id) =>
          control(
            memory,
            id,
            (at) => ({ type: "removed", at }),
            () => memory.cells.delete(id)
          )
      }),
    relayBackoff: (relay) => Effect.sync(() => Option.fromNullable(memory.relays.get(relay))),
    setRelayBackoff: (relay, backoff) =>
      Effect.sync(() => {
        if (Option.isSome(backoff)) memory.relays.set(relay, backoff.value)
        else memory.relays.delete(relay)
      }),
    wake: ring(memory),
    asRunner: (pass) => asRunner(memory, pass),
    legacy: Effect.succeed([]),
    adopt: () => Effect.succeedNone
  })

export const layerWith = (policy: RetryPolicy.RetryPolicy): Layer.Layer<Queue> =>
  Layer.effect(
    Queue,
    Effect.map(Deferred.make<void>(), (rung) =>
      serviceOf({
        policy,
        cells: new Map(),
        ids: new Set(),
        relays: new Map(),
        rings: 0,
        hasRunner: false,
        rung
      })
    )
  )
