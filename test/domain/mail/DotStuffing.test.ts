import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import { fromBytes, toBytes } from "../../../src/domain/mail/ByteString.ts"
import * as DotStuffing from "../../../src/domain/mail/DotStuffing.ts"
import * as LineEnds from "../../../src/domain/mail/LineEnds.ts"
import { smugglingSequences } from "./smugglingSequences.ts"

const stuffed = (chunks: ReadonlyArray<string>): string => {
  const stuff = DotStuffing.make()
  return chunks.map((chunk) => fromBytes(stuff(toBytes(chunk)))).join("")
}

const cut = (text: string, size: number): ReadonlyArray<string> =>
  text.match(new RegExp(`[^]{1,${size}}`, "g")) ?? []

/** What a server does, RFC 5321 §4.5.2. */
const received = (text: string): string => text.replace(/(^|\r\n)\./g, "$1")

const canonical = (text: string): string => {
  const step = LineEnds.step(LineEnds.initial, toBytes(text))
  return fromBytes(step.octets) + fromBytes(LineEnds.finish(step.state).octets)
}

describe("dot-stuffing", () => {
  const cases: ReadonlyArray<readonly [what: string, text: string, stuffed: string]> = [
    ["doubles a dot that is a line", "a\r\n.\r\nb\r\n", "a\r\n..\r\nb\r\n"],
    ["doubles a dot that begins a line", "a\r\n.b\r\n", "a\r\n..b\r\n"],
    ["doubles the first octet", ".\r\n", "..\r\n"],
    ["adds one dot to many", "...\r\n", "....\r\n"],
    ["leaves dots inside lines alone", "a.b.\r\nc.\r\n", "a.b.\r\nc.\r\n"],
    ["takes every line of many", ".\r\n.\r\n.\r\n", "..\r\n..\r\n..\r\n"]
  ]
  for (const [what, text, result] of cases) {
    it(what, () => assert.strictEqual(stuffed([text]), result))
  }

  it("S1: is undone by a server, and shows it no end before the end, wherever a chunk ends", () => {
    for (const sequence of smugglingSequences) {
      const text = canonical(`${sequence}a${sequence}`)
      for (let size = 1; size <= text.length; size++) {
        const sent = stuffed(cut(text, size))
        assert.strictEqual(received(sent), text)
        assert.strictEqual(`\r\n${sent}.\r\n`.indexOf("\r\n.\r\n"), sent.length)
      }
    }
  })

  it("S1: the same holds for anything", () => {
    const pieces = FastCheck.array(FastCheck.constantFrom("\r\n", ".", "a"), { maxLength: 40 })
    FastCheck.assert(
      FastCheck.property(pieces, FastCheck.integer({ min: 1, max: 9 }), (parts, size) => {
        const text = canonical(parts.join(""))
        const sent = stuffed(cut(text, size))
        assert.strictEqual(received(sent), text)
        assert.strictEqual(`\r\n${sent}.\r\n`.indexOf("\r\n.\r\n"), sent.length)
      }),
      { numRuns: 1000 }
    )
  })

  it("holds where dots are many and where they are few", () => {
    for (const line of [".", "......", `.${"x".repeat(300)}`, "a.b.c.d", ""]) {
      const text = `${line}\r\n`.repeat(5000)
      assert.strictEqual(stuffed(cut(text, 4096)), text.replace(/^\./gm, ".."))
    }
  })

  it("hands a chunk on as it is if no dot begins a line", () => {
    const chunk = toBytes("no dots. or none that matter.\r\n")
    assert.strictEqual(DotStuffing.make()(chunk), chunk)
  })

  it("takes an empty chunk for nothing", () => {
    assert.strictEqual(stuffed(["a\r\n", "", ".", "", "\r\n"]), "a\r\n..\r\n")
  })
})
