import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import { decode, encode } from "../../../src/domain/smtp/Xtext.ts"

describe("xtext (S6 RFC 3461 §4)", () => {
  it.each([
    ["abc", "abc"],
    ["a+b=c", "a+2Bb+3Dc"],
    ["a b", "a+20b"],
    ["~!/", "~!/"],
    ["\r\n\0\x7f", "+0D+0A+00+7F"],
    ["ö", "+C3+B6"],
    ["", ""]
  ])("of %j is %j", (text, xtext) => {
    assert.strictEqual(encode(text), xtext)
    assert.deepStrictEqual(decode(xtext), Option.some(text))
  })

  it.each(["+", "+2", "+2b", "+GG", "a b", "a=b", "é", "+FF", "\n"])("is not %j", (text) => {
    assert.deepStrictEqual(decode(text), Option.none())
  })

  it.prop(
    "decodes to what was encoded, whatever it was",
    { text: FastCheck.fullUnicodeString() },
    ({ text }) => {
      const xtext = encode(text)
      assert.match(xtext, /^[!-~]*$/)
      assert.deepStrictEqual(decode(xtext), Option.some(text))
    }
  )
})
