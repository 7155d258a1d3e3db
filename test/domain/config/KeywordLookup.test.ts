import { assert, describe, it } from "@effect/vitest"
import {
  allSpellings,
  beginsStatement,
  beginsStatementInC,
  findKeyword
} from "../../../src/domain/config/KeywordLookup.ts"
import { type Keyword, keywords } from "../../../src/domain/config/Keywords.ts"

const table: ReadonlyArray<Keyword> = keywords

describe("the keyword table", () => {
  it("has no spelling twice", () => {
    assert.strictEqual(new Set(allSpellings).size, allSpellings.length)
  })

  it("finds every spelling in any case", () => {
    for (const { aliases, name } of table) {
      for (const spelling of [name, ...aliases]) {
        assert.strictEqual(findKeyword(spelling)?.name, name)
        assert.strictEqual(findKeyword(spelling.toUpperCase())?.name, name)
      }
    }
    assert.isUndefined(findKeyword("constructor"))
  })

  it("has choices exactly where the value is one of them, and one line to describe each keyword", () => {
    for (const { choices, name, summary, value } of table) {
      assert.strictEqual(choices !== undefined, value === "choice", name)
      assert.match(summary, /^\S[^\n]{5,}[^.\s]$/, name)
    }
  })

  it("knows what begins a statement here, and in C", () => {
    assert.isTrue(beginsStatement("Force"))
    assert.isTrue(beginsStatement("timeout"))
    assert.isFalse(beginsStatement("reverse_path"))
    assert.isTrue(beginsStatementInC("force"))
    assert.isTrue(beginsStatementInC("tls"))
    assert.isFalse(beginsStatementInC("Tls"))
    assert.isFalse(beginsStatementInC("timeout"))
    assert.isFalse(beginsStatementInC("force sender"))
  })
})
