import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import type { RecipientResult } from "../../../src/domain/smtp/DialogueTypes.ts"
import type { Reply } from "../../../src/domain/smtp/Reply.ts"
import { ConnectFailed, RecipientsRejected, type SmtpError } from "../../../src/domain/smtp/SmtpError.ts"
import { isInDoubt } from "../../../src/domain/smtp/Stage.ts"
import { type Answer, resultsOf, type Transaction } from "../../../src/domain/smtp/Transaction.ts"
import { sessionPlan, transactionPlan } from "./dialogue/plans.ts"

const { peer } = sessionPlan()
const accepted: Answer = { _tag: "Accepted" }
const refused: Answer = { _tag: "Refused", reply: { code: 550, lines: ["5.1.1 no"] } }

const transaction = (answers: ReadonlyArray<Answer>, requireAllRecipients: boolean): Transaction => ({
  plan: transactionPlan("a b c", { requireAllRecipients }),
  framing: "dot",
  unsent: [],
  awaiting: [],
  body: "pending",
  mail: { code: 250, lines: ["ok"] },
  answers
})

const taken: Either.Either<Reply, SmtpError> = Either.right({ code: 250, lines: ["taken"] })

const outcome = (one: RecipientResult | undefined): string =>
  one === undefined || Either.isRight(one.result) ? "delivered" : one.result.left._tag

describe("the results of a transaction", () => {
  it("name the reply that refused, and those who were accepted with it", () => {
    const [first, second] = resultsOf(transaction([accepted, refused, accepted], false), peer, taken)
    assert.strictEqual(outcome(first), "delivered")
    const error = Either.getOrThrow(Either.flip(second?.result ?? taken))
    assert.instanceOf(error, RecipientsRejected)
    if (!(error instanceof RecipientsRejected)) return
    assert.deepStrictEqual(
      error.rejected.map(({ mailbox, reply }) => [String(mailbox), reply.code]),
      [["b@x.example", 550]]
    )
    assert.deepStrictEqual(error.accepted.map(String), ["a@x.example", "c@x.example"])
    assert.include(error.message, "550 5.1.1 no")
  })

  it("blame the refusal where all or none may have it, not the verdict that came later", () => {
    const lost = new ConnectFailed({ peer, stage: "data", reason: "Lost" })
    const results = resultsOf(
      transaction([accepted, refused, { _tag: "Unasked" }], true),
      peer,
      Either.left(lost)
    )
    assert.deepStrictEqual(results.map(outcome), ["MessageRejected", "RecipientsRejected", "MessageRejected"])
  })
})

describe("doubt (RFC 1047)", () => {
  it("begins with the last octet of the message", () => {
    assert.isTrue(isInDoubt("final-dot"))
    assert.isFalse(isInDoubt("body"))
  })
})
