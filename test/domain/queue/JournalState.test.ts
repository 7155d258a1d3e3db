import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import type { JournalRecord } from "../../../src/domain/queue/Journal.ts"
import * as JournalState from "../../../src/domain/queue/JournalState.ts"
import * as QueueId from "../../../src/domain/queue/QueueId.ts"
import type { Verdict } from "../../../src/domain/queue/Verdict.ts"

const result = (
  status: Verdict["status"],
  recipients: ReadonlyArray<number>,
  more: Partial<Verdict> = {}
): JournalRecord => ({
  type: "result",
  at: 1,
  ruling: { recipients, verdict: { status, text: status, by: "smtp", ...more } }
})

const id = QueueId.make(1, new Uint8Array(10))
const report = (recipients: ReadonlyArray<number>, committed: boolean): JournalRecord => ({
  type: "report",
  at: 1,
  id,
  kind: "bounce",
  recipients,
  committed
})

const stateOf = (count: number, ...records: ReadonlyArray<JournalRecord>) =>
  Either.getOrThrow(JournalState.fold(count, records))

describe("JournalState", () => {
  it("P3: whatever comes later, who is done stays done", () => {
    const state = stateOf(
      2,
      result("delivered", [0]),
      result("failed", [1]),
      result("deferred", [0, 1]),
      result("failed", [0])
    )
    assert.deepStrictEqual(
      state.recipients.map(({ status }) => status),
      ["delivered", "failed"]
    )
  })

  it("P8: a failure is finished by a committed bounce or by being settled, not by an intended one", () => {
    const failures = result("failed", [0, 1])
    assert.isFalse(JournalState.isFinished(stateOf(2, failures)))
    assert.isFalse(JournalState.isFinished(stateOf(2, failures, report([0, 1], false))))
    assert.deepStrictEqual(JournalState.unreported(stateOf(2, failures, report([0], true))), [1])
    const settled: JournalRecord = { type: "settled", at: 1, recipients: [1], reason: "NOTIFY=NEVER" }
    assert.isTrue(
      JournalState.isFinished(stateOf(2, failures, report([0], false), report([0], true), settled))
    )
  })

  it("a delay report settles nobody", () => {
    const delay: JournalRecord = {
      type: "report",
      at: 1,
      id,
      kind: "delay",
      recipients: [0],
      committed: true
    }
    assert.deepStrictEqual(JournalState.pending(stateOf(1, delay)), [0])
    assert.deepStrictEqual(JournalState.unreported(stateOf(1, result("failed", [0]), delay)), [0])
  })

  it("an intended report is replaced by the committed one", () => {
    const { reports } = stateOf(1, result("failed", [0]), report([0], false), report([0], true))
    assert.deepStrictEqual(
      reports.map(({ committed }) => committed),
      [true]
    )
  })

  it("retry makes due, revives the dead and those nobody was told of, and nobody else", () => {
    const state = stateOf(
      3,
      { type: "attempt", at: 1, nextAttemptAt: 99 },
      result("failed", [0, 1]),
      result("delivered", [2]),
      report([0], true),
      { type: "buried", at: 2, reason: "no way" },
      { type: "retry", at: 3 }
    )
    assert.deepStrictEqual(JournalState.pending(state), [1])
    assert.isUndefined(state.nextAttemptAt)
    assert.isUndefined(state.buried)
    assert.deepStrictEqual(state.attemptsAt, [1])
  })

  it("a possible duplicate is remembered past later results", () => {
    const state = stateOf(1, result("deferred", [0], { possibleDuplicate: true }), result("deferred", [0]))
    assert.isTrue(state.recipients[0]?.mayHaveDuplicate)
  })

  it("P5: a recipient that the envelope does not have is damage", () => {
    assert.isTrue(Either.isLeft(JournalState.fold(2, [result("delivered", [2])])))
  })

  it("10,000 recipients with a reply each add up in no time", () => {
    const records = Array.from({ length: 10_000 }, (_, position) => result("delivered", [position]))
    assert.isTrue(JournalState.isFinished(stateOf(10_000, ...records)))
  })
})
