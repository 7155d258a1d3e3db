import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as fc from "effect/FastCheck"
import { crc32c } from "../../../src/domain/queue/Crc32c.ts"
import * as Journal from "../../../src/domain/queue/Journal.ts"
import * as Limits from "../../../src/domain/queue/Limits.ts"
import * as QueueId from "../../../src/domain/queue/QueueId.ts"
import { hasControl } from "../../../src/domain/telemetry/Printable.ts"

const at = fc.nat()
const positions = fc.array(fc.nat({ max: 20_000 }), { maxLength: 600 })
const reason = fc.string({ maxLength: 300 }).filter((text) => !hasControl(text))
const id = QueueId.make(5, new Uint8Array(10))

const record: fc.Arbitrary<Journal.JournalRecord> = fc.oneof(
  fc.record({ type: fc.constant("attempt" as const), at, nextAttemptAt: fc.nat() }),
  fc.record({ type: fc.constant("deferred" as const), at, nextAttemptAt: fc.nat(), reason }),
  fc.record({
    type: fc.constantFrom("held" as const, "released" as const, "retry" as const, "removed" as const),
    at
  }),
  fc.record({ type: fc.constant("settled" as const), at, recipients: positions, reason }),
  fc.record({ type: fc.constant("buried" as const), at, reason }),
  fc.record({
    type: fc.constant("report" as const),
    at,
    id: fc.constant(id),
    kind: fc.constantFrom("bounce" as const, "delay" as const, "relayed" as const),
    recipients: positions,
    committed: fc.boolean()
  }),
  fc.record({
    type: fc.constant("result" as const),
    at,
    ruling: fc.record({
      recipients: positions,
      verdict: fc.record({
        status: fc.constantFrom("delivered" as const, "deferred" as const, "failed" as const),
        text: reason,
        by: fc.constantFrom("smtp" as const, "local" as const)
      })
    })
  })
)

const join = (pieces: ReadonlyArray<Uint8Array>) => new Uint8Array(Buffer.concat(pieces))
const attempt = (moment: number): Journal.JournalRecord => ({
  type: "attempt",
  at: moment,
  nextAttemptAt: moment + 1
})
const sample = join([1, 2, 3].flatMap((moment) => Journal.encode(attempt(moment))))
const records = (octets: Uint8Array) =>
  Either.map(Journal.decode(octets), (journal) => journal.records.length)

describe("Journal", () => {
  it("CRC-32C of RFC 3720 gives the known value", () => {
    assert.strictEqual(crc32c(new TextEncoder().encode("123456789")), 0xe3069283)
    assert.strictEqual(crc32c(new Uint8Array(32)), 0x8a9136aa)
  })

  it("what is appended is read back, however it was cut into records", () => {
    fc.assert(
      fc.property(fc.array(record, { maxLength: 8 }), (given) => {
        const encoded = given.flatMap((one) => Journal.encode(one))
        const decoded = Either.getOrThrow(Journal.decode(join(encoded)))
        assert.strictEqual(decoded.records.length, encoded.length)
        assert.deepStrictEqual(join(decoded.records.flatMap((one) => Journal.encode(one))), join(encoded))
      })
    )
  })

  it("no record takes more than one write of 4 KiB, whatever a server says", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 5000, unit: "binary" }), positions, (text, recipients) => {
        const verdict = { status: "failed", text, by: "smtp", relay: text } as const
        for (const octets of Journal.encode({ type: "result", at: 1, ruling: { recipients, verdict } })) {
          assert.isAtMost(octets.length, Limits.recordBytes)
          assert.strictEqual(octets.indexOf(0x0a), octets.length - 1)
        }
      })
    )
  })

  it("a text is kept up to recordTextCharacters", () => {
    const textOf = (length: number) => {
      const verdict = { status: "failed", text: "x".repeat(length), by: "smtp" } as const
      const octets = join(Journal.encode({ type: "result", at: 1, ruling: { recipients: [0], verdict } }))
      return Buffer.from(octets).toString().match(/x{9,}/)?.[0].length ?? 0
    }
    const { recordTextCharacters } = Limits
    assert.strictEqual(textOf(recordTextCharacters), recordTextCharacters)
    assert.isBelow(textOf(Limits.recordTextCharacters + 1), recordTextCharacters + 1)
  })

  it("a record tells of recordPositions, and another of the rest", () => {
    const recordsOf = (count: number) => {
      const recipients = Array.from({ length: count }, (_, at) => at)
      const verdict = { status: "delivered", text: "250 Ok", by: "smtp" } as const
      return Journal.encode({ type: "result", at: 1, ruling: { recipients, verdict } }).length
    }
    assert.deepStrictEqual([Limits.recordPositions, Limits.recordPositions + 1].map(recordsOf), [1, 2])
  })

  it("P3: a torn end is ignored, at every octet", () => {
    const ends = [1, 2, 3].map(
      (count) => join([1, 2, 3].slice(0, count).flatMap((one) => Journal.encode(attempt(one)))).length
    )
    for (let length = 0; length <= sample.length; length++) {
      const journal = Either.getOrThrow(Journal.decode(sample.slice(0, length)))
      assert.strictEqual(journal.records.length, ends.filter((end) => end <= length).length)
      assert.strictEqual(journal.goodBytes, ends.filter((end) => end <= length).at(-1) ?? 0)
    }
  })

  it("a tail of zeroes or garbage is a torn end", () => {
    assert.deepStrictEqual(records(join([sample, new Uint8Array(4096)])), Either.right(3))
    assert.deepStrictEqual(
      records(join([sample, new TextEncoder().encode("12 deadbeef {\n\n\n")])),
      Either.right(3)
    )
  })

  it("P5 L8: damage before a good record is damage, for every bit", () => {
    const [first] = Journal.encode(attempt(1))
    for (let bit = 0; bit < (first?.length ?? 0) * 8; bit++) {
      const octets = sample.slice()
      octets[bit >> 3] = (octets[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      assert.isTrue(Either.isLeft(Journal.decode(octets)), `bit ${bit}`)
    }
  })

  it("a whole record that is not understood is damage, even at the end", () => {
    const json = new TextEncoder().encode('{"type":"unheard","at":1}')
    const line = `${json.length} ${crc32c(json).toString(16).padStart(8, "0")} ${new TextDecoder().decode(json)}\n`
    assert.isTrue(Either.isLeft(Journal.decode(join([sample, new TextEncoder().encode(line)]))))
  })

  it("any octets are decoded or refused, never thrown at", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (octets) =>
        assert.isTrue(Either.isEither(Journal.decode(octets)))
      )
    )
  })
})
