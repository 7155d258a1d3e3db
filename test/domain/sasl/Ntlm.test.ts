import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Redacted from "effect/Redacted"
import { computeResponse, parseAccount, responseKey, start } from "../../../src/domain/sasl/Ntlm.ts"
import { avId, encodeAvPairs, utf16 } from "../../../src/domain/sasl/NtlmMessages.ts"
import { concat, utf8 } from "../../../src/domain/sasl/Octets.ts"
import type { ChannelBinding } from "../../../src/domain/sasl/Sasl.ts"
import { nodeCrypto, withRandom } from "./cryptoForTests.ts"
import { challengeMessage, specificationChallenge } from "./ntlmChallenges.ts"
import { fromHex, hex, problemOf } from "./saslAssertions.ts"

const account = { user: "User", domain: "Domain" }
const clientChallenge = fromHex("aaaaaaaaaaaaaaaa")
const targetInfo = encodeAvPairs([
  { id: 2, value: utf16("Domain") },
  { id: 1, value: utf16("Server") }
])

const begin = (username = "Domain\\User", password = "Password", binding?: ChannelBinding) =>
  start({ username, password: Redacted.make(password) }, binding, withRandom(clientChallenge))

const answerTo = (challenge: Uint8Array, binding?: ChannelBinding) =>
  Either.getOrThrow(Either.getOrThrow(begin(undefined, undefined, binding)).exchange.respond(challenge))
    .response

/** The payload that the descriptor at `offset` points to. */
const field = (message: Uint8Array, offset: number): Uint8Array => {
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength)
  const at = view.getUint32(offset + 4, true)
  return message.slice(at, at + view.getUint16(offset, true))
}

describe("NTLMv2 responses", () => {
  const key = responseKey("Password", account, nodeCrypto)
  const response = computeResponse(
    {
      responseKey: key,
      serverChallenge: fromHex("0123456789abcdef"),
      clientChallenge,
      time: new Uint8Array(8),
      targetInfo
    },
    nodeCrypto
  )

  it("come from the key of MS-NLMP §4.2.4.1.1", () => {
    assert.strictEqual(hex(key), "0c868a403bfd7a93a3001ef22ef02e3f")
  })

  it("give the session key of MS-NLMP §4.2.4.1.2", () => {
    assert.strictEqual(hex(response.sessionBaseKey), "8de40ccadbc14a82f15cb0ad0de95ca3")
  })

  it("are for LMv2 those of MS-NLMP §4.2.4.2.1", () => {
    assert.strictEqual(hex(response.lmResponse), "86c35097ac9cec102554764a57cccc19aaaaaaaaaaaaaaaa")
  })

  it("are for NTLMv2 those of MS-NLMP §4.2.4.2.2", () => {
    assert.isTrue(hex(response.ntResponse).startsWith("68cd0ab851e51c96aabc927bebef6a1c0101000000000000"))
  })
})

describe("the account", () => {
  it("is split at a backslash, and a principal name goes whole", () => {
    assert.deepStrictEqual(parseAccount("CORP\\joe"), { user: "joe", domain: "CORP" })
    assert.deepStrictEqual(parseAccount("joe@corp.example"), { user: "joe@corp.example", domain: "" })
    assert.deepStrictEqual(parseAccount("joe"), { user: "joe", domain: "" })
    assert.deepStrictEqual(parseAccount("CORP\\a\\b"), { user: "a\\b", domain: "CORP" })
  })

  it("counts upper case as Windows does, one unit for one", () => {
    const upper = responseKey("p", { user: "STRA\u00dfE", domain: "D" }, nodeCrypto)
    assert.deepStrictEqual(responseKey("p", { user: "stra\u00dfe", domain: "D" }, nodeCrypto), upper)
    assert.notDeepEqual(responseKey("p", { user: "STRASSE", domain: "D" }, nodeCrypto), upper)
  })
})

describe("NTLM", () => {
  it("opens with a negotiate message that names neither domain nor machine", () => {
    const { initialResponse } = Either.getOrThrow(begin())
    assert.strictEqual(
      hex(initialResponse ?? new Uint8Array()),
      "4e544c4d53535000010000000582082200000000000000000000000000000000060200000000000f"
    )
  })

  it("answers the challenge of MS-NLMP §4.2.4.3 in the fields of §2.2.1.3", () => {
    const message = answerTo(specificationChallenge)
    assert.strictEqual(hex(message.slice(0, 12)), "4e544c4d5353500003000000")
    assert.strictEqual(hex(field(message, 28)), hex(utf16("Domain")))
    assert.strictEqual(hex(field(message, 36)), hex(utf16("User")))
    assert.strictEqual(field(message, 44).length, 0)
    assert.strictEqual(hex(field(message, 12)), "86c35097ac9cec102554764a57cccc19aaaaaaaaaaaaaaaa")
    assert.isAbove(field(message, 20).length, 44)
    assert.deepStrictEqual(message.slice(72, 88), new Uint8Array(16))
  })

  it("proves its messages where the server gave a timestamp, and then leaves LMv2 out", () => {
    const timestamp = { id: avId.timestamp, value: fromHex("0090d336b734c301") }
    const challenge = challengeMessage([timestamp])
    const message = answerTo(challenge)
    assert.deepStrictEqual(field(message, 12), new Uint8Array(24))
    const temp = field(message, 20).slice(16)
    assert.deepStrictEqual(temp.slice(8, 16), timestamp.value)
    assert.include(hex(temp.slice(28)), "0600040002000000")
    const negotiate = Either.getOrThrow(begin()).initialResponse ?? new Uint8Array()
    const unsealed = concat(message.slice(0, 72), new Uint8Array(16), message.slice(88))
    const key = responseKey("Password", account, nodeCrypto)
    const sessionKey = nodeCrypto.hmac("md5", key, field(message, 20).slice(0, 16))
    const mic = nodeCrypto.hmac("md5", sessionKey, concat(negotiate, challenge, unsealed))
    assert.strictEqual(hex(message.slice(72, 88)), hex(mic))
  })

  it("signs the challenge as received, also where it came in a Buffer", () => {
    const flags = { id: avId.flags, value: fromHex("01000000") }
    const challenge = challengeMessage([flags, { id: avId.timestamp, value: new Uint8Array(8) }])
    assert.deepStrictEqual(answerTo(Buffer.from(challenge)), answerTo(challenge))
  })

  it("keeps the other bits of the server's flags", () => {
    const flags = { id: avId.flags, value: fromHex("01000000") }
    const timestamp = { id: avId.timestamp, value: new Uint8Array(8) }
    assert.include(hex(answerTo(challengeMessage([flags, timestamp]))), "0600040003000000")
    assert.include(hex(answerTo(challengeMessage([flags]))), "0600040001000000")
  })

  it("binds the exchange to the TLS channel where there is one", () => {
    const pairs = [{ id: 2, value: utf16("D") }]
    const bound = hex(answerTo(challengeMessage(pairs), { serverEndPoint: utf8("x".repeat(32)) }))
    const unbound = hex(answerTo(challengeMessage(pairs)))
    assert.include(unbound, `0a001000${"00".repeat(16)}`)
    assert.notInclude(bound, `0a001000${"00".repeat(16)}`)
    assert.include(bound, "0a001000")
  })

  it("copes with a server that gives no target information", () => {
    const message = answerTo(challengeMessage(undefined))
    assert.strictEqual(field(message, 20).length, 16 + 28 + 4)
  })

  it("refuses NUL and a name beyond what the message can hold", () => {
    assert.strictEqual(problemOf(begin("a\0b")).reason, "BadCredentials")
    assert.strictEqual(problemOf(begin("x".repeat(1025))).reason, "BadCredentials")
  })

  it("does not believe a success before its answer, nor a challenge after it", () => {
    const opening = Either.getOrThrow(begin())
    assert.strictEqual(problemOf(opening.exchange.conclude).reason, "BadChallenge")
    const { exchange } = Either.getOrThrow(opening.exchange.respond(specificationChallenge))
    assert.isTrue(Either.isRight(exchange.conclude))
    assert.strictEqual(problemOf(exchange.respond(specificationChallenge)).reason, "BadChallenge")
  })

  it("never throws at a challenge, nor at a damaged one (A6)", () => {
    const damaged = FastCheck.tuple(
      FastCheck.nat(specificationChallenge.length - 1),
      FastCheck.nat(255),
      FastCheck.nat(specificationChallenge.length)
    ).map(([at, value, length]) => {
      const octets = specificationChallenge.slice(0, length)
      octets.set(at < length ? [value] : [], at < length ? at : 0)
      return octets
    })
    FastCheck.assert(
      FastCheck.property(FastCheck.oneof(damaged, FastCheck.uint8Array({ maxLength: 200 })), (octets) => {
        assert.isTrue(Either.isEither(Either.getOrThrow(begin()).exchange.respond(octets)))
      }),
      { numRuns: 2000 }
    )
  })
})
