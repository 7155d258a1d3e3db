import { assert, describe, it } from "@effect/vitest"
import { hasControl } from "../../../src/domain/telemetry/Printable.ts"
import { type RecordedSpan, spanTreeLines } from "../../../src/domain/telemetry/SpanTree.ts"

const span = (id: string, name: string, from: number, to: number, parentId?: string): RecordedSpan => ({
  id,
  name,
  startNanos: BigInt(from) * 1_000_000n,
  endNanos: BigInt(to) * 1_000_000n,
  attributes: new Map(),
  failed: false,
  ...(parentId !== undefined && { parentId })
})

describe("the tree of --trace", () => {
  it("puts children below their parent, in the order they began", () => {
    const lines = spanTreeLines([
      span("3", "tls", 20, 50, "1"),
      span("2", "greeting", 10, 15, "1"),
      span("1", "session", 5, 60)
    ])
    assert.deepStrictEqual(
      lines.map((line) => line.replace(/ +/g, " ")),
      ["session +0.0 ms 55.0 ms", "├─ greeting +5.0 ms 5.0 ms", "└─ tls +15.0 ms 30.0 ms"]
    )
  })

  it("shows what failed, what never ended, and what is known of it", () => {
    const { endNanos: _, ...unfinished } = span("1", "data", 0, 0)
    const [failed = "", open = ""] = spanTreeLines([
      { ...span("2", "auth", 0, 1), failed: true, attributes: new Map([["mechanism", "PLAIN"]]) },
      unfinished
    ])
    assert.match(failed, /^auth \(failed\) .* mechanism=PLAIN$/)
    assert.match(open, /^data .* unfinished$/)
  })

  it("lets no attribute act on a terminal", () => {
    const [line = ""] = spanTreeLines([
      { ...span("1", "ehlo", 0, 1), attributes: new Map([["text", "\u001b[2J\n"]]) }
    ])
    assert.isFalse(hasControl(line))
  })
})
