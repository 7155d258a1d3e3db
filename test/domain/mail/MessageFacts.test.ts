import { assert, describe, it } from "@effect/vitest"
import { toBytes } from "../../../src/domain/mail/ByteString.ts"
import { combineFacts, type MessageFacts } from "../../../src/domain/mail/MessageFacts.ts"

const body: MessageFacts = {
  sizeBytes: 100,
  hasEightBitHeader: false,
  hasEightBitBody: false,
  longestLineBytes: 10,
  nulsDropped: 1
}

describe("combineFacts", () => {
  it("adds the octets of header and body, and the NULs of both", () => {
    const facts = combineFacts(toBytes("A: 1\r\n\r\n"), body, 2)
    assert.strictEqual(facts.sizeBytes, 108)
    assert.strictEqual(facts.nulsDropped, 3)
  })

  it("finds the longest line in either", () => {
    assert.strictEqual(combineFacts(toBytes("A: 1\r\n\r\n"), body).longestLineBytes, 10)
    assert.strictEqual(combineFacts(toBytes("A: 1\r\nB: 2345678901\r\n\r\n"), body).longestLineBytes, 13)
    assert.strictEqual(combineFacts(toBytes("\r\n"), body).longestLineBytes, 10)
  })

  it("tells an 8-bit header from an 8-bit body", () => {
    const header = combineFacts(toBytes("A: \xe4\r\n\r\n"), body)
    assert.isTrue(header.hasEightBitHeader)
    assert.isFalse(header.hasEightBitBody)
    const both = combineFacts(toBytes("A: 1\r\n\r\n"), { ...body, hasEightBitBody: true })
    assert.isFalse(both.hasEightBitHeader)
    assert.isTrue(both.hasEightBitBody)
  })
})
