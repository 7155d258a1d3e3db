import { assert, describe, it } from "@effect/vitest"
import * as fc from "effect/FastCheck"
import { BrokenPromise, play } from "./modelScenario.ts"
import { mutants } from "./mutants.ts"

const decisions = fc.array(fc.nat({ max: 2 ** 30 }), { minLength: 100, maxLength: 500, size: "max" })

/** Stories until the first broken promise. The program itself gets through any number of them (`Model.test.ts`). */
const patience = 3000

describe("L7: the harness can fail", () => {
  for (const [name, mutant] of Object.entries(mutants)) {
    it(`L7: it is noticed when ${name}`, { timeout: 120_000 }, () => {
      const details = fc.check(
        fc.property(decisions, fc.integer({ min: 1, max: 2 }), (list, messages) =>
          play({ decisions: list, messages, mutant, isViolent: true })
        ),
        { numRuns: patience, endOnFailure: true, seed: 7 }
      )
      assert.isTrue(details.failed, `nobody noticed in ${patience} stories`)
      assert.instanceOf(details.errorInstance, BrokenPromise)
    })
  }
})
