/** Every story, told by the real program in virtual time; and nothing that can happen is without one. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { SysExit } from "../../src/domain/invocation/SysExit.ts"
import type { EsmtpError } from "../../src/domain/invocation/SysExits.ts"
import { errorSamples, fateInQueue, rowOf } from "../house/errorSamples.ts"
import { everyStory } from "./stories/everyStory.ts"
import { type Fate, queuedVersion } from "./support/queuedVersion.ts"
import { type Told, tell } from "./support/runStory.ts"
import type { Story } from "./support/Story.ts"

const tales = new Map<Story, Told>()

const remembered = (story: Story) =>
  Effect.gen(function* () {
    const known = tales.get(story)
    if (known !== undefined) return known
    const tale = yield* Effect.scoped(tell(story))
    tales.set(story, tale)
    return tale
  })

describe("a user's story", () => {
  for (const story of everyStory) it.effect(story.name, () => remembered(story))
})

/** Failures of the queue itself meet no message in it. */
const canMeetInQueue = (error: EsmtpError): boolean =>
  fateInQueue(error) !== "not queued" && error._tag !== "QueueFailed"

const fateOf = (error: EsmtpError): Fate => {
  if (fateInQueue(error) === "tried again") return "tried again"
  return error._tag === "MessageRejected" && error.reason === "TooLarge" ? "returned in part" : "returned"
}

const hasOneSubmission = ({ steps, waiting }: Story): boolean =>
  waiting === undefined && steps.length === 1 && steps[0]?.argv[0] === "sendmail"

describe("the stories", () => {
  it("have names of their own", () => {
    const names = everyStory.map(({ name }) => name)
    assert.deepStrictEqual([...new Set(names)], names)
  })

  it("leave out no exit status", () => {
    const told = new Set(everyStory.flatMap(({ steps }) => steps.map(({ status }) => status)))
    assert.deepStrictEqual(
      Object.entries(SysExit).filter(([, status]) => !told.has(status)),
      []
    )
  })

  it.effect("leave out no error, and no distinction that docs/ERRORS.md makes", () =>
    Effect.gen(function* () {
      const tellings = yield* Effect.forEach(everyStory, remembered)
      const told = new Set(tellings.flatMap(({ errors }) => errors.map(rowOf)))
      assert.deepStrictEqual(
        errorSamples.map(rowOf).filter((row) => !told.has(row)),
        []
      )
    })
  )

  it.effect("end in the queue as docs/ERRORS.md says: tried again, or returned to the sender", () =>
    Effect.gen(function* () {
      for (const sample of errorSamples.filter(canMeetInQueue)) {
        const row = rowOf(sample)
        const story = everyStory.find(
          (one) => hasOneSubmission(one) && tales.get(one)?.errors.some((error) => rowOf(error) === row)
        )
        if (story === undefined) continue
        const { local, steps } = yield* Effect.scoped(tell(queuedVersion(story, fateOf(sample))))
        if (fateOf(sample) === "tried again")
          assert.match(steps.at(-1)?.queue.join() ?? "", /^queued .*=pending/, story.name)
        else assert.match(local.at(-1)?.text ?? "", /^Action: failed$/m, story.name)
      }
    })
  )
})
