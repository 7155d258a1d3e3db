import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as Limits from "../../../src/domain/sasl/Limits.ts"
import { parseChallenge } from "../../../src/domain/sasl/NtlmMessages.ts"
import { concat, utf8 } from "../../../src/domain/sasl/Octets.ts"
import { parseServerFirst } from "../../../src/domain/sasl/ScramMessages.ts"
import { specificationChallenge } from "./ntlmChallenges.ts"

const serverFirst = (iterations: number) =>
  Either.isRight(parseServerFirst(utf8(`r=abcdef,s=QSXCR+Q6sek8bf92,i=${iterations}`)))

describe("SCRAM", () => {
  it("takes scramIterationsLeast to scramIterations, and none beside", () => {
    const { scramIterations, scramIterationsLeast } = Limits
    assert.deepStrictEqual(
      [scramIterationsLeast - 1, scramIterationsLeast, scramIterations, scramIterations + 1].map(serverFirst),
      [false, true, true, false]
    )
    assert.deepStrictEqual([Limits.scramIterationsLeast, Limits.scramIterations], [4096, 1_000_000])
  })
})

describe("NTLM", () => {
  const padded = (length: number) =>
    Either.isRight(
      parseChallenge(concat(specificationChallenge, new Uint8Array(length - specificationChallenge.length)))
    )

  it("takes a challenge of ntlmChallengeBytes, and not one more", () => {
    assert.deepStrictEqual([Limits.ntlmChallengeBytes, Limits.ntlmChallengeBytes + 1].map(padded), [
      true,
      false
    ])
  })
})
