import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import { concat, equals, fromBase64, fromUtf8, toBase64, utf8, xor } from "../../../src/domain/sasl/Octets.ts"

describe("octets", () => {
  it("go through base64 and back", () => {
    FastCheck.assert(
      FastCheck.property(FastCheck.uint8Array(), (octets) => {
        assert.strictEqual(toBase64(octets), Buffer.from(octets).toString("base64"))
        assert.deepStrictEqual(fromBase64(toBase64(octets)), Option.some(octets))
      })
    )
  })

  it("are not read from anything that is not canonical base64", () => {
    for (const text of [
      "A",
      "AA",
      "AAA",
      "AB==",
      "AAB=",
      "AA\r\nAA",
      "A A=",
      "-_==",
      "====",
      "AA==AA==",
      "\u00e9AAA"
    ]) {
      assert.isTrue(Option.isNone(fromBase64(text)), text)
    }
  })

  it("are equal only if all of them are", () => {
    FastCheck.assert(
      FastCheck.property(FastCheck.uint8Array(), FastCheck.uint8Array(), (a, b) => {
        assert.isTrue(equals(a, a.slice()))
        assert.strictEqual(equals(a, b), Buffer.compare(a, b) === 0)
        assert.isTrue(equals(xor(a, a), new Uint8Array(a.length)))
        assert.strictEqual(concat(a, b).length, a.length + b.length)
      })
    )
  })

  it("are text only if they are UTF-8", () => {
    assert.deepStrictEqual(fromUtf8(utf8("\ufeffä\u{1f600}")), Option.some("\ufeffä\u{1f600}"))
    assert.isTrue(Option.isNone(fromUtf8(Uint8Array.of(0xc3))))
  })
})
