import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import { fromBytes, toBytes } from "../../../src/domain/mail/ByteString.ts"
import { toLf } from "../../../src/domain/mail/LfLines.ts"

describe("toLf", () => {
  it("leaves LF of CRLF, wherever a chunk ends", () => {
    FastCheck.assert(
      FastCheck.property(
        FastCheck.array(FastCheck.constantFrom("\r\n", "a", "bc\xff"), { maxLength: 30 }),
        FastCheck.integer({ min: 1, max: 5 }),
        (pieces, size) => {
          const text = pieces.join("")
          const chunks = text.match(new RegExp(`[^]{1,${size}}`, "g")) ?? []
          const lines = chunks.map((chunk) => fromBytes(toLf(toBytes(chunk)))).join("")
          assert.strictEqual(lines, text.replaceAll("\r\n", "\n"))
        }
      )
    )
  })

  it("hands on as it is what holds no line end", () => {
    const chunk = toBytes("plain")
    assert.strictEqual(toLf(chunk), chunk)
  })
})
