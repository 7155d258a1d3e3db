import { assert, describe, it } from "@effect/vitest"
import { makeMessageId } from "../../../src/domain/mail/MessageId.ts"

const parts = {
  epochMillis: 1_795_348_874_000,
  processId: 4711,
  random: "k3v9x0q2",
  host: "laptop.example.org"
}

describe("makeMessageId", () => {
  it("joins time, process, chance and place", () => {
    assert.strictEqual(makeMessageId(parts), "<mwrsd53k.4711.k3v9x0q2@laptop.example.org>")
  })

  const hosts: ReadonlyArray<readonly [what: string, host: string, right: string]> = [
    ["takes an address literal", "[192.0.2.1]", "[192.0.2.1]"],
    ["takes a name without dots", "laptop", "laptop"],
    ["writes A-labels", "bücher.example", "xn--bcher-kva.example"],
    ["S5: puts localhost for what could end the field", "a>\r\nBcc: x@y", "localhost"],
    ["puts localhost for an empty name", "", "localhost"],
    ["puts localhost for a name with blanks", "my laptop", "localhost"],
    ["puts localhost for dots in a row", "a..b", "localhost"]
  ]
  for (const [what, host, right] of hosts) {
    it(what, () => assert.strictEqual(makeMessageId({ ...parts, host }).split("@")[1], `${right}>`))
  }
})
