import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import { maxIntervalMillis, parseInterval } from "../../../src/domain/invocation/QueueInterval.ts"

describe("parseInterval", () => {
  const second = 1000
  const good: ReadonlyArray<readonly [text: string, millis: number]> = [
    ["30", 1800 * second],
    ["30m", 1800 * second],
    ["90s", 90 * second],
    ["1h", 3600 * second],
    ["1h30m", 5400 * second],
    ["1h30", 5400 * second],
    ["1H30M", 5400 * second],
    ["30m1h", 5400 * second],
    ["1d", 86_400 * second],
    ["1w", 604_800 * second],
    ["0", 0],
    ["0s", 0],
    ["007m", 420 * second],
    ["24d", 24 * 86_400 * second]
  ]
  for (const [text, millis] of good) {
    it(`${text} is ${millis} ms`, () => assert.deepStrictEqual(parseInterval(text), Option.some(millis)))
  }

  for (const text of [
    "",
    "m",
    "h1",
    "1x",
    "1 h",
    " 1h",
    "1h ",
    "-1",
    "+1",
    "1.5h",
    "1h30m!",
    "٣",
    "25d",
    "5w",
    "9".repeat(400)
  ]) {
    it(`${JSON.stringify(text)} is no interval`, () => assert.isTrue(Option.isNone(parseInterval(text))))
  }

  it("reads back what is written in seconds", () => {
    FastCheck.assert(
      FastCheck.property(FastCheck.nat({ max: Math.floor(maxIntervalMillis / 1000) }), (seconds) => {
        assert.deepStrictEqual(parseInterval(`${seconds}s`), Option.some(seconds * 1000))
      })
    )
  })

  it("ends soon on long nonsense", () => {
    assert.isTrue(Option.isNone(parseInterval(`${"1".repeat(100_000)}x`)))
    assert.isTrue(Option.isNone(parseInterval(`${"1m".repeat(50_000)}x`)))
  })
})
