import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import {
  type AvPair,
  encodeAvPairs,
  littleEndian,
  parseAvPairs,
  parseChallenge,
  utf16
} from "../../../src/domain/sasl/NtlmMessages.ts"
import { concat } from "../../../src/domain/sasl/Octets.ts"
import { challengeMessage, rawChallenge, specificationChallenge } from "./ntlmChallenges.ts"
import { fromHex, hex, problemOf } from "./saslAssertions.ts"

describe("a challenge message", () => {
  it("is read as MS-NLMP §4.2.4.3 describes it", () => {
    const challenge = Either.getOrThrow(parseChallenge(specificationChallenge))
    assert.strictEqual(hex(challenge.serverChallenge), "0123456789abcdef")
    assert.deepStrictEqual(challenge.targetInfo, [
      { id: 2, value: utf16("Domain") },
      { id: 1, value: utf16("Server") }
    ])
  })

  const list = encodeAvPairs([{ id: 2, value: utf16("D") }])
  const refused: ReadonlyArray<readonly [string, Uint8Array]> = [
    ["empty", new Uint8Array()],
    ["of another protocol", fromHex("4e544c4d53535001".padEnd(96, "0"))],
    [
      "of another type",
      concat(specificationChallenge.slice(0, 8), littleEndian(3, 4), specificationChallenge.slice(12))
    ],
    ["cut inside its fixed part", specificationChallenge.slice(0, 31)],
    ["cut before its target information", specificationChallenge.slice(0, 47)],
    ["without Unicode", rawChallenge({ length: 0, offset: 48, flags: 0 })],
    ["longer than any server needs", concat(specificationChallenge, new Uint8Array(20_000))],
    [
      "with target information beyond its end",
      rawChallenge({ length: list.length, offset: 49, payload: list })
    ],
    ["with length 0xffff", rawChallenge({ length: 0xffff, offset: 48, payload: list })],
    ["with a negative offset", rawChallenge({ length: list.length, offset: 0xfffffff0, payload: list })],
    ["with an offset into its fixed part", rawChallenge({ length: list.length, offset: 24, payload: list })],
    [
      "with an offset and length that wrap around",
      rawChallenge({ length: 0x100, offset: 0xffffff80, payload: list })
    ],
    [
      "with a pair beyond the list",
      rawChallenge({ length: 8, offset: 48, payload: fromHex("0200ffff41004100") })
    ],
    [
      "with a list that has no end",
      rawChallenge({ length: 6, offset: 48, payload: fromHex("020002004100") })
    ],
    ["with a timestamp of the wrong size", challengeMessage([{ id: 7, value: fromHex("00") }])]
  ]

  it.each(refused)("is refused: %s (A6)", (_, message) => {
    assert.strictEqual(problemOf(parseChallenge(message)).reason, "BadChallenge")
  })

  it("may lack target information", () => {
    assert.strictEqual(Either.getOrThrow(parseChallenge(challengeMessage(undefined))).targetInfo, undefined)
    assert.strictEqual(
      Either.getOrThrow(parseChallenge(rawChallenge({ length: 0, offset: 0 }))).targetInfo,
      undefined
    )
  })
})

describe("a list of AV pairs", () => {
  it("is read back as written", () => {
    const pair: FastCheck.Arbitrary<AvPair> = FastCheck.record({
      id: FastCheck.integer({ min: 8, max: 0xffff }),
      value: FastCheck.uint8Array({ maxLength: 40 })
    })
    FastCheck.assert(
      FastCheck.property(FastCheck.array(pair, { maxLength: 8 }), (pairs) => {
        assert.deepStrictEqual(Either.getOrThrow(parseAvPairs(encodeAvPairs(pairs))), pairs)
      })
    )
  })

  it("is never read beyond its end", () => {
    FastCheck.assert(
      FastCheck.property(FastCheck.uint8Array({ maxLength: 60 }), (octets) => {
        const surrounded = concat(new Uint8Array(4), octets, new Uint8Array(64))
        const inside = surrounded.subarray(4, 4 + octets.length)
        const pairs = Either.getOrElse(parseAvPairs(inside), () => [])
        const length = pairs.reduce((sum, { value }) => sum + 4 + value.length, 0)
        assert.isAtMost(length, octets.length)
      }),
      { numRuns: 2000 }
    )
  })
})
