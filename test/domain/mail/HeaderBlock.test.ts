import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import { fromBytes, toBytes } from "../../../src/domain/mail/ByteString.ts"
import {
  authorOf,
  fieldsNamed,
  type HeaderBlock,
  hasField,
  parseHeaderBlock,
  recipientsOf,
  textOf
} from "../../../src/domain/mail/HeaderBlock.ts"
import * as HeaderScan from "../../../src/domain/mail/HeaderScan.ts"
import { Mailbox } from "../../../src/domain/mail/Mailbox.ts"

const block = (text: string): HeaderBlock => Either.getOrThrow(parseHeaderBlock(toBytes(text)))

const raws = (text: string): ReadonlyArray<string> => block(text).fields.map(({ raw }) => raw)

describe("parseHeaderBlock", () => {
  const cases: ReadonlyArray<readonly [what: string, text: string, fields: ReadonlyArray<string>]> = [
    ["cuts fields", "A: 1\nB:2\n", ["A: 1\r\n", "B:2\r\n"]],
    ["keeps folding, with CRLF", "A: 1\n 2\r\n\t3\nB: 4", ["A: 1\r\n 2\r\n\t3\r\n", "B: 4\r\n"]],
    ["keeps every occurrence", "Cc: a\nCC: b\n", ["Cc: a\r\n", "CC: b\r\n"]],
    ["keeps blanks before the colon", "A \t: 1\n", ["A \t: 1\r\n"]],
    ["makes a blank of a CR that stands alone", "A: 1\r2\n\rx\n", ["A: 1 2\r\n x\r\n"]],
    ["drops NUL", "A\0: \x001\r\0\n", ["A: 1\r\n"]],
    ["leaves lines of mailbox files out", "From joe Mon\n>From joe\nA: 1\n", ["A: 1\r\n"]],
    ["keeps 8-bit values", "A: \xff\xfe\n", ["A: \xff\xfe\r\n"]],
    ["keeps an empty value", "A:\nB: 1\n", ["A:\r\n", "B: 1\r\n"]],
    ["takes nothing for nothing", "", []]
  ]
  for (const [what, text, fields] of cases) {
    it(what, () => assert.deepStrictEqual(raws(text), fields))
  }

  it("gives the name without what surrounds it", () => {
    assert.deepStrictEqual(
      block("bCC \t: x\nX-A:y\n").fields.map(({ name }) => name),
      ["bCC", "X-A"]
    )
  })

  it("counts the NULs it dropped", () => {
    assert.strictEqual(block("A\0: \x001\n").nulsDropped, 2)
  })

  it("S9: takes 100 000 fields", () => {
    assert.strictEqual(block("X-Field: value\n".repeat(100_000)).fields.length, 100_000)
  })

  it("H28: takes 99 hops and refuses 100", () => {
    const hop = "Received: from a by b; Mon, 23 Nov 2026 12:00:00 +0000\n"
    assert.strictEqual(block(hop.repeat(99)).fields.length, 99)
    const refused = parseHeaderBlock(toBytes(hop.repeat(100)))
    assert.deepStrictEqual(
      Either.match(refused, { onLeft: ({ reason }) => reason, onRight: () => "taken" }),
      "TooManyHops"
    )
  })

  const text = FastCheck.array(
    FastCheck.constantFrom("\r", "\n", "\r\n", "\0", " ", ":", "A", "Bcc: x\n", "From ", "\xff", "\t"),
    { maxLength: 25 }
  ).map((parts) => parts.join(""))

  it("S1: holds no CR or LF alone and no empty line, whatever comes in", () => {
    FastCheck.assert(
      FastCheck.property(text, (octets) => {
        const step = HeaderScan.step(HeaderScan.initial, toBytes(octets))
        const end = step._tag === "Open" ? HeaderScan.finish(step.scan) : step
        if (end._tag === "TooLarge") return assert.fail("too large")
        for (const { name, raw } of block(fromBytes(end.header)).fields) {
          assert.match(raw, /^[!-9;-~]+[ \t]*:(?:[^\r\n\0]|\r\n[ \t])*\r\n$/)
          assert.isTrue(raw.startsWith(name))
        }
      }),
      { numRuns: 2000 }
    )
  })

  it("drops nothing but NUL and lines of mailbox files, whatever comes in", () => {
    FastCheck.assert(
      FastCheck.property(text, (octets) => {
        const step = HeaderScan.step(HeaderScan.initial, toBytes(octets))
        const end = step._tag === "Open" ? HeaderScan.finish(step.scan) : step
        if (end._tag === "TooLarge") return assert.fail("too large")
        const plain = (one: string) => one.replace(/[\r\n\0 ]/g, "")
        const header = plain(
          fromBytes(end.header).replace(/^(?:\0*>?\0*From[ \t\r\0]+(?![ \t\r\0:])[^\n]*\n)+/, "")
        )
        assert.strictEqual(plain(raws(fromBytes(end.header)).join("")), header)
      }),
      { numRuns: 1000 }
    )
  })
})

describe("reading a header", () => {
  const header = block("Subject: one\nSUBJECT: two\nTo:a@x\n")

  it("finds fields in any case", () => {
    assert.isTrue(hasField(header, "subject"))
    assert.isFalse(hasField(header, "sub"))
    assert.strictEqual(fieldsNamed(header, "subject").length, 2)
  })

  it("gives the text of the first", () => {
    assert.deepStrictEqual(textOf(header, "subject"), Option.some("one"))
    assert.deepStrictEqual(textOf(header, "date"), Option.none())
  })
})

describe("recipientsOf", () => {
  const cases: ReadonlyArray<readonly [what: string, text: string, mailboxes: ReadonlyArray<string>]> = [
    ["To, Cc and Bcc, in their order", "Bcc: c@x\nTo: a@x\nSubject: z@x\nCc: b@x\n", ["c@x", "a@x", "b@x"]],
    ["every occurrence", "To: a@x\nBcc: b@x\nTo: c@x\nBCC: d@x\n", ["a@x", "b@x", "c@x", "d@x"]],
    ["what has no blank after the colon", "To:a@x\n", ["a@x"]],
    ["what has one before it", "To : a@x\n", ["a@x"]],
    ["what is folded", "To:\n a@x,\n\tb@x\n", ["a@x", "b@x"]],
    ["groups", "To: T: a@x, b@x;\nCc: undisclosed-recipients:;\n", ["a@x", "b@x"]],
    ["UTF-8", "To: J\xc3\xb6rg <j\xc3\xb6rg@x>\n", ["jörg@x"]],
    [
      "Resent- alone where there is one",
      "To: a@x\nResent-To: b@x\nBcc: c@x\nResent-Bcc: d@x\n",
      ["b@x", "d@x"]
    ],
    ["Resent-Cc without Resent-To", "To: a@x\nResent-Cc: b@x\n", ["b@x"]],
    ["To where Resent- names no recipient", "To: a@x\nResent-From: b@x\n", ["a@x"]],
    ["nothing of Apparently-To", "Apparently-To: a@x\n", []]
  ]
  for (const [what, text, mailboxes] of cases) {
    it(`takes ${what}`, () => {
      const { addresses, problems } = recipientsOf(block(text))
      assert.deepStrictEqual(
        addresses.map(({ mailbox }) => mailbox),
        mailboxes.map((one) => Mailbox(one))
      )
      assert.deepStrictEqual(problems, [])
    })
  }

  it("says in which field a problem is", () => {
    const { problems } = recipientsOf(block("To: a@x\nCC: Joe Doe\n"))
    assert.deepStrictEqual(problems, [
      { field: "CC", severity: "fault", position: 0, found: "Joe Doe", detail: "no address" }
    ])
  })
})

describe("authorOf", () => {
  const cases: ReadonlyArray<readonly [what: string, text: string, mailbox: string | undefined]> = [
    ["the address of From", "From: Joe <j@x>\n", "j@x"],
    ["the first of several", "From: a@x, b@x\nFrom: c@x\n", "a@x"],
    ["a user of this machine", "From: root (Cron Daemon)\n", "root"],
    ["nobody where From is empty", "From:\n", undefined],
    ["nobody where there is no From", "Sender: a@x\n", undefined],
    ["nobody where From is not understood", "From: Joe Doe\n", undefined],
    ["who resent it", "From: a@x\nResent-From: b@x\nResent-To: c@x\n", "b@x"],
    ["the author of what was resent before", "From: a@x\nResent-From: b@x\nTo: c@x\n", "a@x"],
    ["the author where Resent-From is missing", "From: a@x\nResent-To: c@x\n", "a@x"]
  ]
  for (const [what, text, mailbox] of cases) {
    it(`is ${what}`, () =>
      assert.deepStrictEqual(
        authorOf(block(text)),
        Option.map(Option.fromNullable(mailbox), (one) => Mailbox(one))
      ))
  }
})
