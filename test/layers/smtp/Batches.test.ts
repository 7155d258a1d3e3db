import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import type { Recipient } from "../../../src/domain/mail/Envelope.ts"
import type { RecipientResult } from "../../../src/domain/smtp/DialogueTypes.ts"
import type { EnhancedStatus, Reply } from "../../../src/domain/smtp/Reply.ts"
import { RecipientsRejected } from "../../../src/domain/smtp/SmtpError.ts"
import { inBatches } from "../../../src/layers/smtp/Batches.ts"
import { envelopeTo } from "../../support/smtpFixtures.ts"

const peer = { host: "mail.example.com", service: "25" }

const recipients = (count: number) =>
  envelopeTo(...Array.from({ length: count }, (_, index) => `r${index}@example.com`)).recipients

const answer = (recipient: Recipient, code: number, enhanced?: EnhancedStatus): RecipientResult => {
  const reply: Reply = { code, lines: [], ...(enhanced === undefined ? {} : { enhanced }) }
  const rejected = [{ mailbox: recipient.mailbox, reply }]
  const result =
    code < 300 ? Either.right(reply) : Either.left(new RecipientsRejected({ peer, rejected, accepted: [] }))
  return { recipient, result }
}

/** The sizes of the batches when the server answers each recipient of each batch with the next of these codes. */
const batchesFor = (
  count: number,
  codes: ReadonlyArray<number>,
  requireAllRecipients = false,
  enhanced?: EnhancedStatus
) => {
  const sizes: Array<number> = []
  const settled: Array<number> = []
  let asked = 0
  return inBatches(recipients(count), {
    limit: 100,
    requireAllRecipients,
    transact: (batch) =>
      Effect.sync(() => {
        sizes.push(batch.length)
        return batch.map((recipient) => answer(recipient, codes[asked++ % codes.length] ?? 250, enhanced))
      }),
    onSettled: (results) => Effect.sync(() => settled.push(results.length))
  }).pipe(Effect.map((results) => ({ sizes, settled, results })))
}

describe("Batches", () => {
  it.effect("cuts at the limit", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual((yield* batchesFor(0, [250])).sizes, [])
      assert.deepStrictEqual((yield* batchesFor(100, [250])).sizes, [100])
      assert.deepStrictEqual((yield* batchesFor(201, [250])).sizes, [100, 100, 1])
    })
  )

  it.effect("keeps all in one transaction where all are required, whatever the server says", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual((yield* batchesFor(201, [250, 452], true)).sizes, [201])
      assert.deepStrictEqual((yield* batchesFor(0, [250], true)).sizes, [])
    })
  )

  it.effect("asks again for those that were one too many, as long as some get through", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual((yield* batchesFor(4, [250, 452, 452, 452])).sizes, [4, 3, 2, 1])
      assert.deepStrictEqual((yield* batchesFor(4, [452])).sizes, [4])
      assert.deepStrictEqual((yield* batchesFor(2, [250, 552, 250])).sizes, [2, 1])
    })
  )

  it.effect("tells what each transaction has settled, without those that are asked again", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual((yield* batchesFor(4, [250, 452, 452, 452])).settled, [1, 1, 1, 1])
      assert.deepStrictEqual((yield* batchesFor(4, [452])).settled, [4])
      assert.deepStrictEqual((yield* batchesFor(150, [250])).settled, [100, 50])
    })
  )

  it.effect("does not ask again for what concerns the mailbox or the message", () =>
    Effect.gen(function* () {
      const status = (subject: number) => ({ class: 4, subject, detail: 2 }) as const
      assert.deepStrictEqual((yield* batchesFor(2, [250, 452], false, status(2))).sizes, [2])
      assert.deepStrictEqual((yield* batchesFor(2, [250, 452], false, status(5))).sizes, [2, 1])
      assert.deepStrictEqual((yield* batchesFor(2, [250, 552], false, status(3))).sizes, [2])
      assert.deepStrictEqual((yield* batchesFor(2, [250, 450])).sizes, [2])
    })
  )

  it.effect.prop(
    "gives exactly one result for each recipient, in their order, and always ends",
    [
      FastCheck.integer({ min: 0, max: 350 }),
      FastCheck.array(FastCheck.constantFrom(250, 452, 550, 450), { minLength: 1, maxLength: 7 })
    ],
    ([count, codes]) =>
      Effect.gen(function* () {
        const { results, settled } = yield* batchesFor(count, codes)
        assert.strictEqual(
          settled.reduce((sum, size) => sum + size, 0),
          count
        )
        assert.strictEqual(results.length, count)
        results.forEach(({ recipient }, index) => {
          assert.strictEqual(recipient.mailbox, `r${index}@example.com`)
        })
      })
  )
})
