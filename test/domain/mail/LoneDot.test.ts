import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import { fromBytes, toBytes } from "../../../src/domain/mail/ByteString.ts"
import * as LoneDot from "../../../src/domain/mail/LoneDot.ts"

/** The message, and what came after its end. */
const typed = (chunks: ReadonlyArray<string>): { readonly text: string; readonly isEnd: boolean } => {
  let state = LoneDot.initial
  let text = ""
  for (const chunk of chunks) {
    const step = LoneDot.step(state, toBytes(chunk))
    state = step.state
    text += fromBytes(step.octets)
    if (step.isEnd) return { text, isEnd: true }
  }
  return { text: text + fromBytes(LoneDot.finish(state)), isEnd: false }
}

describe("a message typed at a terminal", () => {
  const cases: ReadonlyArray<readonly [what: string, text: string, message: string, isEnd: boolean]> = [
    ["ends with a line of one dot", "a\n.\nb\n", "a\n", true],
    ["ends with it on the first line", ".\n", "", true],
    ["ends with it before CRLF", "a\r\n.\r\nb", "a\r\n", true],
    ["goes on after two dots", "a\n..\nb\n", "a\n..\nb\n", false],
    ["goes on after a dot and a blank", "a\n. \nb\n", "a\n. \nb\n", false],
    ["goes on after a dot that ends a line", "a.\nb\n", "a.\nb\n", false],
    ["keeps a dot that no line end follows", "a\n.", "a\n.", false],
    ["keeps a dot and a CR that no LF follows", "a\n.\r", "a\n.\r", false],
    ["keeps a dot and a CR inside a line", ".\ra\n", ".\ra\n", false]
  ]
  for (const [what, text, message, isEnd] of cases) {
    it(what, () => {
      assert.deepStrictEqual(typed([text]), { text: message, isEnd })
      assert.deepStrictEqual(typed(Array.from(text)), { text: message, isEnd })
    })
  }

  it("S10: is the same however the terminal hands it over", () => {
    const pieces = FastCheck.array(FastCheck.constantFrom("\n", "\r", ".", "a"), { maxLength: 15 })
    FastCheck.assert(
      FastCheck.property(pieces, FastCheck.integer({ min: 1, max: 6 }), (parts, size) => {
        const text = parts.join("")
        const end = /(?:^|(?<=\n))\.\r?\n/.exec(text)
        const chunks = text.match(new RegExp(`[^]{1,${size}}`, "g")) ?? []
        assert.deepStrictEqual(typed(chunks), { text: text.slice(0, end?.index), isEnd: end !== null })
      }),
      { numRuns: 1000 }
    )
  })
})
