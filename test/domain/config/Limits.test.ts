import { assert, describe, it } from "@effect/vitest"
import * as Limits from "../../../src/domain/config/Limits.ts"
import { read } from "../../../src/domain/config/RcFile.ts"

describe("a configuration", () => {
  it("has as many faults told as Limits.problems says, and not one more", () => {
    const told = (count: number) => read("/rc", "nonsense = 1\n".repeat(count)).problems.length
    const { problems } = Limits
    assert.deepStrictEqual(
      [told(problems - 1), told(problems), told(problems + 1)],
      [problems - 1, problems, problems]
    )
    assert.strictEqual(Limits.problems, 100)
  })
})
