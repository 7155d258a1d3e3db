import { assert, describe, it } from "@effect/vitest"
import * as Option from "effect/Option"
import type { Notify } from "../../../src/domain/mail/Envelope.ts"
import { Mailbox, type ReversePath } from "../../../src/domain/mail/Mailbox.ts"
import * as JournalState from "../../../src/domain/queue/JournalState.ts"
import { delayNotices, failureNotices, relayedNotices } from "../../../src/domain/queue/Notices.ts"
import type { QueueEntry } from "../../../src/domain/queue/QueueEntry.ts"
import * as QueueId from "../../../src/domain/queue/QueueId.ts"

const hour = 3_600_000
const id = QueueId.make(0, new Uint8Array(QueueId.randomOctets))

const entry = (
  notify: ReadonlyArray<Notify | undefined>,
  reversePath: ReversePath = Mailbox("me@x.org")
): QueueEntry => ({
  id,
  acceptedAt: 0,
  acceptedOn: { bootId: "boot", uptimeMillis: 0 },
  userId: 0,
  argv: [],
  envelope: {
    reversePath,
    recipients: notify.map((one, at) => ({
      mailbox: Mailbox(`u${at}@y.org`),
      route: "relay",
      ...(one !== undefined && { notify: one })
    }))
  },
  facts: {
    sizeBytes: 1,
    hasEightBitHeader: false,
    hasEightBitBody: false,
    longestLineBytes: 1,
    nulsDropped: 0
  }
})

const failedAll = (count: number) =>
  JournalState.append(JournalState.initial(count), {
    type: "result",
    at: 1,
    ruling: {
      recipients: Array.from({ length: count }, (_, at) => at),
      verdict: { status: "failed", by: "smtp", text: "550 no" }
    }
  })

const triedTwice = (count: number) =>
  [1, 2].reduce(
    (state, at) => JournalState.append(state, { type: "attempt", at, nextAttemptAt: at + 1 }),
    JournalState.initial(count)
  )

describe("what a sender is told", () => {
  it("of failures: what NOTIFY asks for, and by default all of them (RFC 3461 §4.1)", () => {
    const notices = failureNotices(entry([undefined, "NEVER", ["SUCCESS"], ["FAILURE"]]), failedAll(4))
    assert.deepStrictEqual(notices, { bounced: [0, 3], silenced: [1, 2] })
  })

  it("of delays: once, after four hours and two tries, and never by way of the null sender", () => {
    const asked = entry([undefined, "NEVER", ["FAILURE"], ["DELAY"]])
    assert.deepStrictEqual(delayNotices(asked, triedTwice(4), 5 * hour), [0, 3])
    assert.deepStrictEqual(delayNotices(asked, triedTwice(4), 3 * hour), [])
    assert.deepStrictEqual(delayNotices(asked, JournalState.initial(4), 5 * hour), [])
    assert.deepStrictEqual(delayNotices(entry([undefined], ""), triedTwice(1), 5 * hour), [])
    const report = Option.getOrThrow(QueueId.child(id, "delay", 1))
    const told = JournalState.append(triedTwice(4), {
      type: "report",
      at: 3,
      id: report,
      kind: "delay",
      recipients: [0, 3],
      committed: true
    })
    assert.deepStrictEqual(delayNotices(asked, told, 9 * hour), [])
  })

  it("of relays that know no DSN: only whom NOTIFY=SUCCESS concerns (RFC 3461 §5.2.2)", () => {
    const asked = entry([undefined, ["SUCCESS"], ["SUCCESS"]])
    assert.deepStrictEqual(relayedNotices(asked, JournalState.initial(3), [0, 1]), [1])
  })
})
