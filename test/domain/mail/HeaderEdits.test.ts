import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import { fromBytes, toBytes } from "../../../src/domain/mail/ByteString.ts"
import { parseHeaderBlock } from "../../../src/domain/mail/HeaderBlock.ts"
import { editHeader, type HeaderAdditions } from "../../../src/domain/mail/HeaderEdits.ts"
import { Mailbox, nullSender } from "../../../src/domain/mail/Mailbox.ts"

const made: HeaderAdditions = {
  epochMillis: Date.parse("2026-11-22T12:01:14Z"),
  utcOffsetMinutes: 0,
  from: Mailbox("joe@example.org"),
  host: "laptop.example.org",
  addMessageId: true,
  processId: 42,
  random: "r4nd0m"
}

const dateField = "Date: Sun, 22 Nov 2026 12:01:14 +0000\r\n"
const fromField = "From: joe@example.org\r\n"
const idField = "Message-ID: <mwrsd53k.42.r4nd0m@laptop.example.org>\r\n"

const edit = (text: string, options: Partial<HeaderAdditions> = {}) => {
  const { changes, header } = editHeader(Either.getOrThrow(parseHeaderBlock(toBytes(text))), {
    ...made,
    ...options
  })
  return {
    wire: fromBytes(header.wire),
    local: fromBytes(header.local),
    changes: changes.map((change) => `${change._tag} ${change.field.name}`)
  }
}

/** A header that lacks nothing, around `text`. */
const complete = (text: string): string => `Date: d\nFrom: a@x\nMessage-ID: <i@x>\n${text}`
const completeWire = (text: string): string => `Date: d\r\nFrom: a@x\r\nMessage-ID: <i@x>\r\n${text}\r\n`

describe("what is added", () => {
  it("stands at the end: Date, From, Message-ID", () => {
    const { changes, wire } = edit("To: b@x\nSubject: s\n")
    assert.strictEqual(wire, `To: b@x\r\nSubject: s\r\n${dateField}${fromField}${idField}\r\n`)
    assert.deepStrictEqual(changes, ["Added Date", "Added From", "Added Message-ID"])
  })

  it("is a header where there was none", () => {
    assert.strictEqual(edit("").wire, `${dateField}${fromField}${idField}\r\n`)
  })

  it("is nothing where nothing is missing", () => {
    const { changes, wire } = edit(complete("To: b@x\n"))
    assert.strictEqual(wire, completeWire("To: b@x\r\n"))
    assert.deepStrictEqual(changes, [])
  })

  it("is nothing where a field is there in another case, or empty", () => {
    assert.deepStrictEqual(edit("DATE:\nfrom :\nMessage-Id: <i@x>\n").changes, [])
  })

  it("is no Message-ID if the configuration says so, and the user's stays", () => {
    assert.strictEqual(
      edit("Date: d\nFrom: a@x\n", { addMessageId: false }).wire,
      "Date: d\r\nFrom: a@x\r\n\r\n"
    )
    assert.strictEqual(edit(complete(""), { addMessageId: false }).wire, completeWire(""))
  })

  it("is never an MDA's business", () => {
    assert.strictEqual(edit("To: b@x\n").local, "To: b@x\r\n\r\n")
    assert.strictEqual(edit("").local, "\r\n")
  })

  it("holds the full name", () => {
    assert.include(edit("", { fullName: "Joe Q. Doe" }).wire, 'From: "Joe Q. Doe" <joe@example.org>\r\n')
  })

  it("does not hold it where a From: is there", () => {
    assert.include(edit("From: a@x\n", { fullName: "Joe" }).wire, "From: a@x\r\n")
    assert.notInclude(edit("From: a@x\n", { fullName: "Joe" }).wire, "Joe")
  })

  it("names the mail system for the null sender", () => {
    assert.include(
      edit("", { from: nullSender, fullName: "Joe" }).wire,
      "From: MAILER-DAEMON@laptop.example.org\r\n"
    )
    assert.include(edit("", { from: nullSender, host: "x y" }).wire, "From: MAILER-DAEMON\r\n")
  })

  it("H23: holds domains as A-labels", () => {
    assert.include(
      edit("", { from: Mailbox("joe@bücher.example") }).wire,
      "From: joe@xn--bcher-kva.example\r\n"
    )
  })

  it("S7: is one field each, whatever name and host are", () => {
    const text = FastCheck.string({ unit: "binary", maxLength: 30 })
    FastCheck.assert(
      FastCheck.property(text, text, (fullName, host) => {
        const { wire } = edit("", { fullName, host })
        assert.match(wire, /^Date: [^\r\n]+\r\nFrom: (?:[^\r\n]|\r\n )+\r\nMessage-ID: [^\r\n]+\r\n\r\n$/)
      })
    )
  })
})

describe("Sender:", () => {
  const forced = { forcedSender: Mailbox("list@example.org") }

  it("is added under force sender, last", () => {
    const { changes, wire } = edit(complete("To: b@x\n"), forced)
    assert.strictEqual(wire, completeWire("To: b@x\r\nSender: list@example.org\r\n"))
    assert.deepStrictEqual(changes, ["Added Sender"])
  })

  it("is replaced in its place under force sender, and stands once", () => {
    const { changes, wire } = edit(complete("SENDER: a@x\nTo: b@x\nSender: c@x\n"), forced)
    assert.strictEqual(wire, completeWire("Sender: list@example.org\r\nTo: b@x\r\n"))
    assert.deepStrictEqual(changes, ["Replaced SENDER", "Removed Sender"])
  })

  it("stays without force sender, every occurrence", () => {
    assert.strictEqual(
      edit(complete("Sender: a@x\nSender: b@x\n")).wire,
      completeWire("Sender: a@x\r\nSender: b@x\r\n")
    )
  })
})

describe("what is removed", () => {
  const blindCopies: ReadonlyArray<readonly [what: string, before: string, bcc: string, after: string]> = [
    ["first", "", "Bcc: secret@x\n", "To: b@x\nCc: c@x\n"],
    ["last", "To: b@x\n", "Bcc: secret@x\n", ""],
    ["last without a line end", "To: b@x\n", "Bcc: secret@x", ""],
    ["in the middle", "To: b@x\n", "Bcc: secret@x\n", "Cc: c@x\n"],
    ["twice", "To: b@x\n", "Bcc: secret@x\nbcc: secret@y\n", "Cc: c@x\n"],
    ["folded", "To: b@x\n", "Bcc: secret@x,\n secret@y,\n\tsecret@z\n", "Cc: c@x\n"],
    ["folded after the colon", "To: b@x\n", "Bcc:\n secret@x\n", "Cc: c@x\n"],
    ["folded by a CR alone", "To: b@x\n", "Bcc: a@x,\n\rsecret@x\n", "Cc: c@x\n"],
    ["with blanks before the colon", "To: b@x\n", "bcc \t: secret@x\n", "Cc: c@x\n"],
    ["with NUL in its name", "To: b@x\n", "B\0cc: secret@x\n", "Cc: c@x\n"],
    ["in mixed case", "To: b@x\n", "bCC: secret@x\n", "Cc: c@x\n"],
    ["empty", "To: b@x\n", "Bcc:\n", "Cc: c@x\n"],
    ["as Resent-Bcc", "To: b@x\n", "Resent-Bcc: secret@x\n", "Cc: c@x\n"],
    ["alone", "", "Bcc: secret@x\n", ""]
  ]
  for (const [what, before, bcc, after] of blindCopies) {
    it(`S8: is Bcc, ${what}, from both renderings`, () => {
      const { local, wire } = edit(complete(before + bcc + after))
      const rest = completeWire((before + after).replaceAll("\n", "\r\n"))
      assert.strictEqual(wire, rest)
      assert.strictEqual(local, rest)
    })
  }

  it("is what an earlier delivery wrote, from the wire alone", () => {
    const trace = "Return-Path: <a@x>\nOriginal-Recipient: rfc822;b@x\nResent-Reply-To: c@x\n"
    const { changes, local, wire } = edit(complete(`${trace}Received: from a\nReceived: from b\n`))
    assert.strictEqual(wire, completeWire("Received: from a\r\nReceived: from b\r\n"))
    assert.strictEqual(
      local,
      completeWire(`${trace.replaceAll("\n", "\r\n")}Received: from a\r\nReceived: from b\r\n`)
    )
    assert.deepStrictEqual(changes, [
      "Removed Return-Path",
      "Removed Original-Recipient",
      "Removed Resent-Reply-To"
    ])
  })

  it("is nothing else: every occurrence of every other field stays, in its order", () => {
    const fields =
      "To: a@x\nCc: b@x\nCc: c@x\nReply-To: d@x\nReply-To: e@x\nContent-Type: text/plain\nX-Bcc: f@x\n"
    assert.strictEqual(edit(complete(fields)).wire, completeWire(fields.replaceAll("\n", "\r\n")))
  })

  it("S8: is Bcc wherever it stands among anything", () => {
    const field = FastCheck.constantFrom(
      "To: a@x\n",
      "Bcc: SECRET\n",
      "bcc : a@x,\n SECRET\n",
      "RESENT-BCC:SECRET\n",
      "Bcc:\n\tSECRET\n \n SECRET\n",
      "X: y\n z\n",
      "Return-Path: <a@x>\n"
    )
    FastCheck.assert(
      FastCheck.property(FastCheck.array(field, { maxLength: 12 }), (fields) => {
        const { local, wire } = edit(fields.join(""))
        assert.notInclude(wire + local, "SECRET")
        const count = fields.filter((one) => one.startsWith("To:") || one.startsWith("X:")).length
        assert.strictEqual(wire.match(/^(?:To|X):/gm)?.length ?? 0, count)
      })
    )
  })
})
