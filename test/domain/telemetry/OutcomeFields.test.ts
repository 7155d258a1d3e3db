import { assert, describe, it } from "@effect/vitest"
import type { Envelope } from "../../../src/domain/mail/Envelope.ts"
import { Mailbox } from "../../../src/domain/mail/Mailbox.ts"
import type { Verdict } from "../../../src/domain/queue/Verdict.ts"
import { outcomeFields } from "../../../src/domain/telemetry/OutcomeFields.ts"

const envelope = (count: number): Envelope => ({
  reversePath: Mailbox("me@x.org"),
  recipients: Array.from({ length: count }, (_, at) => ({ mailbox: Mailbox(`u${at}@y.org`), route: "relay" }))
})

const fields = (verdict: Verdict, count = 1) =>
  outcomeFields({
    queueId: "Q1",
    envelope: envelope(count),
    sizeBytes: 17,
    delayMillis: 1234,
    ruling: { recipients: Array.from({ length: count }, (_, at) => at), verdict }
  })

describe("the summary line of a message", () => {
  it("has what an administrator of mail looks for", () => {
    assert.deepStrictEqual(
      fields({ status: "delivered", by: "smtp", text: "250 Ok", relay: "relay:25", enhanced: "2.0.0" }),
      {
        queueId: "Q1",
        from: "me@x.org",
        to: "u0@y.org",
        size: 17,
        relay: "relay:25",
        delay: 1.23,
        dsn: "2.0.0",
        status: "sent",
        reply: "250 Ok"
      }
    )
  })

  it("counts a crowd of recipients", () => {
    const { status, to } = fields({ status: "failed", by: "local", text: "no" }, 7)
    assert.deepStrictEqual(
      [status, to],
      ["bounced", "u0@y.org,u1@y.org,u2@y.org,u3@y.org,u4@y.org and 2 more"]
    )
  })
})
