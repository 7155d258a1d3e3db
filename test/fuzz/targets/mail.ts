/** What a message says: addresses, header, body. */
import { strict as assert } from "node:assert"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import { parseAddressList } from "../../../src/domain/mail/AddressList.ts"
import { parseMailbox, parseOperand, parseReversePath } from "../../../src/domain/mail/AddressOperand.ts"
import { fromBytes } from "../../../src/domain/mail/ByteString.ts"
import * as DotStuffing from "../../../src/domain/mail/DotStuffing.ts"
import { authorOf, parseHeaderBlock, recipientsOf } from "../../../src/domain/mail/HeaderBlock.ts"
import { editHeader } from "../../../src/domain/mail/HeaderEdits.ts"
import { makeAddressField } from "../../../src/domain/mail/HeaderField.ts"
import * as HeaderScan from "../../../src/domain/mail/HeaderScan.ts"
import * as Limits from "../../../src/domain/mail/Limits.ts"
import * as LineEnds from "../../../src/domain/mail/LineEnds.ts"
import * as LoneDot from "../../../src/domain/mail/LoneDot.ts"
import { Mailbox } from "../../../src/domain/mail/Mailbox.ts"
import { hasControl, printable } from "../../../src/domain/telemetry/Printable.ts"
import { convert } from "../../domain/mime/converted.ts"
import { assertCanonical, assertOneLine, piecesOf, type Target, toOctets, toText, toUtf8 } from "../Target.ts"

/** As one goes out, it comes back. */
const assertMailbox = (mailbox: Mailbox): void => {
  assertOneLine(mailbox, "a mailbox")
  assert.ok(!hasControl(mailbox))
  assert.deepEqual(parseMailbox(mailbox), Either.right(mailbox), "a mailbox is read as another one")
}

const addresses: Target = {
  name: "addresses",
  seeds: [
    "Joe <joe@example.org>, ann@example.net",
    "Team: a@x, b@x;, c@x",
    '"Doe, J\\"" <j@x> (comment (nested))',
    "undisclosed-recipients:;",
    "<@a,@b:c@d>",
    "=?utf-8?q?@?=.",
    '"a b"@[127.0.0.1], jörg@bücher.example',
    "mailto:a@x",
    "a@x b@y c@z"
  ],
  check: (input) => {
    const { addresses: found, problems } = parseAddressList(toUtf8(input))
    assert.ok(problems.length <= 2 * Limits.addressProblems)
    for (const { mailbox } of found) assertMailbox(mailbox)
    for (const { mailbox, displayName = "" } of found.slice(0, 2)) {
      const field = makeAddressField("From", { mailbox, displayName })
      assertCanonical(toOctets(field.raw), "a field")
    }
  }
}

const operand: Target = {
  name: "operand",
  seeds: ["a@x", "<a@x>", "a@x,b@x", "Joe <a@x>", "<>", " ", "-a", '"-a"@x', "a@x>\r\nRSET"],
  check: (input) => {
    const text = toUtf8(input)
    Either.map(parseOperand(text), (mailboxes) => mailboxes.forEach(assertMailbox))
    Either.map(parseReversePath(text), (path) => {
      if (path !== "") assertMailbox(path)
    })
  }
}

const headerOf = (pieces: ReadonlyArray<Uint8Array>): readonly [header: string, body: string] => {
  let scan = HeaderScan.initial
  for (const [at, piece] of pieces.entries()) {
    const step = HeaderScan.step(scan, piece)
    if (step._tag === "Ended")
      return [fromBytes(step.header), [step.rest, ...pieces.slice(at + 1)].map(fromBytes).join("")]
    if (step._tag === "TooLarge") return ["too large", ""]
    scan = step.scan
  }
  const end = HeaderScan.finish(scan)
  return end._tag === "Ended" ? [fromBytes(end.header), fromBytes(end.rest)] : ["too large", ""]
}

const made = {
  epochMillis: 0,
  utcOffsetMinutes: 0,
  from: Mailbox("me@example.org"),
  fullName: "Jörg, der Große",
  host: "host.example",
  addMessageId: true,
  processId: 1,
  random: "x"
}

const header: Target = {
  name: "header",
  seeds: [
    "From: a@x\nTo: b@x\n c@x\nBcc: d@x\n\nbody",
    "Resent-To: a@x\r\nResent-Bcc: b@x\r\nbcc : c@x\r\n\r\n",
    "From a@x Thu Jan  1 00:00:00 1970\n>From b@x Thu\nSubject: x\r\n\r\n.",
    "Received: x\nReceived: y\nFrom: =?utf-8?q?=40?= <a@x>\n",
    "Subject\t: \0\r\n \xff\r\rX: y\n\n",
    "no header at all"
  ],
  check: (input) => {
    const cut = headerOf([input])
    assert.deepEqual(headerOf(piecesOf(input)), cut, "the header ends where it ends, in any pieces")
    const block = parseHeaderBlock(toOctets(cut[0]))
    if (Either.isLeft(block)) return
    for (const { mailbox } of recipientsOf(block.right).addresses) assertMailbox(mailbox)
    Option.map(authorOf(block.right), assertMailbox)
    const edited = editHeader(block.right, made).header
    for (const octets of [edited.wire, edited.local]) {
      const text = toText(octets)
      assertCanonical(octets, "the header")
      assert.match(text, /^(?:.+\r\n)*\r\n$/, "one empty line, at the end")
      assert.ok(!/^(?:resent-)?bcc[ \t]*:/im.test(text), "Bcc is gone")
    }
    const again = parseHeaderBlock(edited.wire.subarray(0, -2))
    assert.ok(Either.isRight(again))
    assert.equal(
      toText(editHeader(again.right, made).header.wire),
      toText(edited.wire),
      "edited once is edited"
    )
  }
}

/** What a server makes of it. */
const unstuffed = (wire: string): string => wire.replaceAll("\r\n..", "\r\n.").replace(/^\.\./, ".")

const body: Target = {
  name: "body",
  seeds: ["a\nb\r\n.\rc\n.\r\n..\n", ".", "\r", "\0\r\0\n", "\xff\n\r\n.\r\r\n"],
  check: (input) => {
    const through = (pieces: ReadonlyArray<Uint8Array>) => {
      let state = LineEnds.initial
      const parts: Array<Uint8Array> = []
      for (const piece of pieces) {
        const step = LineEnds.step(state, Uint8Array.from(piece))
        parts.push(step.octets)
        state = step.state
      }
      const end = LineEnds.finish(state)
      return { parts: [...parts, end.octets], facts: LineEnds.bodyFacts(end.state) }
    }
    const whole = through([input])
    const pieces = through(piecesOf(input))
    const canonical = Buffer.concat(whole.parts)
    assert.deepEqual(Buffer.concat(pieces.parts), canonical)
    assert.deepEqual(pieces.facts, whole.facts)
    assertCanonical(canonical, "a body")
    assert.ok(canonical.length === 0 || canonical.subarray(-2).toString() === "\r\n")
    const stuff = DotStuffing.make()
    const wire = `${Buffer.concat(pieces.parts.map(stuff)).toString("latin1")}.\r\n`
    const end = wire.startsWith(".\r\n") ? -2 : wire.indexOf("\r\n.\r\n")
    assert.equal(end, wire.length - 5, "the end is at the end")
    assert.equal(unstuffed(wire.slice(0, -3)), canonical.toString("latin1"))
  }
}

const loneDot: Target = {
  name: "lone-dot",
  seeds: ["a\n.\nb", ".\r\n", "..\n.\r", "\n."],
  check: (input) => {
    const through = (pieces: ReadonlyArray<Uint8Array>): string => {
      let state = LoneDot.initial
      let kept = ""
      for (const piece of pieces) {
        const step = LoneDot.step(state, piece)
        kept += toText(step.octets)
        if (step.isEnd) return kept
        state = step.state
      }
      return kept + toText(LoneDot.finish(state))
    }
    const kept = through([input])
    assert.equal(through(piecesOf(input)), kept)
    assert.ok(toText(input).startsWith(kept))
  }
}

const mime: Target = {
  name: "mime",
  seeds: [
    "Subject: x\r\n\r\nGr\xc3\xbc\xc3\x9fe\r\n",
    'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n\r\n\xff\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: \xc3\xbc\r\n\r\nx\r\n--b--\r\n',
    "Content-Type: text/plain; charset=utf-16\r\nContent-Transfer-Encoding: binary\r\n\r\n\xff\r\n",
    'From: J\xc3\xb6rg <a@x>\r\nContent-Disposition: attachment; filename="\xc3\xbc"\r\n\r\n\r\n'
  ],
  check: (input) => {
    const [head, rest] = headerOf([input])
    const block = parseHeaderBlock(toOctets(head))
    if (Either.isLeft(block)) return
    const { octets, state } = LineEnds.step(LineEnds.initial, toOctets(rest))
    const canonical = Buffer.concat([octets, LineEnds.finish(state).octets]).toString("latin1")
    const source = toText(editHeader(block.right, made).header.wire) + canonical
    const whole = convert(source)
    assert.deepEqual(convert(source, { chunkBytes: 7 }), whole)
    if (Either.isLeft(whole)) return
    const { leftLong, text } = whole.right
    assert.ok(!/[\x80-\xff]/.test(text), "seven bits")
    assertCanonical(toOctets(text), "a converted message")
    if (leftLong !== undefined) return
    // A field without blanks can't be folded; a body can always be encoded.
    const long = text.split("\r\n").filter((line) => line.length > 998)
    for (const line of long) assert.match(line, /^(?:[!-9;-~]+[ \t]*:|[ \t])/, "long lines are fields")
  }
}

const shown: Target = {
  name: "printable",
  seeds: ["a\r\nb\x1b[31m", "\xe2\x80\xae", "\xf0\x9f\x98\x80", "x\0"],
  check: (input) => {
    const text = toUtf8(input)
    const once = printable(text, 100)
    assertOneLine(once, "what is shown")
    assert.ok(!hasControl(once))
    assert.equal(printable(once, 1000), once)
    assert.ok([...once].length <= 101)
  }
}

export const mailTargets: ReadonlyArray<Target> = [addresses, operand, header, body, loneDot, mime, shown]
