import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import { fromBytes, toBytes } from "../../../src/domain/mail/ByteString.ts"
import * as LineEnds from "../../../src/domain/mail/LineEnds.ts"
import type { MessageFacts } from "../../../src/domain/mail/MessageFacts.ts"
import { smugglingSequences } from "./smugglingSequences.ts"

interface Canonical {
  readonly text: string
  readonly facts: MessageFacts
}

const throughChunks = (chunks: ReadonlyArray<Uint8Array>): Canonical => {
  let state = LineEnds.initial
  let text = ""
  for (const chunk of chunks) {
    const step = LineEnds.step(state, chunk)
    state = step.state
    text += fromBytes(step.octets)
  }
  const last = LineEnds.finish(state)
  return { text: text + fromBytes(last.octets), facts: LineEnds.bodyFacts(last.state) }
}

const whole = (text: string): Canonical => throughChunks([toBytes(text)])

/** What it shall do, in the plainest words. */
const expected = (text: string): Canonical => {
  const lines = text.replaceAll("\0", "").replaceAll("\r\n", "\n").replaceAll("\r", "\n").split("\n")
  const last = lines.pop()
  if (last !== undefined && last !== "") lines.push(last)
  const canonical = lines.map((line) => `${line}\r\n`).join("")
  return {
    text: canonical,
    facts: {
      sizeBytes: canonical.length,
      hasEightBitHeader: false,
      hasEightBitBody: /[\x80-\xff]/.test(canonical),
      longestLineBytes: Math.max(0, ...lines.map((line) => line.length)),
      nulsDropped: text.length - text.replaceAll("\0", "").length
    }
  }
}

/** At most `limit` chunks. */
const cut = (octets: Uint8Array, size: number): ReadonlyArray<Uint8Array> => {
  const chunks: Array<Uint8Array> = []
  for (let at = 0; at < octets.length; at += size) chunks.push(octets.subarray(at, at + size))
  return chunks
}

describe("line ends", () => {
  const cases: ReadonlyArray<readonly [what: string, text: string, canonical: string]> = [
    ["LF becomes CRLF", "a\nb\n", "a\r\nb\r\n"],
    ["CRLF stays", "a\r\nb\r\n", "a\r\nb\r\n"],
    ["S2: a CR that stands alone becomes CRLF", "a\rb\r", "a\r\nb\r\n"],
    ["a mixture becomes CRLF throughout", "a\nb\r\nc\rd", "a\r\nb\r\nc\r\nd\r\n"],
    ["the last line gets its end", "a\nb", "a\r\nb\r\n"],
    ["empty stays empty", "", ""],
    ["empty lines stay", "\n\n", "\r\n\r\n"],
    ["S2: two CRs are two line ends", "a\r\r\nb\n", "a\r\n\r\nb\r\n"],
    ["LF and CR are two line ends", "a\n\rb\n", "a\r\n\r\nb\r\n"],
    ["S3: NUL goes", "a\0b\0\n\0", "ab\r\n"],
    ["S3: NUL between CR and LF goes", "a\r\0\nb", "a\r\nb\r\n"],
    ["nothing but NUL is empty", "\0\0", ""],
    ["other control characters stay", "\x01\t\x0b\x0c\x7f\n", "\x01\t\x0b\x0c\x7f\r\n"],
    ["8-bit octets stay", "\x80\xff\x8a\x8d\n", "\x80\xff\x8a\x8d\r\n"]
  ]
  for (const [what, text, canonical] of cases) {
    it(what, () => assert.strictEqual(whole(text).text, canonical))
  }

  it("S1: no smuggling sequence leaves a CR or LF alone, in any position", () => {
    for (const sequence of smugglingSequences) {
      for (const text of [sequence, `a${sequence}b`, `\n${sequence}\n`, `abcd${sequence}efgh`]) {
        assert.deepStrictEqual(whole(text), expected(text))
        assert.notMatch(whole(text).text, /\r(?!\n)|(?<!\r)\n|\0/)
      }
    }
  })

  it("S1: a split anywhere changes nothing", () => {
    for (const sequence of smugglingSequences) {
      const octets = toBytes(`line\r\n${sequence}rest\rof it\n`)
      for (let at = 0; at <= octets.length; at++) {
        const split = [octets.subarray(0, at), octets.subarray(at)]
        assert.deepStrictEqual(throughChunks(split), expected(fromBytes(octets)))
      }
    }
  })

  it("S1: any text in any chunks comes out as if it had come at once", () => {
    const text = FastCheck.array(FastCheck.constantFrom("\r", "\n", "\0", ".", "a", "abcdefgh", "\xff"), {
      maxLength: 40
    })
    FastCheck.assert(
      FastCheck.property(text, FastCheck.integer({ min: 1, max: 9 }), (pieces, size) => {
        const octets = toBytes(pieces.join(""))
        assert.deepStrictEqual(throughChunks(cut(octets, size)), expected(pieces.join("")))
      }),
      { numRuns: 1000 }
    )
  })

  for (const size of [1, 2, 3, 4095, 4096, 4097, 65_535, 65_536, 65_537]) {
    it(`S1: holds for chunks of ${size} octets`, () => {
      const text = Array.from(
        { length: 3000 },
        (_, at) => `${"x".repeat(at % 80)}${["\n", "\r\n", "\r"][at % 3]}`
      ).join("")
      assert.deepStrictEqual(throughChunks(cut(toBytes(text), size)), expected(text))
    })
  }

  it("holds for octets that begin anywhere in their buffer", () => {
    const text = "abc\ndefgh\r\nij\rklmnop\n"
    for (let offset = 0; offset < 9; offset++) {
      const buffer = new Uint8Array(text.length + offset)
      buffer.set(toBytes(text), offset)
      assert.deepStrictEqual(throughChunks([buffer.subarray(offset)]), expected(text))
    }
  })

  it("hands a canonical chunk on as it is", () => {
    const chunk = toBytes("one\r\ntwo\r\nthree")
    assert.strictEqual(LineEnds.step(LineEnds.initial, chunk).octets, chunk)
  })

  it("gives each chunk octets of its own, unless told where to put them", () => {
    const first = LineEnds.step(LineEnds.initial, toBytes("a\nb\n")).octets
    LineEnds.step(LineEnds.initial, toBytes("x\ny\n"))
    assert.strictEqual(fromBytes(first), "a\r\nb\r\n")
    const room = new Uint8Array(8)
    assert.strictEqual(LineEnds.step(LineEnds.initial, toBytes("a\nb\n"), room).octets.buffer, room.buffer)
  })

  it("needs no more room than it says", () => {
    const chunk = toBytes("\n".repeat(9))
    const room = new Uint8Array(LineEnds.roomBytes(chunk))
    assert.strictEqual(fromBytes(LineEnds.step(LineEnds.initial, chunk, room).octets), "\r\n".repeat(9))
  })

  it("S4: measures a line of ten megabytes without keeping it", () => {
    const chunk = new Uint8Array(64 * 1024).fill(0x61)
    let state = LineEnds.initial
    for (let count = 0; count < 160; count++) state = LineEnds.step(state, chunk).state
    state = LineEnds.finish(state).state
    assert.strictEqual(LineEnds.bodyFacts(state).longestLineBytes, 10 * 1024 * 1024)
  })

  for (const length of [997, 998, 999, 1000]) {
    it(`S4: tells a line of ${length} octets`, () =>
      assert.strictEqual(whole(`a\n${"x".repeat(length)}\nb`).facts.longestLineBytes, length))
  }

  it("finds the one octet outside ASCII wherever it is", () => {
    for (let at = 0; at < 23; at++) {
      const octets = new Uint8Array(23).fill(0x61)
      octets[at] = 0x80
      assert.isTrue(throughChunks([octets]).facts.hasEightBitBody)
      octets[(at + 1) % 23] = 0x0a
      assert.isTrue(throughChunks([octets]).facts.hasEightBitBody)
    }
    assert.isFalse(whole("plain\n".repeat(100)).facts.hasEightBitBody)
  })
})
