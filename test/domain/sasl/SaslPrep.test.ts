import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import { saslPrep } from "../../../src/domain/sasl/SaslPrep.ts"

const prepared = (text: string): string => Either.getOrElse(saslPrep(text), (fault) => fault)

describe("SASLprep", () => {
  const examples: ReadonlyArray<readonly [string, string, string]> = [
    ["SOFT HYPHEN is mapped to nothing", "I\u00adX", "IX"],
    ["no transformation", "user", "user"],
    ["case is preserved", "USER", "USER"],
    ["NFKC, input in ISO 8859-1", "\u00aa", "a"],
    ["NFKC, will match 'IX'", "\u2168", "IX"],
    ["prohibited character", "\u0007", "Prohibited"],
    ["bidirectional check", "\u0627\u0031", "Bidirectional"]
  ]

  it.each(examples)("gives the result of RFC 4013 §3: %s", (_, given, expected) => {
    assert.strictEqual(prepared(given), expected)
  })

  const others: ReadonlyArray<readonly [string, string, string]> = [
    ["no-break and ideographic space become SPACE", "a\u00a0b\u3000c", "a b c"],
    ["ZERO WIDTH SPACE is a space before it is nothing", "a\u200bb", "a b"],
    ["a lone surrogate is refused", "a\ud800", "Prohibited"],
    ["private use is refused", "\ue000", "Prohibited"],
    ["a non-character of the last plane is refused", "\u{10ffff}", "Prohibited"],
    ["DEL is refused", "\u007f", "Prohibited"],
    ["right-to-left text alone is sound", "\u05d0\u05d1", "\u05d0\u05d1"],
    ["digits inside right-to-left text are sound", "\u05d01\u05d1", "\u05d01\u05d1"],
    ["letters of both directions are refused", "\u05d0x\u05d1", "Bidirectional"],
    ["right-to-left text must come first", "1\u05d0", "Bidirectional"],
    ["a character newer than Unicode 3.2 passes", "pass\u{1f600}", "pass\u{1f600}"]
  ]

  it.each(others)("%s", (_, given, expected) => {
    assert.strictEqual(prepared(given), expected)
  })

  it("leaves printable ASCII alone", () => {
    FastCheck.assert(
      FastCheck.property(FastCheck.string({ unit: "grapheme-ascii" }), (text) => {
        assert.strictEqual(prepared(text), text)
      })
    )
  })

  it("never throws, and is done after one application", () => {
    FastCheck.assert(
      FastCheck.property(FastCheck.string({ unit: "binary" }), (text) => {
        const once = saslPrep(text)
        if (Either.isRight(once)) assert.deepStrictEqual(saslPrep(once.right), once)
      })
    )
  })
})
