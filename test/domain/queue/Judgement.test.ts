import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import type { Envelope } from "../../../src/domain/mail/Envelope.ts"
import { Mailbox } from "../../../src/domain/mail/Mailbox.ts"
import type { DeliveryError, Outcome, Receipt } from "../../../src/domain/mail/Outcome.ts"
import { rulingsOf, verdictOf, waitsFor } from "../../../src/domain/queue/Judgement.ts"
import { auth, connect, message, recipients, reply, timeout } from "../invocation/failures.ts"

const envelope: Envelope = {
  reversePath: Mailbox("me@x.org"),
  recipients: ["a@y.org", "b@y.org", "c@y.org"].map((text) => ({ mailbox: Mailbox(text), route: "relay" }))
}

const outcome = (at: number, result: Outcome["result"]): Outcome => {
  const recipient = envelope.recipients[at]
  if (recipient === undefined) throw new RangeError(`no recipient ${at}`)
  return { recipient, result }
}

const relayed: Receipt = { _tag: "Relayed", reply: reply(250, "Ok"), relay: "relay:25" }
const failed = (error: DeliveryError): Outcome["result"] => Either.left(error)

describe("verdictOf", () => {
  it("keeps the relay's words apart from ours", () => {
    const verdict = verdictOf(outcome(0, failed(recipients(["a@y.org", 550, "No such user"]))))
    assert.deepInclude(verdict, {
      status: "failed",
      by: "smtp",
      enhanced: "5.1.0",
      diagnostic: "550 No such user"
    })
    assert.include(verdict.text, "<a@y.org>")
  })

  it("takes of a refusal of several only the words to this recipient", () => {
    const both = recipients(["a@y.org", 550, "gone"], ["b@y.org", 450, "later"])
    assert.deepInclude(verdictOf(outcome(0, failed(both))), { status: "failed", diagnostic: "550 gone" })
    assert.deepInclude(verdictOf(outcome(1, failed(both))), { status: "deferred", diagnostic: "450 later" })
  })

  it("leaves it open whether a message was taken when the session broke after the final dot (RFC 1047)", () => {
    assert.isTrue(verdictOf(outcome(0, failed(connect("Lost", "final-dot")))).possibleDuplicate)
    assert.isTrue(verdictOf(outcome(0, failed(timeout("final-dot")))).possibleDuplicate)
    assert.isUndefined(verdictOf(outcome(0, failed(connect("Lost", "data")))).possibleDuplicate)
  })
})

describe("rulingsOf", () => {
  it("says once what holds for several recipients, by their place in the envelope", () => {
    const rulings = rulingsOf(envelope, [
      outcome(0, Either.right(relayed)),
      outcome(1, failed(recipients(["b@y.org", 450]))),
      outcome(2, Either.right(relayed))
    ])
    assert.deepStrictEqual(
      rulings.map(({ recipients: positions, verdict }) => [positions, verdict.status]),
      [
        [[0, 2], "delivered"],
        [[1], "deferred"]
      ]
    )
  })
})

describe("waitsFor", () => {
  it("is the longest wait among the failures", () => {
    assert.strictEqual(waitsFor([outcome(0, Either.right(relayed))]), "recipient")
    assert.strictEqual(
      waitsFor([
        outcome(0, failed(recipients(["a@y.org", 450]))),
        outcome(1, failed(message("Refused", 451)))
      ]),
      "message"
    )
    assert.strictEqual(
      waitsFor([outcome(0, failed(auth("Rejected", 535))), outcome(1, failed(connect("Refused")))]),
      "account"
    )
  })
})
