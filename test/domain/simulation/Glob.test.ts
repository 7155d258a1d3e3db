import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import { matches } from "../../../src/domain/simulation/Glob.ts"

const text = FastCheck.string({ unit: FastCheck.constantFrom("a", "b", "@", "."), maxLength: 12 })

describe("Glob", () => {
  it.each([
    ["*", "", true],
    ["*", "a", true],
    ["a*a", "a", false],
    ["a*a", "aa", true],
    ["*@X.example", "joe@x.EXAMPLE", true],
    ["*.example", "example", false],
    ["a*b*c", "a-b-b-c", true],
    ["a*b*c", "a-c", false],
    ["a.c", "abc", false]
  ] as const)("%s and %s: %s", (pattern, subject, expected) => {
    assert.strictEqual(matches(pattern, subject), expected)
  })

  it("means what the regular expression means", () => {
    const pattern = FastCheck.array(FastCheck.oneof(text, FastCheck.constant("*")), { maxLength: 5 })
    FastCheck.assert(
      FastCheck.property(pattern, text, (pieces, subject) => {
        const glob = pieces.join("")
        const expression = new RegExp(`^${glob.replaceAll(".", "\\.").replaceAll("*", ".*")}$`)
        assert.strictEqual(matches(glob, subject), expression.test(subject))
      })
    )
  })
})
