/**
 * C esmtp 1.2 and ours on the same command line, input, configuration and server.
 *
 * Every case is the same for both, or names the difference and its reason. As it takes two programs a case, a plain run
 * looks at a sample; CI and `npm run test:parity` look at all.
 */
import { assert, describe, it, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { requirePart } from "../support/requirePart.ts"
import { judge, title } from "./support/judge.ts"
import type { ParityCase } from "./support/ParityCase.ts"
import { ask, cProgram } from "./support/runCase.ts"
import * as ServerCertificates from "./support/ServerCertificates.ts"
import { tables } from "./tables.ts"

const looksAtAll = process.env["CI"] === "true" || process.env["ESMTP_PARITY"] === "1"

const isRoot = requirePart("root, for /etc/esmtprc", () => process.getuid?.() === 0)

const isPossible = ({ owners, systemRc }: ParityCase): boolean =>
  isRoot || (owners === undefined && systemRc === undefined)

const sampleOf = (cases: ReadonlyArray<ParityCase>): ReadonlyArray<ParityCase> =>
  cases.filter((parityCase, index) => (looksAtAll || index % 8 === 0) && isPossible(parityCase))

const isPresent = requirePart("C esmtp", cProgram) && requirePart("openssl", "openssl")

describe.runIf(isPresent)("as C esmtp does it", () => {
  layer(ServerCertificates.layer, { excludeTestServices: true, timeout: "60 seconds" })((it) => {
    for (const [what, cases] of Object.entries(tables)) {
      describe(what, { concurrent: true }, () => {
        for (const parityCase of sampleOf(cases)) {
          it.scoped(title(parityCase), () =>
            Effect.map(ask(parityCase), (answers) => judge(parityCase, answers))
          )
        }
      })
    }
  })
})

describe("the cases", () => {
  const all = Object.values(tables).flat()

  it("are many, and no two have one name", () => {
    assert.isAtLeast(all.length, 150)
    for (const [what, cases] of Object.entries(tables)) {
      const names = cases.map(({ name }) => name)
      assert.deepStrictEqual([...new Set(names)], names, what)
    }
  })
})
