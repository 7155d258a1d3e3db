import { assert, describe, it } from "@effect/vitest"
import * as Limits from "../../../src/domain/reception/Limits.ts"
import * as Reception from "../../../src/domain/reception/Reception.ts"

interface Talk {
  readonly codes: ReadonlyArray<string>
  readonly last: Reception.ReceptionStep
}

/** The code of the last line of each reply. */
const talk = (...lines: ReadonlyArray<string | undefined>): Talk => {
  let last = Reception.start("here.example")
  const codes: Array<string> = []
  for (const line of lines) {
    last = Reception.step(last.state, line)
    codes.push(last.replies.trimEnd().split("\r\n").at(-1)?.slice(0, 3) ?? "")
  }
  return { codes, last }
}

const codesOf = (...lines: ReadonlyArray<string | undefined>) => talk(...lines).codes.join(" ")

const begun = ["EHLO x", "MAIL FROM:<a@b.org>", "RCPT TO:<c@d.org>"]

describe("the receiving side of SMTP", () => {
  it("greets first, and offers what a pipe is good for", () => {
    assert.strictEqual(Reception.start("here.example").replies, "220 here.example ESMTP esmtp\r\n")
    assert.strictEqual(
      talk("EHLO x").last.replies,
      "250-here.example\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 ENHANCEDSTATUSCODES\r\n"
    )
    assert.strictEqual(talk("HELO x").last.replies, "250 here.example\r\n")
  })

  it("collects an envelope and then the message", () => {
    const { codes, last } = talk(
      "EHLO x",
      "MAIL FROM:<> BODY=8BITMIME SIZE=3",
      "RCPT TO:<c@d.org>",
      "RCPT TO:<e>",
      "DATA"
    )
    assert.deepStrictEqual(codes, ["250", "250", "250", "250", "354"])
    assert.strictEqual(last.next, "message")
    assert.deepStrictEqual(last.state.transaction, {
      sender: "",
      recipients: ["c@d.org", "e"],
      body: "8BITMIME"
    })
    const after = Reception.messageTaken(last.state, "250 2.0.0 Ok")
    assert.deepStrictEqual([after.next, after.state.transaction], ["command", undefined])
  })

  const refusals: ReadonlyArray<
    readonly [what: string, lines: ReadonlyArray<string | undefined>, code: string]
  > = [
    ["MAIL before EHLO", ["MAIL FROM:<a@b.org>"], "503"],
    ["a second MAIL", ["EHLO x", "MAIL FROM:<a@b.org>", "MAIL FROM:<a@b.org>"], "503"],
    ["RCPT before MAIL", ["EHLO x", "RCPT TO:<a@b.org>"], "503"],
    ["DATA without a recipient", ["EHLO x", "MAIL FROM:<a@b.org>", "DATA"], "554"],
    ["DATA before MAIL", ["EHLO x", "DATA"], "503"],
    ["a parameter that was not offered", ["EHLO x", "MAIL FROM:<a@b.org> RET=HDRS"], "555"],
    ["a parameter of RCPT", [...begun, "RCPT TO:<a@b.org> NOTIFY=NEVER"], "555"],
    ["a reverse-path that is none", ["EHLO x", "MAIL FROM:<a b@c>"], "553"],
    ["a recipient that is none", [...begun, "RCPT TO:<>"], "553"],
    ["two addresses in one", [...begun, "RCPT TO:<a@b.org,c@d.org>"], "553"],
    ["an option in place of an address", [...begun, "RCPT TO:<-x>"], "553"],
    ["a control character [S5]", [...begun, "RCPT TO:<a@b.org>\u0000"], "501"],
    ["a line feed that got through [S5]", [...begun, "RCPT TO:<a@b.org>\rDATA"], "501"],
    ["AUTH", ["EHLO x", "AUTH PLAIN AGEAYg=="], "500"],
    ["STARTTLS", ["EHLO x", "STARTTLS"], "500"],
    ["what is no SMTP", ["From: me"], "500"],
    ["a line that is too long", [undefined], "500"]
  ]
  for (const [what, lines, code] of refusals) {
    it(`refuses ${what}`, () => {
      const { codes, last } = talk(...lines)
      assert.strictEqual(codes.at(-1), code)
      assert.strictEqual(last.next, "command")
    })
  }

  it("forgets an envelope at RSET and EHLO", () => {
    assert.strictEqual(codesOf(...begun, "RSET", "DATA"), "250 250 250 250 503")
    assert.strictEqual(codesOf(...begun, "EHLO x", "DATA"), "250 250 250 250 503")
  })

  it("keeps good recipients when others are refused", () => {
    const { last } = talk(...begun, "RCPT TO:<no@@no>", "RCPT TO:<e@f.org>", "DATA")
    assert.deepStrictEqual(last.state.transaction?.recipients, ["c@d.org", "e@f.org"])
  })

  it("takes as many recipients as its limit says, and not one more", () => {
    const { state } = talk("EHLO x", "MAIL FROM:<a@b.org>").last
    const recipients = Array.from({ length: Limits.recipients - 1 }, () => "c@d.org")
    const almost = { ...state, transaction: { sender: "a@b.org", recipients } }
    const full = Reception.step(almost, "RCPT TO:<c@d.org>")
    assert.match(full.replies, /^250 /)
    assert.match(Reception.step(full.state, "RCPT TO:<c@d.org>").replies, /^452 /)
  })

  it("gives up on what makes as many mistakes in a row as its limit says", () => {
    const faults = (count: number) => Array.from({ length: count }, () => "Received: by nobody")
    assert.strictEqual(talk(...faults(Limits.faults - 1)).last.next, "command")
    const { last } = talk(...faults(Limits.faults))
    assert.strictEqual(last.next, "abandon")
    assert.match(last.replies, /\r\n421 /)
    assert.strictEqual(talk(...faults(Limits.faults - 1), "NOOP", "x").last.next, "command")
  })

  it("says goodbye", () => {
    const { codes, last } = talk("QUIT")
    assert.deepStrictEqual([codes, last.next], [["221"], "end"])
  })
})
