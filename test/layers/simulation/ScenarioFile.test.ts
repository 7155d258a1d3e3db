import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { empty } from "../../../src/domain/simulation/Scenario.ts"
import * as ScenarioFile from "../../../src/layers/simulation/ScenarioFile.ts"

const problem = (text: string): string =>
  Either.match(ScenarioFile.parse(text, "s.json"), { onLeft: ({ message }) => message, onRight: () => "" })

const faults: ReadonlyArray<readonly [string, RegExp]> = [
  ["", /^s\.json: not JSON: /],
  ["[1]", /^s\.json: the file: /],
  ['{"foo":1}', /^s\.json: foo: is no property/],
  ['{"duration":"-1h"}', /^s\.json: duration: expected a duration .*found "-1h"$/],
  ['{"duration":"999999d"}', /^s\.json: duration: expected .*at most 366d/],
  ['{"start":"2026-13-45T00:00Z"}', /^s\.json: start: expected a time in UTC/],
  ['{"relays":[{},{"rules":[{"at":"rcpt","delay":"5 min"}]}]}', /^s\.json: relays\[1\]\.rules\[0\]\.delay: /],
  [
    '{"relays":[{"rules":[{"at":"lunch"}]}]}',
    /^s\.json: relays\[0\]\.rules\[0\]\.at: expected connect, .*"lunch"/
  ],
  ['{"relays":[{"rules":[{"at":"rcpt","reply":"no"}]}]}', /rules\[0\]\.reply: expected a reply like 450/],
  [
    '{"messages":[{"argv":["a@b"],"count":0}]}',
    /^s\.json: messages\[0\]\.count: expected a whole number from 1/
  ],
  ['{"messages":[{}]}', /^s\.json: messages\[0\]\.argv: is missing/],
  ['{"runs":{"every":5}}', /^s\.json: runs\.every: /]
]

describe("ScenarioFile", () => {
  it.each(faults)("tells where %s is wrong, and what was expected", (text, message) => {
    assert.match(problem(text), message)
  })

  it("takes an empty object for a world without surprises", () => {
    const scenario = Either.getOrThrow(ScenarioFile.parse("{}", "s.json"))
    assert.deepStrictEqual(scenario, { ...empty, title: "a scenario" })
  })

  it("reads moments from the start, or as times in UTC", () => {
    const text = '{"relays":[{"outages":[{"from":"1d12h","until":"2026-01-05T08:00:00Z"}]}]}'
    const { world } = Either.getOrThrow(ScenarioFile.parse(text, "s.json"))
    const from = empty.startAt + 36 * 3_600_000
    assert.deepStrictEqual(world.relays?.[0]?.outages, [
      { kind: "refused", from, until: Date.parse("2026-01-05T08:00:00Z") }
    ])
  })

  it.effect("says that there is no such file", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(ScenarioFile.read("/nowhere/s.json"))
      assert.strictEqual(error.message, "No scenario file found at /nowhere/s.json")
    })
  )
})
