/** What a reader of mail that somebody else wrote makes of converted messages. */
import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import { programPath, requirePart } from "../../support/requirePart.ts"
import { convert } from "./converted.ts"
import { message } from "./mimeTree.ts"

const script = fileURLToPath(new URL("../../support/compareMessages.py", import.meta.url))

describe.runIf(requirePart("python3", "python3"))("Python's email package", () => {
  it("reads the same in 300 random messages and in what they are converted to", () => {
    const directory = fs.mkdtempSync(path.join(os.tmpdir(), "esmtp-mime-"))
    try {
      // Python takes message/global for a message even where it is encoded.
      const samples = FastCheck.sample(
        message.filter((source) => !source.includes("message/global")),
        300
      )
      for (const [index, source] of samples.entries()) {
        const converted = Either.getOrThrow(convert(source))
        fs.writeFileSync(path.join(directory, `${index}.before`), source, "latin1")
        fs.writeFileSync(path.join(directory, `${index}.after`), converted.text, "latin1")
      }
      const told = execFileSync(programPath("python3"), [script, directory], { encoding: "utf8" })
      assert.strictEqual(told, "300 pairs\n")
    } finally {
      fs.rmSync(directory, { recursive: true, force: true })
    }
  })
})
