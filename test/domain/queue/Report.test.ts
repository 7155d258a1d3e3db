import { assert, describe, it } from "@effect/vitest"
import { Mailbox } from "../../../src/domain/mail/Mailbox.ts"
import { type ReportFacts, reportText } from "../../../src/domain/queue/Report.ts"

const facts: ReportFacts = {
  action: "failed",
  reportingHost: "laptop.example.org",
  queueId: "00Kq3abcdEFGH1234",
  to: Mailbox("joe@example.org"),
  envid: "QQ314159",
  arrivedAt: 0,
  recipients: [
    {
      mailbox: Mailbox("ann@example.net"),
      originalRecipient: "Ann@example.net",
      status: "5.1.1",
      explanation: "refused by relay.example.org:587: 550 5.1.1 No such user",
      diagnostic: "550 5.1.1 No such user",
      remoteHost: "relay.example.org",
      lastAttemptAt: 60_000
    }
  ],
  returned: "message",
  returnedIsEightBit: false,
  date: "Thu, 1 Jan 1970 00:02:00 +0000",
  messageId: "<1@laptop.example.org>",
  boundary: "=_esmtp_1",
  formatDate: (millis) => new Date(millis).toUTCString()
}

const render = (change: Partial<ReportFacts>): string => {
  const text = reportText({ ...facts, ...change })
  return `${text.header}${text.before}Subject: original\r\n\r\nbody\r\n${text.after}`
}

describe("reportText", () => {
  it("is a multipart/report of three parts (RFC 6522 §3)", () => {
    const parts = render({}).split("--=_esmtp_1")
    assert.strictEqual(parts.length, 5)
    assert.match(parts[0] ?? "", /^Content-Type: multipart\/report; report-type=delivery-status;$/m)
    assert.match(parts[1] ?? "", /^\r\nContent-Type: text\/plain; charset=us-ascii\r\n/)
    assert.match(parts[2] ?? "", /^\r\nContent-Type: message\/delivery-status\r\n/)
    assert.match(
      parts[3] ?? "",
      /^\r\nContent-Type: message\/rfc822\r\n[\s\S]*\r\n\r\nSubject: original\r\n\r\nbody\r\n/
    )
    assert.strictEqual(parts[4], "--\r\n")
  })

  it("names every recipient with its status and the relay's words (RFC 3464 §2.3)", () => {
    const text = render({})
    for (const line of [
      "Original-Envelope-Id: QQ314159",
      "Original-Recipient: rfc822; Ann@example.net",
      "Final-Recipient: rfc822; ann@example.net",
      "Action: failed",
      "Status: 5.1.1",
      "Remote-MTA: dns; relay.example.org",
      "Diagnostic-Code: smtp; 550 5.1.1 No such user"
    ]) {
      assert.include(text, `${line}\r\n`)
    }
  })

  it("can't be answered by a robot (RFC 3834 §5)", () => {
    assert.include(render({}), "\r\nAuto-Submitted: auto-replied\r\n")
  })

  it("says until when a delayed message is tried", () => {
    const text = render({ action: "delayed", retriedUntil: 432_000_000 })
    assert.include(text, "Action: delayed\r\n")
    assert.include(text, "Will-Retry-Until: Tue, 06 Jan 1970 00:00:00 GMT\r\n")
    assert.notInclude(text, "No further attempt")
  })

  it("keeps hostile server text inside its field", () => {
    const recipient = facts.recipients[0]
    assert.isDefined(recipient)
    const evil = "550 no\r\nBcc: victim@example.com\r\n\r\n--=_esmtp_1--\r\n\u001b[2Jé"
    const text = render({ recipients: [{ ...recipient, diagnostic: evil, explanation: evil }] })
    assert.notMatch(text, /^Bcc:/m)
    assert.strictEqual(text.match(/^--=_esmtp_1--/gm)?.length, 1)
    assert.match(text, /^[\r\n\x20-\x7e]*$/)
  })

  it("holds no line longer than RFC 5322 §2.1.1 allows", () => {
    const recipient = facts.recipients[0]
    assert.isDefined(recipient)
    const text = render({ recipients: [{ ...recipient, diagnostic: "x".repeat(5000) }] })
    assert.isTrue(text.split("\r\n").every((line) => line.length <= 998))
  })

  it("returns only the header when asked to (RFC 3461 §4.3)", () => {
    assert.include(render({ returned: "header" }), "Content-Type: text/rfc822-headers\r\n")
  })
})
