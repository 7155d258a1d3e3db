import { assert, describe, it } from "@effect/vitest"
import { addressProblem, badAddress } from "../../../src/domain/mail/AddressProblem.ts"

describe("a problem with an address", () => {
  it("L11: shows what was found on one line, and not at length", () => {
    assert.strictEqual(addressProblem("fault", 0, "a\r\nb\u001b", "x").found, "a\\r\\nb\\x1b")
    assert.strictEqual(Array.from(addressProblem("fault", 0, "a".repeat(200), "x").found).length, 81)
  })

  it("becomes an error that says where, what and why", () => {
    const error = badAddress("To", addressProblem("fault", 3, "joe@", "no domain"))
    assert.strictEqual(error.message, 'To "joe@": no domain')
    assert.strictEqual(error.reason, "BadAddress")
  })
})
