import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { openToAppend } from "../../../src/layers/telemetry/privateFile.ts"
import { makeTempDir } from "../../support/TempDir.ts"

const isRoot = process.getuid?.() === 0

const append = (file: string, text: string): void => {
  const fd = openToAppend(file)
  try {
    fs.writeSync(fd, text)
  } finally {
    fs.closeSync(fd)
  }
}

describe("a file of -X or logfile", () => {
  it.scoped("L8: is made private, and kept so, whatever the umask", () =>
    Effect.gen(function* () {
      const directory = yield* makeTempDir
      for (const umask of [0o000, 0o777]) {
        const file = path.join(directory, `log-${umask}`)
        const before = process.umask(umask)
        yield* Effect.addFinalizer(() => Effect.sync(() => process.umask(before)))
        append(file, "one\n")
        process.umask(before)
        fs.chmodSync(file, 0o666)
        append(file, "two\n")
        assert.strictEqual(fs.readFileSync(file, "utf8"), "one\ntwo\n")
        assert.strictEqual(fs.statSync(file).mode & 0o777, 0o600)
      }
    })
  )

  const traps: ReadonlyArray<readonly [string, RegExp, (file: string, victim: string) => void]> = [
    ["a symbolic link", /ELOOP/, (file, victim) => fs.symlinkSync(victim, file)],
    ["a link that leads nowhere", /ELOOP/, (file) => fs.symlinkSync("/nonexistent/x", file)],
    ["a hard link", /more than one name/, (file, victim) => fs.linkSync(victim, file)],
    ["a FIFO that nobody reads", /ENXIO/, (file) => void execFileSync("mkfifo", [file])],
    ["a directory", /EISDIR/, (file) => fs.mkdirSync(file)]
  ]

  for (const [what, refusal, lay] of traps) {
    it.scoped(`L9: is not written through ${what}, and not waited for`, () =>
      Effect.gen(function* () {
        const directory = yield* makeTempDir
        const [file, victim] = [path.join(directory, "log"), path.join(directory, "victim")]
        fs.writeFileSync(victim, "mine\n", { mode: 0o644 })
        lay(file, victim)
        assert.throws(() => append(file, "secret\n"), refusal)
        assert.strictEqual(fs.readFileSync(victim, "utf8"), "mine\n")
        assert.strictEqual(fs.statSync(victim).mode & 0o777, 0o644)
      })
    )
  }

  it.scoped.runIf(isRoot)("L9: is nobody else's, who would read it", () =>
    Effect.gen(function* () {
      const file = path.join(yield* makeTempDir, "log")
      fs.writeFileSync(file, "")
      fs.chownSync(file, 65534, 65534)
      assert.throws(() => append(file, "secret\n"), /somebody else's/)
      assert.strictEqual(fs.readFileSync(file, "utf8"), "")
    })
  )

  it("L9: may be a device that takes characters", () => {
    assert.doesNotThrow(() => append("/dev/null", "x\n"))
  })
})
