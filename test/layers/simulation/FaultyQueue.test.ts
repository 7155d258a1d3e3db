import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import * as FaultyQueue from "../../../src/layers/simulation/FaultyQueue.ts"
import { Queue } from "../../../src/services/Queue.ts"
import { queueContract } from "../../contract/queue.ts"
import { draft, policy } from "../queue/drafts.ts"

queueContract("FaultyQueue without a fault", FaultyQueue.layer([], policy))

describe("FaultyQueue", () => {
  it.effect("refuses what is queued while its script says so, and only then", () =>
    Effect.gen(function* () {
      const queue = yield* Queue
      const reasons: Array<string> = []
      for (let count = 0; count < 3; count++) {
        const result = yield* Effect.either(queue.enqueue(draft()))
        reasons.push(
          result._tag === "Left" && result.left._tag === "QueueFailed" ? result.left.reason : "queued"
        )
        yield* TestClock.adjust("1 second")
      }
      assert.deepStrictEqual(reasons, ["queued", "NoSpace", "queued"])
    }).pipe(Effect.provide(FaultyQueue.layer([{ reason: "NoSpace", from: 1000, until: 2000 }], policy)))
  )
})
