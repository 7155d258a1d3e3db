import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import { fromBytes, toBytes } from "../../../src/domain/mail/ByteString.ts"
import * as HeaderScan from "../../../src/domain/mail/HeaderScan.ts"
import * as Limits from "../../../src/domain/mail/Limits.ts"

interface Cut {
  readonly header: string
  readonly body: string
}

const scanned = (chunks: ReadonlyArray<Uint8Array>): Cut | "too large" => {
  let scan = HeaderScan.initial
  const cutAt = (end: HeaderScan.HeaderEnd, rest: ReadonlyArray<Uint8Array>): Cut | "too large" =>
    end._tag === "TooLarge"
      ? "too large"
      : { header: fromBytes(end.header), body: [end.rest, ...rest].map(fromBytes).join("") }
  for (const [at, chunk] of chunks.entries()) {
    const step = HeaderScan.step(scan, chunk)
    if (step._tag !== "Open") return cutAt(step, chunks.slice(at + 1))
    scan = step.scan
  }
  return cutAt(HeaderScan.finish(scan), [])
}

const whole = (text: string) => scanned([toBytes(text)])

describe("the end of a header", () => {
  const cases: ReadonlyArray<readonly [what: string, header: string, gap: string, body: string]> = [
    ["is an empty line", "A: 1\n", "\n", "body\n"],
    ["is an empty line with CRLF", "A: 1\r\n", "\r\n", "body\r\n"],
    ["is found where header and body have other line ends", "A: 1\r\n", "\n", "body\n"],
    ["is the end of the input", "A: 1\nB: 2\n", "", ""],
    ["is the end of the input within a line", "A: 1\nB: 2", "", ""],
    ["is the end of the input after an empty value", "A:", "", ""],
    ["comes at once if the first line is empty", "", "\n", "A: 1\n\nbody"],
    ["comes at once if there is no field", "", "", "hello\nworld: no\n"],
    ["comes at once if there is no line end either", "", "", "hello"],
    ["comes at once if a name never gets its colon", "", "", "hello \t"],
    ["comes never in an empty message", "", "", ""],
    ["is a line that is no field", "A: 1\n", "", "junk here\nB: 2\n\nbody\n"],
    ["is a line with a control character in the name", "A: 1\n", "", "B\x01: 2\n"],
    ["is a line with an 8-bit name", "A: 1\n", "", "B\xc3\xa4: 2\n"],
    ["is a line that begins with a colon", "A: 1\n", "", ": 2\n"],
    ["is a line with a blank inside the name", "A: 1\n", "", "B c: 2\n"],
    ["does not come with continuation lines", "A: 1\n 2\n\t3\nB: 4\n", "\n", "body"],
    ["does not come with a continuation line of blanks", "A: 1\n \nB: 4\n", "\n", "body"],
    ["comes if the first line is a continuation of nothing", "", "", " A: 1\n\nbody"],
    ["does not come with blanks before a colon", "A : 1\nB\t : 2\n", "\n", "body"],
    ["does not come with NUL", "A\0: 1\n\0B: 2\n", "\n", "body"],
    ["is an empty line with NUL in it", "A: 1\n", "\0\r\0\n", "body"],
    ["does not come with a CR alone", "A: 1\r2\n\rx\nB: 3\n", "\n", "body"],
    ["does not come with a CR before CRLF", "A: 1\r\r\nB: 3\n", "\r\n", "body"],
    ["does not come with a line of CR and CRLF, which holds a blank", "A: 1\n\r\r\nB: 3\n", "\n", "body"],
    [
      "does not come with the line of a mailbox file",
      "From joe Mon Nov 23 12:00:00 2026\nA: 1\n",
      "\n",
      "body"
    ],
    ["does not come with a quoted one after it", "From joe Mon\n>From joe Mon\nA: 1\n", "\n", "body"],
    ["does not come with From and blanks before the colon", "From : joe\n", "\n", "body"],
    ["comes with the line of a mailbox file after a field", "A: 1\n", "", "From joe Mon\nB: 2\n\nbody"],
    [
      "comes after the line of a mailbox file and no field",
      "From joe Mon Nov 23 12:00:00 2026\n",
      "\n",
      "body"
    ],
    ["comes before text that begins with From", "", "", "From here on it is text.\n\nMore of it.\n"],
    ["comes before text that begins and ends with From", "", "", "From here"],
    ["comes after an empty mailbox line", "From \nA: 1\n", "\n", "body"]
  ]
  for (const [what, header, gap, body] of cases) {
    it(what, () => assert.deepStrictEqual(whole(header + gap + body), { header, body }))
  }

  it("is the same wherever chunks end", () => {
    for (const [, header, gap, body] of cases) {
      const octets = toBytes(header + gap + body)
      const expected = scanned([octets])
      for (let at = 0; at <= octets.length; at++) {
        assert.deepStrictEqual(scanned([octets.subarray(0, at), octets.subarray(at)]), expected)
      }
      assert.deepStrictEqual(scanned(Array.from(octets, (octet) => Uint8Array.of(octet))), expected)
    }
  })

  const pieces = FastCheck.array(
    FastCheck.constantFrom("\r", "\n", "\r\n", "\0", " ", ":", "A", "A: 1\n", "From ", ">", "\xff", "12:30"),
    { maxLength: 25 }
  ).map((parts) => parts.join(""))

  it("loses nothing but the empty line, whatever comes in", () => {
    FastCheck.assert(
      FastCheck.property(pieces, (text) => {
        const cut = whole(text)
        if (cut === "too large") return assert.fail("too large")
        assert.isTrue(text.startsWith(cut.header) && text.endsWith(cut.body))
        const gap = text.slice(cut.header.length, text.length - cut.body.length)
        assert.match(gap, /^\0*(?:\r?\0*\n)?$/)
      }),
      { numRuns: 2000 }
    )
  })

  it("is the same wherever chunks end, whatever comes in", () => {
    FastCheck.assert(
      FastCheck.property(pieces, FastCheck.integer({ min: 1, max: 7 }), (text, size) => {
        const chunks: Array<Uint8Array> = []
        for (let at = 0; at < text.length; at += size) chunks.push(toBytes(text.slice(at, at + size)))
        assert.deepStrictEqual(scanned(chunks), whole(text))
      }),
      { numRuns: 1000 }
    )
  })
})

describe("the size of a header", () => {
  it("S9: may be a megabyte, in fields or in one", () => {
    const fields = "X-Field: value\n".repeat(70_000)
    assert.deepStrictEqual(whole(`${fields}\nbody`), { header: fields, body: "body" })
    const one = `X: ${"v".repeat(1_000_000)}\n`
    assert.deepStrictEqual(whole(`${one}\nbody`), { header: one, body: "body" })
  })

  it("S9: may be 100 000 fields", () => {
    const header = "A: 1\n".repeat(100_000)
    assert.deepStrictEqual(whole(`${header}\nbody`), { header, body: "body" })
  })

  it("ends at a limit of octets", () => {
    const fit = `A: ${"x".repeat(Limits.headerBlockBytes - 4)}\n`
    assert.strictEqual(fit.length, Limits.headerBlockBytes)
    assert.notStrictEqual(whole(`${fit}\nbody`), "too large")
    assert.strictEqual(whole(`x${fit}\nbody`), "too large")
    assert.strictEqual(whole(`x${fit}`), "too large")
  })

  it("ends at a limit of fields", () => {
    const fit = "A:\n".repeat(Limits.headerFields)
    assert.notStrictEqual(whole(fit), "too large")
    assert.strictEqual(whole(`${fit}A:`), "too large")
    assert.strictEqual(whole(`${fit}A:\n\nbody`), "too large")
  })

  it("says nothing of a body that has no line end and no field", () => {
    const body = "x".repeat(Limits.headerBlockBytes + 10)
    assert.deepStrictEqual(whole(body), { header: "", body })
  })

  it("takes a name of 998 octets, and one more for text", () => {
    const name = "n".repeat(998)
    assert.deepStrictEqual(whole(`${name}:v\n\nb`), { header: `${name}:v\n`, body: "b" })
    assert.deepStrictEqual(whole(`n${name}:v\n\nb`), { header: "", body: `n${name}:v\n\nb` })
  })

  it("costs the time of its length when it trickles in", () => {
    const startedAt = performance.now()
    const octets = toBytes("A: 12345678901\n".repeat(20_000))
    assert.notStrictEqual(scanned(Array.from(octets, (octet) => Uint8Array.of(octet))), "too large")
    assert.isBelow(performance.now() - startedAt, 15_000)
  }, 20_000)
})
