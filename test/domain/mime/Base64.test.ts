import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import { isBase64Text, makeBase64Encoder, makeBase64Wrapper } from "../../../src/domain/mime/Base64.ts"
import { coded, cut } from "./octetCoders.ts"

const inLines = (base64: string): string => base64.match(/.{1,76}/g)?.join("\r\n") ?? ""

describe("the base64 encoder", () => {
  it("RFC 2045 §6.8: writes lines of 76 characters, whatever the chunks", () => {
    FastCheck.assert(
      FastCheck.property(
        FastCheck.uint8Array({ maxLength: 400 }),
        FastCheck.integer({ min: 1, max: 200 }),
        (octets, chunkBytes) => {
          const expected = inLines(Buffer.from(octets).toString("base64"))
          assert.strictEqual(coded(makeBase64Encoder(), cut(octets, chunkBytes)).toString(), expected)
        }
      ),
      { numRuns: 500 }
    )
  })
})

describe("the base64 wrapper", () => {
  it("lays the same characters out in lines of 76, the padding inside too", () => {
    const text = `${"QUJD".repeat(100)}QQ==${"QUJD".repeat(30)}\r\n  QUI=\r\n`
    const characters = text.replace(/\s/g, "")
    for (const chunkBytes of [1, 7, 1000]) {
      const wrapped = coded(makeBase64Wrapper(), cut(Buffer.from(text), chunkBytes)).toString()
      assert.strictEqual(wrapped, inLines(characters))
    }
  })

  it("is for nothing but base64", () => {
    assert.isTrue(isBase64Text(Buffer.from("QUJD+/=\r\n \t")))
    for (const foreign of ["-", "_", "\0", "ü", "."])
      assert.isFalse(isBase64Text(Buffer.from(`QUJD${foreign}`)))
  })
})
