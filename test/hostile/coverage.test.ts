/**
 * Each threat has a test that names it: `… [H4, H9]`, `… (L19)` or `S1: …`, in the name of a test or of a row of its
 * table.
 */
import * as fs from "node:fs"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { threats } from "./threats.ts"

const testRoot = path.resolve(import.meta.dirname, "..")

/** There, L is a layer of the test bench. */
const isAnotherLanguage = (name: string): boolean => name.startsWith(`torture${path.sep}`)

const testTexts = (): ReadonlyArray<string> =>
  fs
    .readdirSync(testRoot, { recursive: true, encoding: "utf8" })
    .filter((name) => /\.ts$/.test(name) && !isAnotherLanguage(name))
    .filter((name) => name !== path.join("hostile", "threats.ts"))
    .map((name) => fs.readFileSync(path.join(testRoot, name), "utf8"))

const id = "[TCASHLP][0-9]{1,2}"
const ids = `${id}(?:,? ${id})*`
const literal = /"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`/g
const tags = new RegExp(`\\[(${ids})\\]|\\((${ids})(?: RFC [^)]*)?\\)|^["\`](${ids})[: ]`, "g")

/** The ids that the string literals of a test file bear as a label. */
const idsIn = (text: string): ReadonlyArray<string> =>
  [...text.matchAll(literal)].flatMap(([quoted]) =>
    [...quoted.matchAll(tags)].flatMap((match) =>
      match
        .slice(1)
        .filter((list) => list !== undefined)
        .flatMap((list) => list.split(/,? /))
    )
  )

describe("the threats", () => {
  it("have a test each", () => {
    const named = new Set(testTexts().flatMap(idsIn))
    const untested = threats.filter(([threat]) => !named.has(threat))
    assert.deepStrictEqual(untested, [])
  })

  it("have an id each", () => {
    assert.strictEqual(new Set(threats.map(([threat]) => threat)).size, threats.length)
  })

  it("are known by every test that names one", () => {
    const known = new Set(threats.map(([threat]) => threat))
    const unknown = testTexts()
      .flatMap(idsIn)
      .filter((named) => /^[TCASHL]/.test(named) && !known.has(named) && !awaited.has(named))
    assert.deepStrictEqual([...new Set(unknown)], [])
  })

  it("are found as a label, not as a word", () => {
    const marked = "x [H1, H2]"
    assert.deepStrictEqual(idsIn(`it("${marked}"); it("(L3)"); it("S4 S5 RFC 5321 §4.1: y")`), [
      "H1",
      "H2",
      "L3",
      "S4",
      "S5"
    ])
    assert.deepStrictEqual(idsIn('it("of H9") // [H9]\nconst a = [H9]'), [])
  })
})

/** Named by tests that may come before their line in the table. */
const awaited: ReadonlySet<string> = new Set([])
