/** The package as users get it: what is in it, and what `npm install -g` makes of it. */
import * as fs from "node:fs"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { run, searchPath } from "../support/runProgram.ts"
import { makeTempDir } from "../support/TempDir.ts"

const repository = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..")

/** npm with a cache of the test's own, not asking the network for anything. */
const npm = (directory: string, ...args: ReadonlyArray<string>) =>
  run({
    file: "npm",
    args: [...args, "--offline", "--cache", path.join(directory, "cache"), "--loglevel=error"],
    cwd: repository,
    env: { HOME: directory, npm_config_update_notifier: "false" },
    timeoutMillis: 60_000
  }).pipe(Effect.tap((result) => assert.strictEqual(result.status, 0, result.stdout + result.stderr)))

const names = ["deliver", "esmtp", "mailq", "newaliases", "sendmail"]

const assertInstalled = (prefix: string) =>
  Effect.gen(function* () {
    const bin = path.join(prefix, "bin")
    assert.deepStrictEqual(fs.readdirSync(bin).sort(), names)
    const esmtp = yield* run({
      file: "esmtp",
      args: ["--version"],
      env: { PATH: searchPath(bin), HOME: prefix }
    })
    assert.strictEqual(esmtp.status, 0, esmtp.stderr)
    assert.match(esmtp.stdout, /\d+\.\d+\.\d+/)
    const aliases = yield* run({ file: "newaliases", env: { PATH: searchPath(bin), HOME: prefix } })
    assert.deepStrictEqual([aliases.status, aliases.stdout, aliases.stderr], [0, "", ""])
    for (const page of [
      "man1/esmtp.1",
      "man1/sendmail.1",
      "man1/mailq.1",
      "man1/deliver.1",
      "man5/esmtprc.5"
    ]) {
      assert.isTrue(fs.existsSync(path.join(prefix, "share/man", page)), page)
    }
  })

describe("the package", () => {
  it.scopedLive(
    "holds the program, its manual and its licences, and installs from a tarball without the network",
    () =>
      Effect.gen(function* () {
        const directory = yield* makeTempDir
        const packed = yield* npm(
          directory,
          "pack",
          "--ignore-scripts",
          "--json",
          "--pack-destination",
          directory
        )
        const [{ filename, files }]: [{ filename: string; files: Array<{ path: string }> }] = JSON.parse(
          packed.stdout
        )
        const kinds = new Set(files.map((file) => file.path.replace(/^(dist|docs|examples|man)\/.*/, "$1/")))
        assert.deepStrictEqual([...kinds].sort(), [
          "CHANGELOG.md",
          "LICENSE",
          "README.md",
          "dist/",
          "docs/",
          "examples/",
          "man/",
          "package.json"
        ])
        assert.include(
          files.map((file) => file.path),
          "dist/THIRD-PARTY-LICENSES.txt"
        )
        const prefix = path.join(directory, "prefix")
        yield* npm(directory, "install", "--global", "--prefix", prefix, path.join(directory, filename))
        yield* assertInstalled(prefix)
      })
  )

  it.scopedLive("installs from a clone", () =>
    Effect.gen(function* () {
      const directory = yield* makeTempDir
      const prefix = path.join(directory, "prefix")
      yield* npm(directory, "install", "--global", "--prefix", prefix, ".")
      yield* assertInstalled(prefix)
    })
  )
})
