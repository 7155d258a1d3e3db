import { assert, describe, it } from "@effect/vitest"
import { deadlineMillis } from "../../../src/domain/smtp/Deadlines.ts"

describe("deadlines", () => {
  it.each([
    ["connect", 30],
    ["greeting", 300],
    ["ehlo", 300],
    ["starttls", 300],
    ["auth", 300],
    ["mail", 300],
    ["rcpt", 300],
    ["data", 120],
    ["body", 180],
    ["final-dot", 600],
    ["rset", 20],
    ["quit", 20]
  ] as const)("of %s: %i seconds (RFC 5321 §4.5.3.2)", (stage, seconds) => {
    assert.strictEqual(deadlineMillis(stage), seconds * 1000)
  })

  it("are never longer than the configuration allows, nor made longer by it", () => {
    assert.strictEqual(deadlineMillis("final-dot", 500), 500)
    assert.strictEqual(deadlineMillis("quit", 60_000), 20_000)
  })
})
