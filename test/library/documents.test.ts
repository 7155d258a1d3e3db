/** docs/LIBRARY.md tells of everything that is exported, and of nothing else. */
import * as fs from "node:fs"
import { assert, describe, it } from "@effect/vitest"

const read = (name: string): string => fs.readFileSync(new URL(`../../${name}`, import.meta.url), "utf8")

const exportsOf = (file: string): ReadonlyArray<string> =>
  [...read(file).matchAll(/^export (?:type )?(?:\* as (\w+)|\{ (?:type )?(\w+) \})/gm)].map(
    ([, namespace, name]) => namespace ?? name ?? ""
  )

const words = new Set(read("docs/LIBRARY.md").match(/\w+/g))

describe("docs/LIBRARY.md", () => {
  it("names everything that the package exports", () => {
    const names = ["src/library/library.ts", "src/library/simulation.ts"].flatMap(exportsOf)
    assert.isAbove(names.length, 60)
    const untold = names.filter((name) => !words.has(name) && name !== "Mail")
    assert.deepStrictEqual(untold, [])
  })

  it("names no verb that there is not", () => {
    const verbs = [...read("docs/LIBRARY.md").matchAll(/\bEsmtp\.(\w+)/g)].map(([, verb = ""]) => verb)
    const source = read("src/library/Esmtp.ts")
    const unknown = verbs.filter((verb) => !new RegExp(`^export const ${verb}\\b`, "m").test(source))
    assert.deepStrictEqual(unknown, [])
  })
})
