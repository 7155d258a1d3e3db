import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import { start } from "../../../src/domain/sasl/Login.ts"
import { empty, utf8 } from "../../../src/domain/sasl/Octets.ts"
import { problemOf, text } from "./saslAssertions.ts"

const begin = () => Either.getOrThrow(start({ username: "user", password: Redacted.make("secret") }))

describe("LOGIN", () => {
  it("answers two prompts, whatever they say", () => {
    for (const [first, second] of [
      ["Username:", "Password:"],
      ["User Name\0", "Password\0"],
      ["", ""],
      ["\u00ff\u0001", "Username:"]
    ] as const) {
      const opening = begin()
      assert.strictEqual(opening.initialResponse, undefined)
      const named = Either.getOrThrow(opening.exchange.respond(utf8(first)))
      assert.strictEqual(text(named.response), "user")
      const done = Either.getOrThrow(named.exchange.respond(utf8(second)))
      assert.strictEqual(text(done.response), "secret")
      assert.isTrue(Either.isRight(done.exchange.conclude))
    }
  })

  it("refuses a third prompt", () => {
    const named = Either.getOrThrow(begin().exchange.respond(empty))
    const done = Either.getOrThrow(named.exchange.respond(empty))
    assert.strictEqual(problemOf(done.exchange.respond(empty)).reason, "BadChallenge")
  })

  it("does not believe a success before the password was asked for", () => {
    assert.strictEqual(problemOf(begin().exchange.conclude).reason, "BadChallenge")
    const named = Either.getOrThrow(begin().exchange.respond(empty))
    assert.strictEqual(problemOf(named.exchange.conclude).reason, "BadChallenge")
  })

  it("refuses NUL", () => {
    const result = start({ username: "user", password: Redacted.make("a\0") })
    assert.strictEqual(problemOf(result).reason, "BadCredentials")
  })
})
