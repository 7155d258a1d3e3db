import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import { toBytes } from "../../../src/domain/mail/ByteString.ts"
import { parseHeaderBlock } from "../../../src/domain/mail/HeaderBlock.ts"
import { type Entity, makeEntityReader, rootEntity } from "../../../src/domain/mime/EntityReader.ts"
import { lines } from "./converted.ts"
import { message } from "./mimeTree.ts"
import { cut } from "./octetCoders.ts"

/** What is told, neighbours of a kind joined: `header 1 text: …`, `content: …`, `end`, `frame: …`. */
const told = (header: string, body: string, chunkBytes: number) => {
  const events: Array<[what: string, octets: string]> = []
  const tell = (what: string) => (octets: Uint8Array) => {
    const text = Buffer.from(octets).toString("latin1")
    const last = events[events.length - 1]
    if (last !== undefined && last[0] === what && what !== "end") last[1] += text
    else events.push([what, text])
  }
  const describeEntity = ({ index, content }: Entity) => `header ${index} ${content._tag}`
  const root = rootEntity(Either.getOrThrow(parseHeaderBlock(toBytes(header))))
  const reader = makeEntityReader(root, {
    header: (entity, octets) => tell(describeEntity(entity))(octets),
    content: tell("content"),
    end: (isLast) => events.push([isLast ? "last" : "end", ""]),
    frame: tell("frame")
  })
  for (const chunk of cut(new Uint8Array(Buffer.from(body, "latin1")), chunkBytes)) reader.take(chunk)
  reader.finish()
  return events
}

const mixed = 'Content-Type: multipart/mixed; boundary="b"'

/** The body of a multipart, without pieces that are empty. */
const read = (...body: ReadonlyArray<string>) =>
  told(mixed, lines(...body), 10_000).map(([what, octets]) =>
    octets === "" ? what : `${what}: ${JSON.stringify(octets)}`
  )

describe("the entity reader", () => {
  it("tells parts, and what is around them", () => {
    assert.deepStrictEqual(
      read("pre", "--b", "Subject: 1", "", "one", "", "--b", "", "two", "--b--", "post"),
      [
        'frame: "pre\\r\\n--b\\r\\n"',
        'header 1 Leaf: "Subject: 1\\r\\n\\r\\n"',
        'content: "one\\r\\n"',
        "end",
        'frame: "\\r\\n--b\\r\\n"',
        'header 2 Leaf: "\\r\\n"',
        'content: "two"',
        "end",
        'frame: "\\r\\n--b--\\r\\npost\\r\\n"'
      ]
    )
  })

  it("reads a part of a header alone, ended by a delimiter or by the end", () => {
    assert.deepStrictEqual(read("--b", "A: 1", "--b", "B: 2"), [
      'frame: "--b\\r\\n"',
      'header 1 Leaf: "A: 1\\r\\n"',
      "end",
      'frame: "--b\\r\\n"',
      'header 2 Leaf: "B: 2\\r\\n"',
      "last"
    ])
  })

  it("takes no line for a delimiter that only begins like one", () => {
    assert.deepStrictEqual(read("--b", "", "--bb", "--b-", "--b---", " --b", "x--b", "--B", "--b--"), [
      'frame: "--b\\r\\n"',
      'header 1 Leaf: "\\r\\n"',
      'content: "--bb\\r\\n--b-\\r\\n--b---\\r\\n --b\\r\\nx--b\\r\\n--B"',
      "end",
      'frame: "\\r\\n--b--\\r\\n"'
    ])
  })

  it("RFC 2046 §5.1.2: ends what is inside where an outer delimiter comes", () => {
    const inner = 'Content-Type: multipart/mixed; boundary="c"'
    assert.deepStrictEqual(read("--b", inner, "", "--c", "", "in", "--b", "", "out", "--b--"), [
      'frame: "--b\\r\\n"',
      `header 1 Multipart: ${JSON.stringify(`${inner}\r\n\r\n`)}`,
      'frame: "--c\\r\\n"',
      'header 2 Leaf: "\\r\\n"',
      'content: "in"',
      "end",
      'frame: "\\r\\n--b\\r\\n"',
      'header 3 Leaf: "\\r\\n"',
      'content: "out"',
      "end",
      'frame: "\\r\\n--b--\\r\\n"'
    ])
  })

  it("goes into an embedded message, and out of it", () => {
    assert.deepStrictEqual(
      read("--b", "Content-Type: message/rfc822", "", "Subject: in", "", "text", "--b--"),
      [
        'frame: "--b\\r\\n"',
        'header 1 Message: "Content-Type: message/rfc822\\r\\n\\r\\n"',
        'header 2 Leaf: "Subject: in\\r\\n\\r\\n"',
        'content: "text"',
        "end",
        'frame: "\\r\\n--b--\\r\\n"'
      ]
    )
  })

  it("seals a part whose header is none, from its beginning or in the middle", () => {
    assert.deepStrictEqual(read("--b", "no header", "", "x", "--b", "A: 1", "no field", "--b--"), [
      'frame: "--b\\r\\n"',
      "header 1 Sealed",
      'content: "no header\\r\\n\\r\\nx"',
      "end",
      'frame: "\\r\\n--b\\r\\n"',
      'header 2 Sealed: "A: 1\\r\\n"',
      'content: "no field"',
      "end",
      'frame: "\\r\\n--b--\\r\\n"'
    ])
  })

  it("seals a header without an end, and holds no more of it than it may", () => {
    const header = `A: ${"x".repeat(300_000)}`
    const events = read("--b", header, "", "x", "--b--").map((event) => event.slice(0, 22))
    assert.deepStrictEqual(events, [
      'frame: "--b\\r\\n"',
      "header 1 Sealed",
      'content: "A: xxxxxxxxx',
      "end",
      'frame: "\\r\\n--b--\\r\\n"'
    ])
  })

  it("enters no deeper, and counts no further, than is sane", () => {
    const nested = Array.from({ length: 150 }, (_, level) => [
      `--b${level === 0 ? "" : level}`,
      `Content-Type: multipart/mixed; boundary="b${level + 1}"`,
      ""
    ])
    const sealed = read(...nested.flat(), "text").find((event) => event.includes("Sealed"))
    assert.match(sealed ?? "", /^header 100 Sealed/)
    const many = read(...Array.from({ length: 10_002 }, () => ["--b", ""]).flat())
    assert.deepStrictEqual(
      [
        many.some((event) => event.startsWith("header 10000 Leaf")),
        many.some((event) => event.startsWith("header 10001 Sealed"))
      ],
      [true, true]
    )
  })

  it("tells every octet once and in order, and the same whatever the chunks", () => {
    FastCheck.assert(
      FastCheck.property(message, FastCheck.integer({ min: 1, max: 90 }), (text, chunkBytes) => {
        const bodyAt = text.startsWith("\r\n") ? 2 : text.indexOf("\r\n\r\n") + 4
        const [header, body] = [text.slice(0, bodyAt), text.slice(bodyAt)]
        const events = told(header, body, chunkBytes)
        assert.strictEqual(events.map(([, octets]) => octets).join(""), body)
        const joined = (all: typeof events) =>
          all.filter(([what, octets]) => octets !== "" || what !== "content")
        assert.deepStrictEqual(joined(events), joined(told(header, body, body.length + 1)))
      }),
      { numRuns: 300 }
    )
  })
})
