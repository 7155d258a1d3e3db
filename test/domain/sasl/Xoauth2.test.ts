import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Redacted from "effect/Redacted"
import { toBase64, utf8 } from "../../../src/domain/sasl/Octets.ts"
import { start } from "../../../src/domain/sasl/Xoauth2.ts"
import { problemOf, text } from "./saslAssertions.ts"

const begin = (username = "someuser@example.com", token = "ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg") =>
  start({ username, token: Redacted.make(token) })

describe("XOAUTH2", () => {
  it("sends the message of Google's description", () => {
    const { initialResponse } = Either.getOrThrow(begin())
    assert.strictEqual(
      initialResponse === undefined ? "" : toBase64(initialResponse),
      "dXNlcj1zb21ldXNlckBleGFtcGxlLmNvbQFhdXRoPUJlYXJlciB5YTI5LnZGOWRmdDRxbVRjMk52YjNSbGNrQmhkSFJoZG1semRHRXVZMjl0Q2cBAQ=="
    )
  })

  it("answers an error with an empty line and keeps the server's reason", () => {
    const { exchange } = Either.getOrThrow(begin())
    const error = utf8('{"status":"401","schemes":"bearer mac","scope":"https://mail.google.com/"}')
    const turn = Either.getOrThrow(exchange.respond(error))
    assert.strictEqual(text(turn.response), "")
    assert.strictEqual(turn.complaint, "token refused (status 401, scope https://mail.google.com/)")
  })

  it("does not believe a success after an error, nor answers a second one", () => {
    const turn = Either.getOrThrow(Either.getOrThrow(begin()).exchange.respond(utf8("{}")))
    assert.strictEqual(problemOf(turn.exchange.conclude).reason, "BadChallenge")
    assert.strictEqual(problemOf(turn.exchange.respond(utf8("{}"))).reason, "BadChallenge")
  })

  it("repeats nothing of an error that it can't vouch for", () => {
    const { exchange } = Either.getOrThrow(begin())
    const hostile = [
      "{",
      "null",
      "[]",
      '"x"',
      "12",
      '{"status":{"a":1}}',
      '{"status":"\\u001b[2J"}',
      "\u00ff"
    ]
    for (const error of [...hostile, `{"status":"${"x".repeat(201)}"}`, '{"__proto__":{"status":"401"}}']) {
      assert.strictEqual(Either.getOrThrow(exchange.respond(utf8(error))).complaint, "token refused", error)
    }
  })

  it("never throws at an error", () => {
    FastCheck.assert(
      FastCheck.property(FastCheck.uint8Array(), FastCheck.json(), (octets, json) => {
        const { exchange } = Either.getOrThrow(begin())
        assert.isTrue(Either.isRight(exchange.respond(octets)))
        assert.isTrue(Either.isRight(exchange.respond(utf8(json))))
      })
    )
  })

  it("refuses what would end a field, and says nothing of the token", () => {
    for (const [username, token] of [
      ["u\u0001auth=Bearer x", "t"],
      ["u", "canary\u0001"],
      ["u", "canary canary"],
      ["u", "canary\r\nRSET"],
      ["u", ""],
      ["", "canary"]
    ] as const) {
      const problem = problemOf(begin(username, token))
      assert.strictEqual(problem.reason, "BadCredentials")
      assert.notInclude(problem.message, "canary")
    }
  })
})
