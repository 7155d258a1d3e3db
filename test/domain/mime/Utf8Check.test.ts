import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import { isUtf8, makeUtf8Check } from "../../../src/domain/mime/Utf8Check.ts"
import { cut } from "./octetCoders.ts"

const byTheLibrary = (octets: Uint8Array): boolean => {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(octets)
    return true
  } catch {
    return false
  }
}

const edges = [
  0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xed, 0xef, 0xf0, 0xf4, 0xf5, 0xff
]

describe("the UTF-8 check", () => {
  it("RFC 3629 §4: agrees with the library on sequences of edge values, in chunks of any size", () => {
    FastCheck.assert(
      FastCheck.property(
        FastCheck.array(FastCheck.constantFrom(...edges, 0x41), { maxLength: 6 }),
        FastCheck.integer({ min: 1, max: 6 }),
        (values, chunkBytes) => {
          const octets = Uint8Array.from(values)
          const check = makeUtf8Check()
          for (const chunk of cut(octets, chunkBytes)) check.take(chunk)
          assert.strictEqual(check.isValid(), byTheLibrary(octets))
        }
      ),
      { numRuns: 5000 }
    )
  })

  it("takes every text", () => {
    FastCheck.assert(
      FastCheck.property(FastCheck.string({ unit: "binary" }), (text) => {
        assert.isTrue(isUtf8(Buffer.from(text, "utf8").toString("latin1")))
      })
    )
  })

  it("refuses a sequence that is cut short", () => {
    assert.isFalse(isUtf8("\xc3"))
    assert.isFalse(isUtf8("a\xe2\x82"))
  })
})
