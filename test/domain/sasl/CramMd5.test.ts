import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Redacted from "effect/Redacted"
import { start } from "../../../src/domain/sasl/CramMd5.ts"
import { empty, utf8 } from "../../../src/domain/sasl/Octets.ts"
import { nodeCrypto } from "./cryptoForTests.ts"
import { problemOf, text } from "./saslAssertions.ts"

const begin = (password = "tanstaaftanstaaf") =>
  Either.getOrThrow(start({ username: "tim", password: Redacted.make(password) }, nodeCrypto))

describe("CRAM-MD5", () => {
  it("gives the answer of RFC 2195 §2", () => {
    const challenge = utf8("<1896.697170952@postoffice.reston.mci.net>")
    const { response, exchange } = Either.getOrThrow(begin().exchange.respond(challenge))
    assert.strictEqual(text(response), "tim b913a602c7eda7a495b4e6e7334d3890")
    assert.isTrue(Either.isRight(exchange.conclude))
  })

  it("lets the server speak first", () => {
    assert.strictEqual(begin().initialResponse, undefined)
  })

  it("takes a password longer than a block of MD5", () => {
    const { response } = Either.getOrThrow(begin("x".repeat(1000)).exchange.respond(utf8("<1@h>")))
    assert.match(text(response), /^tim [0-9a-f]{32}$/)
  })

  it("refuses an empty challenge and a second one", () => {
    assert.strictEqual(problemOf(begin().exchange.respond(empty)).reason, "BadChallenge")
    const { exchange } = Either.getOrThrow(begin().exchange.respond(utf8("<1@h>")))
    assert.strictEqual(problemOf(exchange.respond(utf8("<2@h>"))).reason, "BadChallenge")
  })

  it("does not believe a success before the answer", () => {
    assert.strictEqual(problemOf(begin().exchange.conclude).reason, "BadChallenge")
  })

  it("digests any challenge without throwing", () => {
    FastCheck.assert(
      FastCheck.property(FastCheck.uint8Array({ minLength: 1, maxLength: 2000 }), (challenge) => {
        const { response } = Either.getOrThrow(begin().exchange.respond(challenge))
        assert.match(text(response), /^tim [0-9a-f]{32}$/)
      })
    )
  })
})
