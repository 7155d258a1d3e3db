/** Every story, told by the real program in virtual time; and nothing that can happen is without one. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { SysExit } from "../../src/domain/invocation/SysExit.ts"
import type { EsmtpError } from "../../src/domain/invocation/SysExits.ts"
import { errorSamples, fateInQueue, rowOf } from "../house/errorSamples.ts"
import { everyStory } from "./stories/everyStory.ts"
import { queuedVersion } from "./support/queuedVersion.ts"
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
      for (const row of errorSamples
        .filter(canMeetInQueue)
        .map((sample) => ({ key: rowOf(sample), fate: fateInQueue(sample) }))) {
        const story = everyStory.find(
          (one) => hasOneSubmission(one) && tales.get(one)?.errors.map(rowOf).includes(row.key)
        )
        if (story === undefined) continue
        const fate = row.fate === "returned" ? "returned" : "tried again"
        const { local, steps } = yield* Effect.scoped(tell(queuedVersion(story, fate)))
        if (fate === "returned") assert.match(local.at(-1)?.text ?? "", /^Action: failed$/m, story.name)
        else assert.match(steps.at(-1)?.queue.join() ?? "", /^queued .*=pending/, story.name)
      }
    })
  )
})
