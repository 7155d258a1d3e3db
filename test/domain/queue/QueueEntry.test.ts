import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as fc from "effect/FastCheck"
import { Mailbox } from "../../../src/domain/mail/Mailbox.ts"
import * as Limits from "../../../src/domain/queue/Limits.ts"
import * as QueueEntry from "../../../src/domain/queue/QueueEntry.ts"
import * as QueueId from "../../../src/domain/queue/QueueId.ts"
import { hasControl } from "../../../src/domain/telemetry/Printable.ts"

const visible = fc.string({ minLength: 1, unit: "grapheme" }).filter((text) => !hasControl(text))
const maybe = <A>(name: string, value: fc.Arbitrary<A>) =>
  fc.option(value, { nil: undefined }).map((given) => (given === undefined ? {} : { [name]: given }))

const recipient = fc
  .tuple(
    fc.record({
      mailbox: visible.map((text) => Mailbox(text)),
      route: fc.constantFrom("relay" as const, "mda" as const)
    }),
    maybe(
      "notify",
      fc.oneof(fc.constant("NEVER" as const), fc.subarray(["SUCCESS", "FAILURE", "DELAY"] as const))
    ),
    maybe("originalRecipient", visible)
  )
  .map((parts) => Object.assign({}, ...parts))

const entry = fc
  .tuple(
    fc.record({
      id: fc.uint8Array({ minLength: 10, maxLength: 10 }).map((random) => QueueId.make(5, random)),
      acceptedAt: fc.nat(),
      acceptedOn: fc.record({ bootId: visible, uptimeMillis: fc.nat() }),
      userId: fc.nat(),
      envelope: fc
        .tuple(
          fc.record({
            reversePath: fc.oneof(
              fc.constant("" as const),
              visible.map((text) => Mailbox(text))
            ),
            recipients: fc.array(recipient, { minLength: 1, maxLength: 5 })
          }),
          maybe("ret", fc.constantFrom("FULL", "HDRS")),
          maybe("envid", visible),
          maybe("body", fc.constantFrom("7BIT", "8BITMIME"))
        )
        .map((parts) => Object.assign({}, ...parts)),
      argv: fc.array(fc.string({ unit: "binary" })),
      facts: fc.record({
        sizeBytes: fc.integer({ min: 100, max: 2 ** 40 }),
        hasEightBitHeader: fc.boolean(),
        hasEightBitBody: fc.boolean(),
        longestLineBytes: fc.nat(),
        nulsDropped: fc.nat()
      })
    }),
    maybe("identity", visible),
    maybe("messageId", visible)
  )
  .map((parts) => Object.assign({}, ...parts))

const head = fc.record({
  entry,
  sizes: fc.record({ wireBytes: fc.nat({ max: 100 }), localBytes: fc.nat({ max: 100 }) })
})

const one = (): string =>
  QueueEntry.encodeHead({
    entry: {
      id: QueueId.make(5, new Uint8Array(10)),
      acceptedAt: 5,
      acceptedOn: { bootId: "b", uptimeMillis: 1 },
      userId: 1,
      envelope: { reversePath: "", recipients: [{ mailbox: Mailbox("a@x"), route: "relay" }] },
      argv: [],
      facts: {
        sizeBytes: 10,
        hasEightBitHeader: false,
        hasEightBitBody: false,
        longestLineBytes: 1,
        nulsDropped: 0
      }
    },
    sizes: { wireBytes: 4, localBytes: 0 }
  }).slice(0, -1)

const problem = (line: string): string =>
  Either.match(QueueEntry.decodeHead(line), { onLeft: (text) => text, onRight: () => "accepted" })

describe("QueueEntry", () => {
  it("a head is one line, whatever it holds, and is read back as it was", () => {
    fc.assert(
      fc.property(head, (given) => {
        const line = QueueEntry.encodeHead(given)
        assert.strictEqual(line.indexOf("\n"), line.length - 1)
        assert.deepStrictEqual(QueueEntry.decodeHead(line.slice(0, -1)), Either.right(given))
      })
    )
  })

  it("P5 L8: any text at all is decoded or refused, never thrown at", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (line) => {
        assert.isTrue(Either.isEither(QueueEntry.decodeHead(line)))
      })
    )
  })

  it("P5 L8: no prefix of a head is a head", () => {
    const line = one()
    for (let length = 0; length < line.length; length++)
      assert.notStrictEqual(problem(line.slice(0, length)), "accepted")
    assert.strictEqual(problem(line), "accepted")
  })

  it("what is wrong is said with its place", () => {
    const changed = (from: string, to: string) => problem(one().replace(from, to))
    assert.strictEqual(changed('"format":1', '"format":2'), "format 2 is not known")
    assert.strictEqual(changed('"userId":1', '"userId":-1'), "userId: expected a whole number")
    assert.strictEqual(changed('"userId":1', '"userId":1,"extra":1'), "extra: unknown field")
    assert.strictEqual(
      changed('"route":"relay"', '"route":"x"'),
      "envelope.recipients[0].route: expected relay or mda"
    )
    assert.strictEqual(
      changed('"a@x"', '"a@x\\r\\nRCPT"'),
      "envelope.recipients[0].mailbox: expected text without control characters"
    )
    assert.strictEqual(changed('"a@x"', '""'), "mailbox: empty")
    assert.strictEqual(
      changed('"wireBytes":4', '"wireBytes":11'),
      "headers.wireBytes: more than the message has"
    )
    assert.strictEqual(changed('"argv":[]', '"argv":[1]'), "argv: expected a list of texts")
    assert.strictEqual(changed('"__proto__"', ""), "accepted")
    assert.strictEqual(problem("null"), "entry: not an object")
  })

  it("P5: a trailer holds for exactly the file that it ends", () => {
    const sha256 = "0123456789abcdef".repeat(4)
    const text = QueueEntry.encodeTrailer({ contentBytes: 12, sha256 })
    assert.isAtMost(text.length, Limits.trailerBytes)
    assert.deepStrictEqual(
      QueueEntry.decodeTrailer(`xx${text}`, 12 + text.length),
      Either.right({ contentBytes: 12, sha256 })
    )
    for (const [end, size] of [
      [text, 13 + text.length],
      [text, 11 + text.length],
      [text.slice(0, -1), 11 + text.length],
      [`${text}\0`, 13 + text.length],
      [text.replace("END", "ENd"), 12 + text.length],
      [text.replace("0123", "012G"), 12 + text.length],
      [text.replace("12 ", "012 "), 12 + text.length + 1],
      ["\0".repeat(96), 96],
      ["", 0]
    ] as const) {
      assert.isTrue(Either.isLeft(QueueEntry.decodeTrailer(end, size)), JSON.stringify(end))
    }
  })

  it("the longest trailer that can be written can be read", () => {
    const trailer = { contentBytes: Number.MAX_SAFE_INTEGER - 200, sha256: "f".repeat(64) }
    const text = QueueEntry.encodeTrailer(trailer)
    assert.isAtMost(text.length, Limits.trailerBytes)
    assert.deepStrictEqual(
      QueueEntry.decodeTrailer(text, trailer.contentBytes + text.length),
      Either.right(trailer)
    )
  })
})
