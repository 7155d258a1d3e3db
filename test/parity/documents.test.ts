/** docs/COMPATIBILITY.md and the parity suite speak of the same things. */
import * as fs from "node:fs"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import { tables } from "./tables.ts"

const here = path.dirname(fileURLToPath(import.meta.url))
const text = fs.readFileSync(path.join(here, "../../docs/COMPATIBILITY.md"), "utf8")

const rows = text
  .split("\n")
  .filter((line) => line.startsWith("| ") && !/^\| (?:C esmtp|esmtp-wrapper) \|/.test(line))
  .map((line) => line.slice(2, -2).split(" | "))

describe("docs/COMPATIBILITY.md", () => {
  it("says of every behaviour whether it is kept, fixed or refused", () => {
    assert.isAbove(rows.length, 100)
    for (const row of rows) {
      assert.lengthOf(row.length === 2 ? [...row, ""] : row, 3, row.join(" | "))
      assert.include(["kept", "fixed", "refused"], row[1]?.replace(/ \|$/, ""), row.join(" | "))
    }
  })

  it("names every table of cases, and no other", () => {
    const named = text
      .split("\n")
      .filter((line) => line.startsWith("Cases: "))
      .flatMap((line) => [...line.matchAll(/`([^`]+)`/g)].map(([, name]) => name))
    assert.deepStrictEqual(named.toSorted(), Object.keys(tables).toSorted())
  })
})
