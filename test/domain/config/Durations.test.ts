import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import { durationMillis } from "../../../src/domain/config/Durations.ts"

describe("durationMillis", () => {
  it.each([
    ["1ms", 1],
    ["500ms", 500],
    ["30s", 30_000],
    ["5m", 300_000],
    ["1.5h", 5_400_000],
    ["2H", 7_200_000],
    ["5d", 432_000_000],
    [" 7s ", 7000],
    ["366d", 31_622_400_000]
  ])("reads %s", (text, millis) => {
    assert.deepStrictEqual(durationMillis(text), Option.some(millis))
  })

  it.each([
    "",
    "0s",
    "0.4ms",
    "5",
    "5 m",
    "5x",
    "-5s",
    "1h30m",
    "s",
    "1e3s",
    "367d",
    "99999999999999s",
    "٣s"
  ])("gives none for %j", (text) => {
    assert.deepStrictEqual(durationMillis(text), Option.none())
  })

  it.prop("gives a whole number of milliseconds or none", [FastCheck.string()], ([text]) => {
    const millis = Option.getOrElse(durationMillis(text), () => 1)
    assert.isTrue(Number.isSafeInteger(millis) && millis > 0)
  })
})
