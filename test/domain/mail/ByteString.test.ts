import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import { fromBytes, fromText, hasEightBit, toBytes, toText } from "../../../src/domain/mail/ByteString.ts"

describe("octets as text", () => {
  it("has one character an octet, and gives the same octets back", () => {
    FastCheck.assert(
      FastCheck.property(FastCheck.uint8Array({ maxLength: 40 }), (octets) => {
        const text = fromBytes(octets)
        assert.strictEqual(text.length, octets.length)
        assert.deepStrictEqual(toBytes(text), new Uint8Array(octets))
      })
    )
  })

  it("holds for every octet, and for more of them than a call takes arguments", () => {
    const octets = Uint8Array.from({ length: 300_000 }, (_, at) => at & 0xff)
    assert.deepStrictEqual(toBytes(fromBytes(octets)), octets)
  })

  it("is not fooled by a mark of byte order or a replacement character", () => {
    for (const text of ["\ufeffa", "\ufffd", "a\ufffdb"]) {
      const octets = new TextEncoder().encode(text)
      assert.deepStrictEqual(toBytes(fromBytes(octets)), octets)
    }
  })

  it("is read as UTF-8 where it is UTF-8", () => {
    assert.strictEqual(toText(fromText("Jörg 🙂")), "Jörg 🙂")
    assert.strictEqual(toText("plain"), "plain")
  })

  it("is read as Latin-1 where it is not", () => {
    assert.strictEqual(toText("J\xf6rg"), "Jörg")
  })

  it("tells what is outside ASCII", () => {
    assert.isFalse(hasEightBit("plain \x7f"))
    assert.isTrue(hasEightBit("J\xf6rg"))
  })
})
