import { assert, describe, it } from "@effect/vitest"
import * as fc from "effect/FastCheck"
import * as Option from "effect/Option"
import * as QueueId from "../../../src/domain/queue/QueueId.ts"

const octets = fc.uint8Array({ minLength: QueueId.randomOctets, maxLength: QueueId.randomOctets })
const millis = fc.integer({ min: 0, max: 2 ** 47 })

describe("QueueId", () => {
  it("an id tells when it was made, is a safe file name, and is read back", () => {
    fc.assert(
      fc.property(millis, octets, (at, random) => {
        const id = QueueId.make(at, random)
        assert.match(id, /^[A-Za-z0-9]{16,32}$/)
        assert.strictEqual(QueueId.acceptedAt(id), at)
        assert.deepStrictEqual(QueueId.parse(id), Option.some(id))
      })
    )
  })

  it("ids sort by the time of acceptance", () => {
    fc.assert(
      fc.property(millis, millis, octets, octets, (one, other, r1, r2) => {
        if (one < other) assert.isBelow(QueueId.make(one, r1) < QueueId.make(other, r2) ? 0 : 1, 1)
      })
    )
  })

  it("every random bit counts", () => {
    const base = QueueId.make(1, new Uint8Array(10))
    for (let bit = 0; bit < 80; bit++) {
      const random = new Uint8Array(10)
      random[bit >> 3] = 1 << (bit & 7)
      assert.notStrictEqual(QueueId.make(1, random), base)
    }
  })

  it("reports have names of their own, and no reports", () => {
    const id = QueueId.make(1, new Uint8Array(10))
    const child = Option.getOrThrow(QueueId.child(id, "bounce", 12))
    assert.strictEqual(child, `${id}B12`)
    assert.deepStrictEqual(QueueId.parentOf(child), Option.some(id))
    assert.deepStrictEqual(QueueId.parentOf(id), Option.none())
    assert.deepStrictEqual(QueueId.child(child, "bounce", 1), Option.none())
    assert.deepStrictEqual(QueueId.child(id, "delay", 100_000), Option.none())
    assert.deepStrictEqual(QueueId.child(id, "relayed", 0), Option.none())
  })

  it("L8: no other name is an id", () => {
    const id = QueueId.make(1, new Uint8Array(10).fill(0xff))
    for (const name of [
      "",
      ".",
      "..",
      "-rf",
      `${id}/`,
      `../${id}`,
      `${id}\n`,
      `\n${id}`,
      `${id}\0`,
      id.toLowerCase(),
      id.slice(1),
      `${id}0`,
      `${id}B0`,
      `${id}B`,
      `${id}X1`,
      `${id}B1B1`,
      "VERSION",
      "a".repeat(26)
    ]) {
      assert.isTrue(Option.isNone(QueueId.parse(name)), JSON.stringify(name))
    }
  })
})
