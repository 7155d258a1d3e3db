import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as Limits from "../../../src/domain/smtp/Limits.ts"
import type { Reply } from "../../../src/domain/smtp/Reply.ts"
import { append, empty, isEmpty, next, type ParserState } from "../../../src/domain/smtp/ReplyParser.ts"

const latin1 = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0))

interface Outcome {
  readonly replies: ReadonlyArray<Reply>
  /** Absent: the octets ran out. */
  readonly problem?: string
  readonly left: ParserState
}

/** Feeds the pieces one after the other, taking out every reply as soon as it is there. */
const parse = (pieces: ReadonlyArray<Uint8Array>, limit?: number): Outcome => {
  const replies: Array<Reply> = []
  let left = empty
  for (const piece of pieces) {
    left = append(left, piece)
    for (;;) {
      const parsed = next(left, limit)
      if (parsed._tag === "Malformed") return { replies, problem: parsed.detail, left }
      left = parsed.rest
      if (parsed._tag === "Incomplete") break
      replies.push(parsed.reply)
    }
  }
  return { replies, left }
}

const parseText = (text: string): Outcome => parse([latin1(text)])

const onlyReply = (text: string): Reply => {
  const { replies, problem, left } = parseText(text)
  assert.strictEqual(problem, undefined)
  assert.isTrue(isEmpty(left))
  assert.strictEqual(replies.length, 1)
  return replies[0] ?? { code: 0, lines: [] }
}

describe("a reply", () => {
  it("is a code and a text (RFC 5321 §4.2)", () => {
    assert.deepStrictEqual(onlyReply("250 ok then\r\n"), { code: 250, lines: ["ok then"] })
  })

  it("may be a bare code, with and without its blank (H5 RFC 5321 §4.2)", () => {
    assert.deepStrictEqual(onlyReply("250\r\n"), { code: 250, lines: [""] })
    assert.deepStrictEqual(onlyReply("250 \r\n"), { code: 250, lines: [""] })
    assert.deepStrictEqual(onlyReply("250-a\r\n250\r\n"), { code: 250, lines: ["a", ""] })
  })

  it("may end its lines with a bare LF (H5)", () => {
    assert.deepStrictEqual(onlyReply("250-a\n250 b\n"), { code: 250, lines: ["a", "b"] })
  })

  it("keeps every line of several (RFC 5321 §4.2.1)", () => {
    assert.deepStrictEqual(onlyReply("250-a\r\n250-\r\n250 c\r\n"), { code: 250, lines: ["a", "", "c"] })
  })

  it("keeps blanks, NUL, ESC and a stray CR of its text (H5, H26)", () => {
    assert.deepStrictEqual(onlyReply("250   a \0\x1b[31m\rb\r\r\n"), {
      code: 250,
      lines: ["  a \0\x1b[31m\rb\r"]
    })
  })

  it("is UTF-8 where it can be, else Latin-1, line by line (RFC 6531 §3.7.4)", () => {
    assert.deepStrictEqual(onlyReply("250-J\u00c3\u00b6rg\r\n250 J\u00f6rg\r\n").lines, ["Jörg", "Jörg"])
    assert.deepStrictEqual(onlyReply("250 \u00ef\u00bb\u00bfx\r\n").lines, ["\ufeffx"])
  })

  it.each([200, 299, 300, 499, 500, 599])("may have the code %i, known or not", (code) => {
    assert.strictEqual(onlyReply(`${code} x\r\n`).code, code)
  })
})

describe("not a reply (H5 RFC 5321 §4.2)", () => {
  it.each([
    "2200 x",
    "25",
    "2",
    "",
    "2x0 ok",
    " 250 ok",
    "250_ok",
    "250\tok",
    "-250",
    "000",
    "100 x",
    "199 x",
    "600 x",
    "999 x",
    "\u00ef\u00bb\u00bf250 ok",
    "250\0",
    "\u0662\u0665\u0660 ok",
    "+25 ok",
    "2e2 ok"
  ])("is %j", (line) => {
    const { problem, replies } = parse([new TextEncoder().encode(`${line}\r\n`)])
    assert.strictEqual(problem, "not a reply")
    assert.deepStrictEqual(replies, [])
  })

  it("are lines with different codes (H6 RFC 5321 §4.2.1)", () => {
    assert.strictEqual(parseText("250-a\r\n251 b\r\n").problem, "reply with different codes: 250 and 251")
    assert.strictEqual(parseText("250-a\r\n550-b\r\n").problem, "reply with different codes: 250 and 550")
  })

  it("is anything behind a good one, which stands (H16)", () => {
    const { replies, problem } = parseText("250 ok\r\n251 ok\r\nwhat\r\n250 ok\r\n")
    assert.deepStrictEqual(
      replies.map(({ code }) => code),
      [250, 251]
    )
    assert.strictEqual(problem, "not a reply")
  })
})

describe("an unfinished reply", () => {
  it.each(["2", "250", "250 ok", "250 ok\r", "250-a\r\n", "250-a\r\n250 b"])("%j waits", (text) => {
    const { replies, problem, left } = parseText(text)
    assert.deepStrictEqual(replies, [])
    assert.strictEqual(problem, undefined)
    assert.isFalse(isEmpty(left))
  })

  it("is nothing at all when nothing has come", () => {
    assert.isTrue(isEmpty(parseText("").left))
    assert.isTrue(isEmpty(append(empty, new Uint8Array(0))))
  })
})

describe("limits (H1, H2, H12 RFC 5321 §4.5.3.1.5)", () => {
  const line = (bytes: number) => `250 ${"x".repeat(bytes - 6)}\r\n`

  it("a line has at most 8 KiB with its end", () => {
    assert.strictEqual(parseText(line(Limits.replyLineBytes)).replies.length, 1)
    assert.strictEqual(parseText(line(Limits.replyLineBytes + 1)).problem, "reply too long")
  })

  it("a line without an end is given up as soon as it can't fit any more", () => {
    assert.strictEqual(parseText("x".repeat(Limits.replyLineBytes - 1)).problem, undefined)
    assert.strictEqual(parseText("x".repeat(Limits.replyLineBytes)).problem, "reply too long")
  })

  it("a line of AUTH may be longer (RFC 4954 §4)", () => {
    const bytes = latin1(line(Limits.authLineBytes))
    assert.strictEqual(parse([bytes], Limits.authLineBytes).replies.length, 1)
    assert.strictEqual(parse([bytes]).problem, "reply too long")
  })

  it("a reply has at most 64 KiB", () => {
    const count = Limits.replyBytes / 1024
    const long = (lines: number) => `250-${"x".repeat(1018)}\r\n`.repeat(lines)
    assert.strictEqual(parseText(`${long(count - 1)}250 ${"x".repeat(1018)}\r\n`).replies.length, 1)
    assert.strictEqual(parseText(`${long(count)}250 x\r\n`).problem, "reply too long")
  })

  it("and at most 1024 lines", () => {
    assert.strictEqual(parseText(`${"250-\r\n".repeat(Limits.replyLines - 1)}250\r\n`).replies.length, 1)
    assert.strictEqual(parseText("250-\r\n".repeat(Limits.replyLines)).problem, "reply of too many lines")
  })

  it("many replies are not one long reply", () => {
    assert.strictEqual(parseText("250 ok\r\n".repeat(20_000)).replies.length, 20_000)
  })
})

const replyText = FastCheck.oneof(
  {
    weight: 5,
    arbitrary: FastCheck.constantFrom("250 ok\r\n", "250-a\r\n", "250\r\n", "354 go\n", "550-x\r\n")
  },
  { weight: 1, arbitrary: FastCheck.constantFrom("25", "\r", "\n", "600 x\r\n", "250-", "x".repeat(9000)) },
  { weight: 1, arbitrary: FastCheck.string() }
)
const octets = FastCheck.array(replyText, { maxLength: 12 }).map((parts) => latin1(parts.join("")))

const cutAt = (bytes: Uint8Array, places: ReadonlyArray<number>): ReadonlyArray<Uint8Array> => {
  const cuts = [0, ...places.map((place) => place % (bytes.length + 1)), bytes.length].sort((a, b) => a - b)
  return cuts.slice(1).map((cut, index) => bytes.subarray(cuts[index], cut))
}

describe("however the octets are cut (H7)", () => {
  it.prop(
    "the replies and the verdict are the same",
    { bytes: octets, places: FastCheck.array(FastCheck.nat(), { maxLength: 20 }) },
    ({ bytes, places }) => {
      const whole = parse([bytes])
      const pieces = parse(cutAt(bytes, places))
      assert.deepStrictEqual(pieces.replies, whole.replies)
      assert.strictEqual(pieces.problem, whole.problem)
      assert.strictEqual(isEmpty(pieces.left), isEmpty(whole.left))
    },
    { fastCheck: { numRuns: 500 } }
  )

  it.prop("even in single octets", { bytes: octets }, ({ bytes }) => {
    const whole = parse([bytes])
    const single = parse(Array.from(bytes, (octet) => Uint8Array.of(octet)))
    assert.deepStrictEqual(single.replies, whole.replies)
    assert.strictEqual(single.problem, whole.problem)
  })
})

describe("whatever the octets are", () => {
  it.prop(
    "parsing ends, and gives only codes of three digits",
    { bytes: FastCheck.uint8Array() },
    ({ bytes }) => {
      const { replies } = parse([bytes])
      assert.isTrue(replies.every(({ code, lines }) => code >= 200 && code <= 599 && lines.length > 0))
    }
  )
})
