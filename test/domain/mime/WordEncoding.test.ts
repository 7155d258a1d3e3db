import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import { encodeWords, wordsOf } from "../../../src/domain/mime/WordEncoding.ts"
import { asOctets, decodeWords } from "./encodedText.ts"

const encoded = (text: string, charset = "unknown-8bit"): string => encodeWords(wordsOf(text), charset)

describe("encodeWords", () => {
  const cases: ReadonlyArray<readonly [what: string, text: string, encoded: string]> = [
    ["leaves plain words as they are, blanks included", " a  b\tc ", " a  b\tc "],
    ["encodes a word alone", " plain Grüße plain", " plain =?utf-8?q?Gr=C3=BC=C3=9Fe?= plain"],
    [
      "encodes neighbours with the blanks between them",
      "Grüße  Öl x",
      "=?utf-8?q?Gr=C3=BC=C3=9Fe__=C3=96l?= x"
    ],
    [
      "keeps an encoded word, and the blanks beside it visible",
      "=?utf-8?q?a?= ü =?utf-8?q?b?=",
      "=?utf-8?q?a?= =?utf-8?q?_=C3=BC_?= =?utf-8?q?b?="
    ],
    ["keeps a blank at the end", "ü ", "=?utf-8?q?=C3=BC?= "]
  ]
  for (const [what, text, expected] of cases) {
    it(`${what}`, () => assert.strictEqual(encoded(asOctets(text)), expected))
  }

  it("RFC 1428: names no charset that it does not know, and the one of the entity where there is one", () => {
    assert.strictEqual(encoded("Gr\xfc\xdfe"), "=?unknown-8bit?q?Gr=FC=DFe?=")
    assert.strictEqual(encoded("Gr\xfc\xdfe", "iso-8859-1"), "=?iso-8859-1?q?Gr=FC=DFe?=")
  })

  it("encodes a word that no line can hold", () => {
    const words = encoded("x".repeat(2000)).split(" ")
    assert.isAbove(words.length, 20)
    assert.strictEqual(decodeWords(words.join(" ")), "x".repeat(2000))
  })

  it("RFC 2047 §6.2: a reader sees the same octets, in words of 75 characters at most", () => {
    const piece = FastCheck.oneof(
      FastCheck.constantFrom(
        " ",
        "  ",
        "\t",
        "a",
        "word",
        "=?utf-8?q?x?=",
        "=?utf-8?b?eA==?=",
        "=?",
        "?=",
        "_",
        "\xfc"
      ),
      FastCheck.string({ unit: "grapheme", maxLength: 60 }).map((text) =>
        asOctets(text).replace(/\p{Cc}/gu, (octet) => (octet > "\x7f" ? octet : ""))
      )
    )
    FastCheck.assert(
      FastCheck.property(FastCheck.array(piece, { maxLength: 12 }), (pieces) => {
        const text = pieces.join("")
        const output = encoded(text)
        assert.match(output, /^[\t -~]*$/)
        assert.strictEqual(decodeWords(output), decodeWords(text))
        for (const [word] of output.matchAll(/=\?(?:utf-8|unknown-8bit)\?\S*/g)) {
          if (!text.includes(word)) assert.isAtMost(word.length, 75)
        }
      }),
      { numRuns: 1000 }
    )
  })
})
