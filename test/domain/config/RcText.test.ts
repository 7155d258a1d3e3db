import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import { decodeOctets, expandEscapes, isUtf16, quote } from "../../../src/domain/config/RcText.ts"

describe("escapes", () => {
  it.each([
    ["\\x41", "A"],
    ["\\X4a", "J"],
    ["\\x414", "A4"],
    ["\\x4z", "\u0004z"],
    ["\\xz", "\0z"],
    ["\\0", "\0"],
    ["\\065", "5"],
    ["\\0651", "51"],
    ["\\08", "\x008"],
    ["\\65", "A"],
    ["\\1234", "{4"],
    ["\\321", "A"],
    ["\\n\\t\\b\\r\\\\", "\n\t\b\r\\"],
    ["\\q\\\"\\'\\ ", "q\"' "],
    ["\\é", "é"],
    ["\\xc3\\xa9", "é"],
    ["\\240\\159\\152\\128", "😀"],
    ["\\xe9", "é"],
    ["a\\", "a\\"],
    ["plain", "plain"]
  ])("%s is %j", (raw, expected) => {
    assert.strictEqual(expandEscapes(raw), expected)
  })

  it.prop("of a quoted text are undone", [FastCheck.string({ unit: "binary" })], ([text]) => {
    const quoted = quote(text)
    assert.match(quoted, /^"[^"\n\r]*"$/)
    assert.strictEqual(expandEscapes(quoted.slice(1, -1)), text)
  })
})

describe("quote", () => {
  it("keeps to one line, and to one kind of quotes", () => {
    assert.strictEqual(quote('a\n"b"\r\\'), '"a\\n\\x22b\\x22\\r\\\\"')
  })
})

describe("octets", () => {
  const encoder = new TextEncoder()

  it.prop("of a text in UTF-8 are that text", [FastCheck.string({ unit: "binary" })], ([text]) => {
    assert.strictEqual(decodeOctets(encoder.encode(text)), text)
  })

  it("that are not UTF-8 are ISO 8859-1, the others stay UTF-8", () => {
    assert.strictEqual(decodeOctets(Uint8Array.of(0x4a, 0xe9, 0x20, 0xc3, 0xa9, 0xe2, 0x82)), "Jé éâ\u0082")
    assert.strictEqual(
      decodeOctets(Uint8Array.of(0xc0, 0x80, 0xed, 0xa0, 0x80, 0xff)),
      "À\u0080í\u00a0\u0080ÿ"
    )
  })

  it.prop("of any kind are a text of as many characters at most", [FastCheck.uint8Array()], ([octets]) => {
    assert.isAtMost(decodeOctets(octets).length, octets.length)
  })

  it("of UTF-16 are known by their mark", () => {
    assert.isTrue(isUtf16(Uint8Array.of(0xff, 0xfe, 0x61, 0)))
    assert.isTrue(isUtf16(Uint8Array.of(0xfe, 0xff, 0, 0x61)))
    assert.isFalse(isUtf16(encoder.encode("ÿþ")))
    assert.isFalse(isUtf16(Uint8Array.of()))
  })
})
