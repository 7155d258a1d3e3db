/** The failures of C esmtp 1.2 that are known: shown red on it, and green on ours; and the table of them in the documents. */
import * as fs from "node:fs"
import * as path from "node:path"
import { assert, describe, it, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { requirePart } from "../../support/requirePart.ts"
import { cProgram } from "../support/runCase.ts"
import * as ServerCertificates from "../support/ServerCertificates.ts"
import * as Bench from "./Bench.ts"
import { probes } from "./probes.ts"

const isPresent = requirePart("C esmtp", cProgram) && requirePart("openssl", "openssl")

describe.runIf(isPresent)("what C esmtp fails at", () => {
  layer(ServerCertificates.layer, { excludeTestServices: true, timeout: "60 seconds" })((it) => {
    describe("is as it was measured", { concurrent: true }, () => {
      for (const { look, shows, what } of probes) {
        it.scoped(what, () =>
          Effect.gen(function* () {
            for (const program of ["c", "ours"] as const) {
              const seen = yield* Effect.flatMap(Bench.make(program), look)
              assert.deepStrictEqual(seen, shows[program], program)
            }
          })
        )
      }
    })
  })
})

describe("docs/SECURITY.md", () => {
  it("has the table of what C esmtp fails at, as it is tested", () => {
    const file = path.resolve(import.meta.dirname, "../../../docs/SECURITY.md")
    const table = [
      "| what | C esmtp 1.2 | esmtp |",
      "|---|---|---|",
      ...probes.map(({ c, ours, what }) => `| ${what} | ${c} | ${ours} |`)
    ].join("\n")
    assert.include(fs.readFileSync(file, "utf8"), table)
  })
})
