import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import { start, usable } from "../../../src/domain/sasl/Mechanisms.ts"
import type { ChannelBinding, Credentials } from "../../../src/domain/sasl/Sasl.ts"
import { type MechanismName, mechanismNames } from "../../../src/domain/smtp/Relay.ts"
import { nodeCrypto } from "./cryptoForTests.ts"

const password = Redacted.make("secret")
const token = Redacted.make("token")
const tls: ChannelBinding = { serverEndPoint: new Uint8Array(32) }
const context = { host: "mail.example.org", service: "587", offered: mechanismNames }

const usableWith = (credentials: Credentials, binding?: ChannelBinding): ReadonlyArray<MechanismName> =>
  mechanismNames.filter((name) => usable(name, credentials, binding))

describe("usable", () => {
  it("wants nothing but TLS for EXTERNAL", () => {
    assert.deepStrictEqual(usableWith({}), [])
    assert.deepStrictEqual(usableWith({}, {}), ["EXTERNAL"])
  })

  it("wants user name and password for the mechanisms that use them", () => {
    assert.deepStrictEqual(usableWith({ username: "u" }), [])
    assert.deepStrictEqual(usableWith({ password }), [])
    assert.deepStrictEqual(usableWith({ username: "u", password: Redacted.make("") }), [])
    assert.deepStrictEqual(usableWith({ username: "u", password }), [
      "SCRAM-SHA-256",
      "SCRAM-SHA-1",
      "CRAM-MD5",
      "NTLM",
      "PLAIN",
      "LOGIN"
    ])
  })

  it("wants a channel for -PLUS", () => {
    const names = usableWith({ username: "u", password }, tls)
    assert.include(names, "SCRAM-SHA-256-PLUS")
    assert.include(names, "SCRAM-SHA-1-PLUS")
    assert.notInclude(usableWith({ username: "u", password }, {}), "SCRAM-SHA-256-PLUS")
  })

  it("wants a token for the OAuth mechanisms, and a user name for XOAUTH2", () => {
    assert.deepStrictEqual(usableWith({ token }), ["OAUTHBEARER"])
    assert.deepStrictEqual(usableWith({ username: "u", token }), ["XOAUTH2", "OAUTHBEARER"])
  })

  it("leaves a password that SCRAM may not use to the mechanisms that may", () => {
    const names = usableWith({ username: "u", password: Redacted.make("a\tb") })
    assert.deepStrictEqual(names, ["CRAM-MD5", "NTLM", "PLAIN", "LOGIN"])
  })
})

describe("start", () => {
  const complete: Credentials = { username: "u", password, token }

  it.each(mechanismNames)("starts %s wherever it is usable", (name) => {
    assert.isTrue(usable(name, complete, tls))
    const opening = Either.getOrThrow(start(name, complete, tls, nodeCrypto, context))
    assert.strictEqual(opening.mechanism, name)
  })

  it.each(mechanismNames)("never shows a secret in what %s says is wrong", (name) => {
    const canary: Credentials = {
      username: "u",
      password: Redacted.make("canary\0"),
      token: Redacted.make("canary\n")
    }
    const result = start(name, canary, tls, nodeCrypto, context)
    assert.notInclude(JSON.stringify(Either.merge(Either.map(result, () => "started"))), "canary")
  })
})
