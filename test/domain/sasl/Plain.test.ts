import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import { utf8 } from "../../../src/domain/sasl/Octets.ts"
import { start } from "../../../src/domain/sasl/Plain.ts"
import { problemOf, text } from "./saslAssertions.ts"

const begin = (username: string, password: string) => start({ username, password: Redacted.make(password) })

const message = (username: string, password: string): string =>
  text(Either.getOrThrow(begin(username, password)).initialResponse)

describe("PLAIN", () => {
  it("sends the message of RFC 4616 §4", () => {
    assert.strictEqual(message("tim", "tanstaaftanstaaf"), "\0tim\0tanstaaftanstaaf")
  })

  it("keeps blanks and punctuation of a password", () => {
    assert.strictEqual(message("a@b", "  p=,; \\'\"#  "), "\0a@b\0  p=,; \\'\"#  ")
  })

  it("prepares a password that SASLprep has a result for (A4)", () => {
    assert.strictEqual(message("u", "pa\u0308ss\u00a0w"), "\0u\0p\u00e4ss w")
  })

  it("sends a password that SASLprep prohibits as written: the server judges (A4)", () => {
    assert.strictEqual(message("u", "tab\there"), "\0u\0tab\there")
    assert.strictEqual(message("u", "\u05d0x"), "\0u\0\u05d0x")
  })

  it("takes a password of 1000 octets (A4)", () => {
    assert.strictEqual(message("u", "x".repeat(1000)).length, 1003)
  })

  it("refuses NUL and the empty string (A4)", () => {
    for (const [username, password] of [
      ["a\0b", "p"],
      ["u", "a\0b"],
      ["", "p"],
      ["u", ""]
    ] as const) {
      assert.strictEqual(problemOf(begin(username, password)).reason, "BadCredentials")
    }
  })

  it("tells nothing of the password when it refuses", () => {
    assert.notInclude(problemOf(begin("u", "canary\0canary")).message, "canary")
  })

  it("has nothing to say to a challenge", () => {
    const { exchange } = Either.getOrThrow(begin("u", "p"))
    assert.strictEqual(problemOf(exchange.respond(utf8("more"))).reason, "BadChallenge")
    assert.isTrue(Either.isRight(exchange.conclude))
  })
})
