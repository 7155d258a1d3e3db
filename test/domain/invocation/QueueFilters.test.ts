import { assert, describe, it } from "@effect/vitest"
import type { QueueFilter } from "../../../src/domain/invocation/Invocation.ts"
import { matchesFilters } from "../../../src/domain/invocation/QueueFilters.ts"

const entry = { id: "01ABCdef", sender: "Me@example.org", recipients: ["Bob@example.net", "eve@example.com"] }

const only = (field: QueueFilter["field"], substring: string): QueueFilter => ({
  field,
  substring,
  negated: false
})
const not = (field: QueueFilter["field"], substring: string): QueueFilter => ({
  field,
  substring,
  negated: true
})

describe("matchesFilters", () => {
  const cases: ReadonlyArray<readonly [what: string, filters: ReadonlyArray<QueueFilter>, matches: boolean]> =
    [
      ["no filter names all", [], true],
      ["part of the id", [only("id", "ABC")], true],
      ["an id has its case", [only("id", "abc")], false],
      ["part of the sender", [only("sender", "example.org")], true],
      ["an address has no case", [only("sender", "ME@EXAMPLE")], true],
      ["one of the recipients is enough", [only("recipient", "eve@")], true],
      ["another recipient", [only("recipient", "carol@")], false],
      ["filters of one field are alternatives", [only("recipient", "carol"), only("recipient", "bob")], true],
      ["different fields must all hold", [only("recipient", "bob"), only("sender", "carol")], false],
      ["both hold", [only("recipient", "bob"), only("sender", "me@")], true],
      ["a negated filter that matches", [not("recipient", "bob")], false],
      ["a negated filter that does not", [not("recipient", "carol")], true],
      ["negated beside another of the field", [not("recipient", "bob"), only("recipient", "eve")], true]
    ]
  for (const [what, filters, matches] of cases) {
    it(what, () => assert.strictEqual(matchesFilters(filters, entry), matches))
  }

  it("a null sender matches no text, and every negated one", () => {
    const bounce = { ...entry, sender: "" }
    assert.isFalse(matchesFilters([only("sender", "a")], bounce))
    assert.isTrue(matchesFilters([not("sender", "a")], bounce))
  })
})
