import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import {
  makeQuotedPrintableDecoder,
  makeQuotedPrintableEncoder
} from "../../../src/domain/mime/QuotedPrintable.ts"
import { coded, cut, decodeQuotedPrintable } from "./octetCoders.ts"

const latin1 = (text: string): Uint8Array => Buffer.from(text, "latin1")

const encoded = (text: string, chunkBytes = 1000): string =>
  coded(makeQuotedPrintableEncoder(), cut(latin1(text), chunkBytes)).toString("latin1")

const decoded = (text: string, chunkBytes = 1000): string =>
  coded(makeQuotedPrintableDecoder(), cut(latin1(text), chunkBytes)).toString("latin1")

/** Octets, rich in those that mean something. */
const text = FastCheck.array(
  FastCheck.oneof(
    FastCheck.constantFrom(
      "\r\n",
      "\r",
      "\n",
      " ",
      "\t",
      "-",
      "--",
      "=",
      ".",
      "=3D",
      "= \r\n",
      "a".repeat(74)
    ),
    FastCheck.integer({ min: 0, max: 255 }).map((octet) => String.fromCharCode(octet))
  ),
  { maxLength: 120 }
).map((pieces) => pieces.join(""))

describe("the quoted-printable encoder", () => {
  const cases: ReadonlyArray<readonly [what: string, text: string, encoded: string]> = [
    ["leaves plain text as it is", "plain text\r\n", "plain text\r\n"],
    ["encodes octets above 127, and its own sign", "1 = \xfc\r\n", "1 =3D =FC\r\n"],
    ["keeps line ends, the empty lines too", "\r\n\r\na\r\n", "\r\n\r\na\r\n"],
    ["encodes a blank that ends a line, and only that", "a  \r\nb\t\r\n", "a =20\r\nb=09\r\n"],
    ["encodes a blank that ends the text", "a ", "a=20"],
    ["encodes CR and LF that stand alone", "a\rb\nc\r", "a=0Db=0Ac=0D"],
    ["begins no line with two dashes", "-- \r\n--x\r\n-\r\n---", "-=2D=20\r\n-=2Dx\r\n-\r\n-=2D-"],
    ["ends a line softly before it grows too long", "x".repeat(80), `${"x".repeat(75)}=\r\n${"x".repeat(5)}`],
    ["makes nothing of nothing", "", ""]
  ]
  for (const [what, input, output] of cases) {
    it(`${what}`, () => {
      for (const chunkBytes of [1, 2, 1000]) assert.strictEqual(encoded(input, chunkBytes), output)
    })
  }

  it("begins no line with two dashes where it ends the one before softly either", () => {
    for (let before = 70; before < 80; before++) {
      assert.notMatch(encoded(`${"x".repeat(before)}--boundary\r\n`), /^--/m)
    }
  })

  it("RFC 2045 §6.7: makes short lines of ASCII, whatever it is given, and a plain reader gets the octets back", () => {
    FastCheck.assert(
      FastCheck.property(text, FastCheck.integer({ min: 1, max: 200 }), (input, chunkBytes) => {
        const output = encoded(input, chunkBytes)
        assert.match(output, /^[\t\r\n -~]*$/)
        for (const line of output.split("\r\n")) {
          assert.isAtMost(line.length, 76)
          assert.notMatch(line, /[\r\n]|^--|[ \t]$/)
        }
        assert.strictEqual(decodeQuotedPrintable(output), input)
        assert.strictEqual(decoded(output, chunkBytes), input)
      }),
      { numRuns: 1000 }
    )
  })
})

describe("the quoted-printable decoder", () => {
  const cases: ReadonlyArray<readonly [what: string, text: string, decoded: string]> = [
    ["decodes capital and small digits", "=C3=bc", "\xc3\xbc"],
    ["joins lines that end softly, blanks after the sign or not", "a=\r\nb= \t\r\nc", "abc"],
    ["leaves what is not encoded", "a=b =zz ==41 \xfc=4", "a=b =zz =A \xfc=4"],
    ["leaves a sign at the very end", "a=", "a="],
    ["does not wait forever for a line end", `=${" ".repeat(200)}x`, `=${" ".repeat(200)}x`]
  ]
  for (const [what, input, output] of cases) {
    it(`${what}`, () => {
      for (const chunkBytes of [1, 2, 3, 1000]) assert.strictEqual(decoded(input, chunkBytes), output)
    })
  }
})
