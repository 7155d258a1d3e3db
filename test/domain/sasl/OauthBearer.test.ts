import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import { start } from "../../../src/domain/sasl/OauthBearer.ts"
import { utf8 } from "../../../src/domain/sasl/Octets.ts"
import type { Credentials } from "../../../src/domain/sasl/Sasl.ts"
import { problemOf, text } from "./saslAssertions.ts"

const token = Redacted.make("vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==")

const begin = (credentials: Credentials, service = "587") =>
  start(credentials, { host: "server.example.com", service, offered: [] })

const message = (credentials: Credentials, service?: string): string =>
  text(Either.getOrThrow(begin(credentials, service)).initialResponse)

describe("OAUTHBEARER", () => {
  it("sends the message of RFC 7628 §4.1", () => {
    assert.strictEqual(
      message({ username: "user@example.com", token }),
      "n,a=user@example.com,\u0001host=server.example.com\u0001port=587\u0001auth=Bearer vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==\u0001\u0001"
    )
  })

  it("escapes what separates parts of the GS2 header", () => {
    assert.isTrue(message({ username: "a,b=c", token }).startsWith("n,a=a=2Cb=3Dc,\u0001"))
  })

  it("leaves the identity to the token if no user name is configured", () => {
    assert.isTrue(message({ token }).startsWith("n,,\u0001host="))
  })

  it("leaves out the port where the service is a name", () => {
    assert.notInclude(message({ token }, "submission"), "port=")
  })

  it("ends an error with a lone ^A and believes no success after it (RFC 7628 §3.2.3)", () => {
    const { exchange } = Either.getOrThrow(begin({ token }))
    const turn = Either.getOrThrow(exchange.respond(utf8('{"status":"invalid_token"}')))
    assert.strictEqual(text(turn.response), "\u0001")
    assert.strictEqual(turn.complaint, "token refused (status invalid_token)")
    assert.strictEqual(problemOf(turn.exchange.conclude).reason, "BadChallenge")
  })

  it("succeeds without a challenge", () => {
    assert.isTrue(Either.isRight(Either.getOrThrow(begin({ token })).exchange.conclude))
  })

  it("refuses what would end a field", () => {
    assert.strictEqual(problemOf(begin({ username: "a\u0001b", token })).reason, "BadCredentials")
    assert.strictEqual(problemOf(begin({ token: Redacted.make("a\u0001b") })).reason, "BadCredentials")
    assert.strictEqual(problemOf(begin({ username: "a" })).reason, "BadCredentials")
  })
})
