import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import { formatDate } from "../../../src/domain/mail/DateTime.ts"

describe("formatDate", () => {
  const cases: ReadonlyArray<readonly [what: string, iso: string, offset: number, date: string]> = [
    ["writes UTC", "2026-11-22T12:01:14Z", 0, "Sun, 22 Nov 2026 12:01:14 +0000"],
    ["writes the day without a leading zero", "2026-11-02T02:03:04Z", 0, "Mon, 2 Nov 2026 02:03:04 +0000"],
    ["writes east of Greenwich", "2026-11-22T23:30:00Z", 330, "Mon, 23 Nov 2026 05:00:00 +0530"],
    ["writes west of Greenwich", "2026-01-01T02:00:00Z", -210, "Wed, 31 Dec 2025 22:30:00 -0330"],
    ["knows 29 February", "2028-02-29T00:00:00Z", 0, "Tue, 29 Feb 2028 00:00:00 +0000"],
    ["begins with the epoch", "1970-01-01T00:00:00Z", 0, "Thu, 1 Jan 1970 00:00:00 +0000"]
  ]
  for (const [what, iso, offset, date] of cases) {
    it(what, () => assert.strictEqual(formatDate(Date.parse(iso), offset), date))
  }

  it("is read back as the same second by whoever knows RFC 5322", () => {
    FastCheck.assert(
      FastCheck.property(
        FastCheck.integer({ min: 0, max: 4_102_444_800 }),
        FastCheck.integer({ min: -720, max: 840 }),
        (seconds, offset) =>
          assert.strictEqual(Date.parse(formatDate(seconds * 1000, offset)), seconds * 1000)
      )
    )
  })
})
