import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as DotStuffing from "../../../src/domain/mail/DotStuffing.ts"
import * as DotUnstuffing from "../../../src/domain/reception/DotUnstuffing.ts"
import { smugglingSequences } from "../mail/smugglingSequences.ts"

interface Read {
  readonly text: string
  /** Absent: the message did not end. */
  readonly rest?: string
}

/** In chunks of `size` octets. */
const read = (input: string, size = input.length, lineEnd: DotUnstuffing.LineEnd = "CRLF"): Read => {
  const octets = Buffer.from(input, "latin1")
  let state = DotUnstuffing.start(lineEnd)
  const pieces: Array<Uint8Array> = []
  for (let at = 0; at < octets.length; at += size) {
    const step = DotUnstuffing.step(state, octets.subarray(at, at + size))
    pieces.push(...step.pieces)
    const text = Buffer.concat(pieces).toString("latin1")
    if (step.rest !== undefined) {
      return { text, rest: Buffer.concat([step.rest, octets.subarray(at + size)]).toString("latin1") }
    }
    state = step.state
  }
  return { text: Buffer.concat(pieces).toString("latin1") }
}

const cases: ReadonlyArray<readonly [input: string, read: Read]> = [
  [".\r\nQUIT\r\n", { text: "", rest: "QUIT\r\n" }],
  ["a\r\n.\r\n", { text: "a\r\n", rest: "" }],
  ["..\r\n.\r\n", { text: ".\r\n", rest: "" }],
  [".a\r\n...b\r\n.\r\nx", { text: "a\r\n..b\r\n", rest: "x" }],
  ["a.\r\n.\r\n", { text: "a.\r\n", rest: "" }],
  ["a\r\n.", { text: "a\r\n" }],
  [".\r.\r\n.\r\n", { text: "\r.\r\n", rest: "" }],
  [".\r\r\n.\r\n", { text: "\r\r\n", rest: "" }]
]

describe("a message among commands", () => {
  for (const [input, expected] of cases) {
    it(`${JSON.stringify(input)} is read the same in chunks of every size`, () => {
      for (let size = 1; size <= input.length; size++) assert.deepStrictEqual(read(input, size), expected)
    })
  }

  it("ends at a line feed alone only for a client that ends its lines so", () => {
    assert.deepStrictEqual(read("a\n..b\n.\nQUIT\n", 3, "LF"), { text: "a\n.b\n", rest: "QUIT\n" })
    assert.deepStrictEqual(read("a\n.\nQUIT\n", 3), { text: "a\n.\nQUIT\n" })
  })

  for (const sequence of smugglingSequences) {
    if (sequence.includes("\r\n.\r\n")) continue
    it(`does not end at ${JSON.stringify(sequence)} [S1]`, () => {
      const input = `a${sequence}MAIL FROM:<x@y>\r\n`
      for (let size = 1; size <= input.length; size++) assert.isUndefined(read(input, size).rest)
    })
  }

  it("is what was stuffed before, however it is cut", () => {
    const line = FastCheck.string({ unit: FastCheck.constantFrom(".", "a", "\r", "b"), maxLength: 6 })
    const canonical = FastCheck.array(
      line.map((text) => `${text.replaceAll("\r", "")}\r\n`),
      { maxLength: 8 }
    )
    FastCheck.assert(
      FastCheck.property(canonical, FastCheck.integer({ min: 1, max: 9 }), (lines, size) => {
        const text = lines.join("")
        const stuffed = Buffer.from(DotStuffing.make()(Buffer.from(text, "latin1"))).toString("latin1")
        assert.deepStrictEqual(read(`${stuffed}.\r\nrest`, size), { text, rest: "rest" })
      })
    )
  })
})
