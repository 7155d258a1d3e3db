import * as fs from "node:fs"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as JSONSchema from "effect/JSONSchema"
import { firstMismatch } from "../../../src/domain/simulation/Expectations.ts"
import { empty, type Scenario } from "../../../src/domain/simulation/Scenario.ts"
import { ScenarioDocument } from "../../../src/domain/simulation/ScenarioSchema.ts"
import { jsonLine } from "../../../src/domain/simulation/TimelineText.ts"
import * as ScenarioFile from "../../../src/layers/simulation/ScenarioFile.ts"
import * as ScenarioRun from "../../../src/layers/simulation/ScenarioRun.ts"

const directory = path.join(import.meta.dirname, "..", "..", "..", "examples", "scenarios")
const schemaFile = "scenario.schema.json"
const names = fs.readdirSync(directory).filter((name) => name !== schemaFile)

const rc = "hostname = relay.example.net:587\ndelivery_mode = background\n"

const burst = (count: number, everyMillis: number): Scenario["arrivals"] => [
  {
    ...{ at: empty.startAt, count, everyMillis, input: "Subject: x\n\nhello\n" },
    argv: ["-f", "me@example.org", "you@example.net"]
  }
]

/** The thousand of the promise where there is time for it. */
const many = process.env["ESMTP_TORTURE"] === undefined ? 100 : 1000

describe("ScenarioRun", () => {
  it("finds all seven examples", () => assert.strictEqual(names.length, 7))

  it.effect.each(names)("plays the shipped scenario %s as it expects, twice the same", (name) =>
    Effect.gen(function* () {
      const scenario = yield* ScenarioFile.read(path.join(directory, name))
      const played = yield* ScenarioRun.play(scenario)
      const { events, exitStatus, totals } = played
      assert.strictEqual(firstMismatch(scenario, events, totals, exitStatus), undefined)
      assert.isAbove(scenario.expect?.steps.length ?? 0, 0)
      const again = yield* ScenarioRun.play(scenario)
      assert.deepStrictEqual(again.events.map(jsonLine), events.map(jsonLine))
      assert.strictEqual(again.transcript, played.transcript)
    })
  )

  it.effect("is another one with another seed", () =>
    Effect.gen(function* () {
      const relays = [{ outages: [{ kind: "refused" as const, until: empty.startAt + 86_400_000 }] }]
      const played = (seed: number) =>
        Effect.map(
          ScenarioRun.play({ ...empty, world: { rc, relays, seed }, arrivals: burst(3, 1000) }),
          ({ events }) => events.map(jsonLine).join("\n")
        )
      assert.strictEqual(yield* played(1), yield* played(1))
      assert.notStrictEqual(yield* played(1), yield* played(2))
    })
  )

  it.effect(
    `takes ${many} messages through five days without a relay`,
    () =>
      Effect.gen(function* () {
        const relays = [
          { outages: [{ kind: "refused" as const, until: empty.startAt + 5 * 86_400_000 - 1 }] }
        ]
        const world = { rc, relays, keepsEvents: false }
        const { totals } = yield* ScenarioRun.play({ ...empty, world, arrivals: burst(many, 0) })
        assert.strictEqual(totals.messages, many)
        assert.strictEqual(totals.delivered + totals.failed, many)
        assert.strictEqual(totals.pending, 0)
      }),
    60_000
  )

  it.effect(
    "gives up everything in time when the relay never comes back, and not only what was tried [P8]",
    () =>
      Effect.gen(function* () {
        const relays = [{ outages: [{ kind: "refused" as const }] }]
        const scenario = {
          ...empty,
          durationMillis: 9 * 86_400_000,
          world: { rc, relays },
          arrivals: burst(20, 60_000)
        }
        const { events, totals } = yield* ScenarioRun.play(scenario)
        assert.deepStrictEqual([totals.failed, totals.pending], [20, 0])
        assert.isTrue(events.map(jsonLine).some((line) => line.includes("connection refused")))
      })
  )

  it.effect("counts what the scenario's end leaves in the queue, and ends with status 75", () =>
    Effect.gen(function* () {
      const relays = [{ outages: [{ kind: "silent" as const }] }]
      const scenario = { ...empty, durationMillis: 3_600_000, world: { rc, relays }, arrivals: burst(2, 0) }
      const { endAt, exitStatus, totals } = yield* ScenarioRun.play(scenario)
      assert.deepStrictEqual([totals.pending, exitStatus, endAt], [2, 75, empty.startAt + 3_600_000])
    })
  )

  it.effect("fails with the fault of the configuration", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(ScenarioRun.play({ ...empty, world: { rc: "nonsense" } }))
      assert.match(error.message, /\.esmtprc:1:1: unknown keyword "nonsense"/)
    })
  )
})

describe("The published JSON Schema", () => {
  it("is that of the program (else: npm run schema)", () => {
    const published: unknown = JSON.parse(fs.readFileSync(path.join(directory, schemaFile), "utf8"))
    assert.deepStrictEqual(published, JSON.parse(JSON.stringify(JSONSchema.make(ScenarioDocument))))
  })
})
