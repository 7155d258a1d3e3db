import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as Limits from "../../../src/domain/telemetry/Limits.ts"
import { hasControl, printable } from "../../../src/domain/telemetry/Printable.ts"

describe("printable", () => {
  const cases: ReadonlyArray<readonly [what: string, text: string, shown: string]> = [
    ["leaves plain text alone", "550 5.1.1 No such user", "550 5.1.1 No such user"],
    ["leaves letters of any script alone", "Empfänger unbekannt 未知 🙂", "Empfänger unbekannt 未知 🙂"],
    ["leaves a backslash alone", "C:\\mail", "C:\\mail"],
    ["escapes line ends and tabs by name", "a\r\nb\tc", "a\\r\\nb\\tc"],
    ["escapes NUL and ESC", "\u0000\u001b[31m", "\\x00\\x1b[31m"],
    ["escapes DEL and C1 controls", "\u007f\u009b2J", "\\x7f\\x9b2J"],
    [
      "escapes what reorders text",
      "a\u202eb\u2066c\u200fd\u061ce",
      "a\\u{202e}b\\u{2066}c\\u{200f}d\\u{61c}e"
    ],
    ["escapes line separators", "a\u2028b\u2029c", "a\\u{2028}b\\u{2029}c"],
    ["escapes what can't be seen", "a\u200bb\ufeffc\u{e0041}d", "a\\u{200b}b\\u{feff}c\\u{e0041}d"],
    ["escapes half a surrogate pair", "a\ud800b", "a\\u{d800}b"]
  ]
  for (const [what, text, shown] of cases) {
    it(what, () => assert.strictEqual(printable(text), shown))
  }

  it("cuts long text and says so", () => {
    assert.strictEqual(printable("x".repeat(10), 10), "x".repeat(10))
    assert.strictEqual(printable("x".repeat(11), 10), `${"x".repeat(10)}…`)
  })

  it("never cuts an escape or a character in two", () => {
    assert.strictEqual(printable("abc\u0000", 6), "abc…")
    assert.strictEqual(printable("🙂🙂🙂", 2), "🙂🙂…")
  })

  it("H26 L11: nothing that acts on a terminal or a log gets through, whatever comes in", () => {
    FastCheck.assert(
      FastCheck.property(FastCheck.string({ unit: "binary", maxLength: 40 }), (text) => {
        const shown = printable(text, 1000)
        assert.isFalse(hasControl(shown))
        assert.notMatch(shown, /[\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/u)
        assert.strictEqual(printable(shown, 1000), shown)
      })
    )
  })

  it("applied twice at any length, changes nothing", () => {
    FastCheck.assert(
      FastCheck.property(
        FastCheck.string({ unit: "binary", maxLength: 40 }),
        FastCheck.integer({ min: 0, max: 60 }),
        (text, length) => {
          const once = printable(text, length)
          assert.strictEqual(printable(once, length), once)
        }
      )
    )
  })
})

describe("hasControl", () => {
  it("sees C0, DEL, C1 and line separators, and nothing else", () => {
    for (const text of ["a\n", "\r", "\u0000", "\t", "\u007f", "\u0085", "\u009f", "\u2028", "\u2029"]) {
      assert.isTrue(hasControl(text), JSON.stringify(text))
    }
    for (const text of ["", "a b", "é", "\u00a0", "\u202e", "🙂"]) {
      assert.isFalse(hasControl(text), JSON.stringify(text))
    }
  })
})

describe("a text of somebody else", () => {
  it("is shown up to printableCharacters", () => {
    const shown = (length: number) => Array.from(printable("x".repeat(length)))
    assert.strictEqual(
      shown(Limits.printableCharacters).filter((one) => one === "x").length,
      Limits.printableCharacters
    )
    assert.isAtMost(shown(Limits.printableCharacters + 1).length, Limits.printableCharacters + 1)
    assert.notStrictEqual(shown(Limits.printableCharacters + 1).at(-1), "x")
  })
})
