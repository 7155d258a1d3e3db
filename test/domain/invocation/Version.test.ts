import { readFileSync } from "node:fs"
import { assert, it } from "@effect/vitest"
import { version } from "../../../src/domain/invocation/Version.ts"

it("the version is the package's", () => {
  const text = readFileSync(new URL("../../../package.json", import.meta.url), "utf8")
  assert.include(text, `"version": "${version}"`)
})
