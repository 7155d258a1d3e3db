import { assert, describe, it } from "@effect/vitest"
import * as fc from "effect/FastCheck"
import { Mailbox } from "../../../src/domain/mail/Mailbox.ts"
import * as JournalState from "../../../src/domain/queue/JournalState.ts"
import * as QueueId from "../../../src/domain/queue/QueueId.ts"
import * as QueueListing from "../../../src/domain/queue/QueueListing.ts"

const minute = 60_000
const arrived = Date.UTC(2026, 10, 25, 8, 0)
const options = { now: arrived + 90 * minute, utcOffsetMinutes: () => 60 }

const listing = (
  more: Partial<QueueListing.KnownListing> = {},
  journal: Partial<JournalState.JournalState> = {},
  sender = "joe@example.org"
): QueueListing.KnownListing => ({
  _tag: "Known",
  state: "queued",
  entry: {
    id: QueueId.make(arrived, new Uint8Array(10)),
    acceptedAt: arrived,
    acceptedOn: { bootId: "b", uptimeMillis: 0 },
    userId: 1,
    envelope: {
      reversePath: sender === "" ? "" : Mailbox(sender),
      recipients: [
        { mailbox: Mailbox("a@x.example"), route: "relay" },
        { mailbox: Mailbox("b@y.example"), route: "relay" }
      ]
    },
    argv: [],
    facts: {
      sizeBytes: 1234,
      hasEightBitHeader: false,
      hasEightBitBody: false,
      longestLineBytes: 1,
      nulsDropped: 0
    }
  },
  journal: { ...JournalState.initial(2), ...journal },
  nextAttemptAt: options.now,
  clockMoved: false,
  ...more
})

const lines = (one: QueueListing.QueueListing) => QueueListing.toText(one, options).split("\n")

describe("QueueListing", () => {
  it("text: id, size, local time, age, sender; why and when; each recipient with its fate", () => {
    const journal = JournalState.append(JournalState.initial(2), {
      type: "result",
      at: 1,
      ruling: { recipients: [0], verdict: { status: "delivered", text: "250 ok", by: "smtp" } }
    })
    const shown = lines(
      listing(
        { nextAttemptAt: options.now + 12 * minute },
        { ...journal, attemptsAt: [1, 2], lastError: "connection refused" }
      )
    )
    assert.match(shown[0] ?? "", /^01\w{24} {2,}1234 2026-11-25 09:00 +1h joe@example\.org$/)
    assert.strictEqual(shown[1], "(connection refused; next try in 12m; 2 tries)")
    assert.match(shown[2] ?? "", /^ +a@x\.example \(delivered\)$/)
    assert.match(shown[3] ?? "", /^ +b@y\.example$/)
    assert.deepStrictEqual(shown.slice(4), ["", ""].slice(0, shown.length - 4))
  })

  it("text: each state has its mark and its words", () => {
    for (const [state, mark, words] of [
      ["queued", " ", "due now"],
      ["active", "*", "being delivered"],
      ["held", "!", "held"],
      ["dead", "#", "dead"],
      ["bad", "?", "damaged"]
    ] as const) {
      const [first, second] = lines(listing({ state }))
      assert.strictEqual(first?.charAt(26), mark)
      assert.include(second, words)
    }
  })

  it("text: the null sender, a moved clock and a possible duplicate are told", () => {
    const [recipient] = JournalState.initial(1).recipients
    const shown = lines(
      listing(
        { clockMoved: true },
        { recipients: recipient === undefined ? [] : [{ ...recipient, mayHaveDuplicate: true }] },
        ""
      )
    )
    assert.match(shown[0] ?? "", / <>$/)
    assert.include(shown[1], "clock moved")
    assert.include(shown[1], "possible duplicate")
  })

  it("the closing lines are those of the wrapper", () => {
    assert.strictEqual(QueueListing.emptyText, "Mail queue is empty")
    assert.strictEqual(QueueListing.closingText(3), "3 mails to deliver")
    assert.isTrue(QueueListing.isToDeliver(listing({ state: "held" })))
    assert.isFalse(QueueListing.isToDeliver(listing({ state: "dead" })))
  })

  it("L11: nothing a terminal would act on, in text and in JSON, whoever wrote it", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 60 }), (hostile) => {
        const known = listing({ problem: hostile }, { lastError: hostile }, hostile)
        const unknown: QueueListing.UnknownListing = {
          _tag: "Unknown",
          name: hostile,
          sizeBytes: 1,
          arrivedAt: arrived,
          problem: hostile
        }
        for (const one of [known, unknown]) {
          assert.notMatch(QueueListing.toText(one, options).replace(/\n/g, ""), /[\p{Cc}\p{Bidi_Control}]/u)
          const json = QueueListing.toJsonLine(one)
          assert.notMatch(json, /[\p{Cc}\p{Bidi_Control}]/u)
          assert.deepStrictEqual(JSON.parse(json), JSON.parse(JSON.stringify(QueueListing.toJson(one))))
        }
      })
    )
  })

  it("JSON: a damaged entry has its name, its size and the reason", () => {
    const json = QueueListing.toJson({
      _tag: "Unknown",
      name: "X",
      sizeBytes: 7,
      arrivedAt: arrived,
      problem: "no end mark"
    })
    assert.deepStrictEqual(json, {
      id: "X",
      state: "bad",
      sender: null,
      recipients: [],
      size: 7,
      arrivedAt: "2026-11-25T08:00:00.000Z",
      nextAttemptAt: null,
      attempts: 0,
      lastError: "no end mark",
      identity: null,
      messageId: null
    })
  })

  it("JSON: what is not waiting has no next try", () => {
    assert.isNull(QueueListing.toJson(listing({ state: "held" })).nextAttemptAt)
    assert.isNotNull(QueueListing.toJson(listing()).nextAttemptAt)
  })
})
