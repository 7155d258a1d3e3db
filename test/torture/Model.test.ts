import { setImmediate } from "node:timers/promises"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as fc from "effect/FastCheck"
import { Queue } from "../../src/services/Queue.ts"
import { draft, failed } from "../layers/queue/drafts.ts"
import { ModelWorld, spoolRoot } from "./ModelWorld.ts"
import { play, type Scenario } from "./modelScenario.ts"
import { bounceNotYetSafe, removedUnderTwoNames } from "./stories.ts"

const isLong = process.env["ESMTP_TORTURE"] === "1"

const runs = Number(process.env["ESMTP_MODEL_RUNS"] ?? (isLong ? 100_000 : 1000))

/** CI plays the same stories every time; everyone else new ones, or those that `ESMTP_MODEL_SEED` names. */
const seed = Number(
  process.env["ESMTP_MODEL_SEED"] ??
    (process.env["CI"] === "true" && !isLong ? 20_261_125 : Date.now() % 2 ** 31)
)

/**
 * A broken promise is told as it was found, with its seed: to shrink a story of hundreds of decisions takes more memory
 * than a machine has.
 */
const options = { seed, endOnFailure: true }

const decisions = fc.array(fc.nat({ max: 2 ** 30 }), { minLength: 50, maxLength: 400, size: "max" })

let played = 0

/** The test runner wants to hear of us now and then. */
const breathing = async (story: Scenario) => {
  if (played++ % 100 === 0) await setImmediate()
  play(story)
}

const violentStory = fc.asyncProperty(decisions, fc.integer({ min: 1, max: 3 }), (list, messages) =>
  breathing({ decisions: list, messages, isViolent: true })
)

const hours = 8 * 3_600_000

describe("L0: the protocol on a disk that forgets", () => {
  it("one message and no trouble: delivered, reported, swept", () => {
    play({ decisions: [], messages: 1, isViolent: false })
  })

  it(`P1 P3 P4 P5 P8 L0: hold for any interleaving, kill and loss of power (${runs} stories)`, {
    timeout: hours
  }, async () => {
    process.stderr.write(`L0: ${runs} stories of ESMTP_MODEL_SEED=${seed}\n`)
    await fc.assert(violentStory, { ...options, numRuns: runs })
  })

  it("L0: whoever is told that a runner is in charge gets a pass, in any interleaving", {
    timeout: hours
  }, async () => {
    await fc.assert(
      fc.asyncProperty(decisions, fc.integer({ min: 2, max: 4 }), (list, messages) =>
        breathing({ decisions: list, messages, isViolent: false })
      ),
      { ...options, numRuns: Math.ceil(runs / 4) }
    )
  })
})

/** Recipient 0 of everything is refused for good. */
const refusing = Effect.gen(function* () {
  const queue = yield* Queue
  const { freed } = yield* queue.recover
  for (const id of freed) {
    const result = yield* queue.claim(id)
    if (result._tag !== "Claimed") continue
    const { claim } = result
    if ((yield* claim.state).attemptsAt.length === 0) {
      yield* claim.recordAttempt(0)
      yield* claim.recordResults([failed(0)])
    }
    yield* claim.report("bounce", [0], () => draft({ sender: "" }))
    yield* claim.remove
  }
}).pipe(Effect.scoped)

const finish = (world: ModelWorld, until: () => boolean) => {
  for (let next = world.runnable[0]; next !== undefined && !until(); next = world.runnable[0])
    world.advance(next)
}

describe("L0: stories that were once broken promises", () => {
  it("P8: a report that was made by a runner that died is not taken for safe before it is", () => {
    const world = new ModelWorld()
    const isReported = () =>
      world.trace.at(-1)?.includes("rename") === true && /B1[^/]*$/.test(world.trace.at(-1) ?? "")
    // The message stays claimed by a sender that dies just after it was accepted.
    world.start(
      "sender",
      Effect.flatMap(Queue, (queue) => queue.enqueue(draft())),
      () => {}
    )
    finish(world, () => world.trace.at(-1)?.endsWith("fsync /home/spool/q/") === true)
    for (const process of world.runnable) world.kill(process)
    world.start("first", refusing, () => {})
    finish(world, isReported)
    assert.isTrue(isReported(), world.story)
    for (const process of world.runnable) world.kill(process)
    world.start("second", refusing, () => {})
    finish(world, () => world.trace.at(-1)?.startsWith("second: unlink /home/spool/q/") === true)
    world.losePower(() => 0)
    const names = world.disk.names(`${spoolRoot}/q`)
    assert.isTrue(
      names.some((name) => name.includes("B1")),
      `${names.join(" ")}\n${world.story}`
    )
  })

  it("P8: the story in which the model found it", () => {
    play({ ...bounceNotYetSafe, isViolent: true })
  })

  it("P5: an entry that a loss of power left with two names is removed, not put aside", () => {
    play({ ...removedUnderTwoNames, isViolent: true })
  })
})
