import { describe, it } from "@effect/vitest"
import * as fc from "effect/FastCheck"
import { play } from "./modelScenario.ts"

const isLong = process.env["ESMTP_TORTURE"] === "1"

const runs = Number(process.env["ESMTP_MODEL_RUNS"] ?? (isLong ? 100_000 : 1000))

/**
 * A plain run plays the same stories every time, a long one new stories. A broken promise is told as it was found, with
 * its seed: to shrink a story of hundreds of decisions takes more memory than a machine has.
 */
const options = { ...(isLong ? {} : { seed: 2_007_342_565 }), endOnFailure: true }

const decisions = fc.array(fc.nat({ max: 2 ** 30 }), { minLength: 50, maxLength: 400, size: "max" })

const hours = 8 * 3_600_000

describe("L0: the protocol on a disk that forgets", () => {
  it("one message and no trouble: delivered, reported, swept", () => {
    play({ decisions: [], messages: 1, isViolent: false })
  })

  it("P1 P3 P4 P5 P8 L0: hold for any interleaving, kill and loss of power", { timeout: hours }, () => {
    fc.assert(
      fc.property(decisions, fc.integer({ min: 1, max: 3 }), (list, messages) =>
        play({ decisions: list, messages, isViolent: true })
      ),
      { ...options, numRuns: runs }
    )
  })

  it("L0: whoever is told that a runner is in charge gets a pass, in any interleaving", {
    timeout: hours
  }, () => {
    fc.assert(
      fc.property(decisions, fc.integer({ min: 2, max: 4 }), (list, messages) =>
        play({ decisions: list, messages, isViolent: false })
      ),
      { ...options, numRuns: Math.ceil(runs / 4) }
    )
  })
})
