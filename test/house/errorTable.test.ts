/** The table of errors in the documents is what the code says: a change of either shows here. */
import * as fs from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import * as Option from "effect/Option"
import { advice } from "../../src/domain/invocation/Advice.ts"
import { type EsmtpError, fromError } from "../../src/domain/invocation/SysExits.ts"
import { errorLine } from "../../src/domain/invocation/Wording.ts"
import { errorSamples, fateInQueue, nameOf, rowOf } from "./errorSamples.ts"

const table = new URL("../../docs/ERRORS.md", import.meta.url)

const cell = (text: string): string => text.replaceAll("|", "\\|")

const row = (error: EsmtpError): string =>
  [
    nameOf(error),
    errorLine(error),
    String(fromError(error)),
    fateInQueue(error),
    Option.getOrElse(advice(error), () => "")
  ]
    .map(cell)
    .join(" | ")

const document = [
  "# Errors",
  "",
  "Every failure is one line on standard error. This table is made from the program's own functions by",
  "`test/house/errorTable.test.ts` (run it with `UPDATE_DOCS=1` after a change); values in it are examples.",
  "*Exit* is the status of an interactive delivery; *queued mail* says what becomes of the same failure there.",
  "",
  "error | line | exit | queued mail | cure",
  "--- | --- | --- | --- | ---",
  ...errorSamples.map(row),
  ""
].join("\n")

describe("docs/ERRORS.md", () => {
  it("is what the code says", () => {
    if (process.env["UPDATE_DOCS"] === "1") fs.writeFileSync(table, document)
    assert.strictEqual(fs.readFileSync(table, "utf8"), document)
  })

  it("has no two rows that only the example tells apart", () => {
    const rows = errorSamples.map(rowOf)
    assert.deepStrictEqual([...new Set(rows)], rows)
  })
})
