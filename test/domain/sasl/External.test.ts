import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import { start } from "../../../src/domain/sasl/External.ts"
import { empty } from "../../../src/domain/sasl/Octets.ts"
import { problemOf, text } from "./saslAssertions.ts"

describe("EXTERNAL", () => {
  it("asks for the configured identity (RFC 4422 appendix A)", () => {
    assert.strictEqual(
      text(Either.getOrThrow(start({ username: "fred@example.com" })).initialResponse),
      "fred@example.com"
    )
  })

  it("leaves the identity to the certificate if none is configured", () => {
    assert.deepStrictEqual(Either.getOrThrow(start({})).initialResponse, empty)
    assert.deepStrictEqual(Either.getOrThrow(start({ username: "" })).initialResponse, empty)
  })

  it("refuses NUL", () => {
    assert.strictEqual(problemOf(start({ username: "a\0b" })).reason, "BadCredentials")
  })

  it("has nothing to say to a challenge", () => {
    const { exchange } = Either.getOrThrow(start({}))
    assert.strictEqual(problemOf(exchange.respond(empty)).reason, "BadChallenge")
    assert.isTrue(Either.isRight(exchange.conclude))
  })
})
