/** The cache that lets the program start without compiling: good for this Node, and never needed. */
import * as fs from "node:fs"
import * as path from "node:path"
import { Script } from "node:vm"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { cacheFile, digestBytes } from "../../scripts/codeCacheFile.mjs"
import { makeHome, startEmbeddedRelay } from "../support/EmbeddedRelay.ts"
import { builtProgram, run, searchPath } from "../support/runProgram.ts"

const dist = path.dirname(builtProgram)
const shipped = ["main.cjs", "main.mjs", "program.cjs", "codeCache.cjs"]

/** Another installation, without a cache, at the directory given. */
const installAt = (directory: string): string => {
  fs.mkdirSync(directory)
  for (const name of shipped) fs.copyFileSync(path.join(dist, name), path.join(directory, name))
  return directory
}

const cacheOf = (directory: string): string => {
  const program = path.join(directory, "program.cjs")
  return cacheFile(program, fs.readFileSync(program, "latin1"))
}

const flipped = (bytes: Buffer, at: number): Buffer => {
  const damaged = Buffer.from(bytes)
  damaged[at] = (damaged[at] ?? 0) ^ 0x20
  return damaged
}

const sendFrom = (directory: string, home: string, entry = "main.cjs") =>
  run({
    file: process.execPath,
    args: [path.join(directory, entry), "-i", "grace@example.net"],
    stdin: "Subject: x\n\nx\n",
    env: { HOME: home, PATH: searchPath() }
  })

describe("the code cache", () => {
  it("of the build is one that V8 accepts", () => {
    const program = path.join(dist, "program.cjs")
    const source = fs.readFileSync(program, "latin1")
    const cachedData = fs.readFileSync(cacheFile(program, source)).subarray(digestBytes)
    assert.strictEqual(new Script(source, { filename: program, cachedData }).cachedDataRejected, false)
  })

  it.scopedLive("is made anew where the program lies, and leaves nothing else behind", () =>
    Effect.gen(function* () {
      const relay = yield* startEmbeddedRelay({ security: "plain" })
      const home = yield* makeHome({ hostname: `127.0.0.1:${relay.port}`, identity: "ada@example.org" })
      const directory = installAt(path.join(home, "installed"))
      const made = yield* run({ file: process.execPath, args: [path.join(directory, "codeCache.cjs")] })
      assert.strictEqual(made.status, 0, made.stderr)
      assert.strictEqual(`${made.stdout}${made.stderr}`, "")
      assert.sameMembers(fs.readdirSync(directory), [...shipped, path.basename(cacheOf(directory))])
      assert.strictEqual((yield* sendFrom(directory, home)).status, 0)
      assert.lengthOf(relay.messages, 1)
    })
  )

  it.scopedLive("may be missing, cut off, empty, of another program, or damaged in any place", () =>
    Effect.gen(function* () {
      const relay = yield* startEmbeddedRelay({ security: "plain" })
      const home = yield* makeHome({ hostname: `127.0.0.1:${relay.port}`, identity: "ada@example.org" })
      const directory = installAt(path.join(home, "installed"))
      const good = fs.readFileSync(cacheOf(dist))
      const damaged = [
        Buffer.alloc(0),
        good.subarray(0, good.length / 2),
        Buffer.concat([good.subarray(0, good.length / 2), Buffer.alloc(good.length / 2)]),
        flipped(good, Math.floor(good.length / 3)),
        flipped(good, good.length - 1)
      ]
      const attempts = [() => fs.mkdirSync(cacheOf(directory)), () => fs.rmdirSync(cacheOf(directory))]
      for (const bytes of damaged) attempts.push(() => fs.writeFileSync(cacheOf(directory), bytes))
      for (const prepare of attempts) {
        prepare()
        const { status, stderr } = yield* sendFrom(directory, home)
        assert.strictEqual(status, 0, stderr)
        assert.strictEqual(stderr, "")
      }
      assert.lengthOf(relay.messages, attempts.length)
    })
  )

  it.scopedLive("is used by the program under its older name too", () =>
    Effect.gen(function* () {
      const relay = yield* startEmbeddedRelay({ security: "plain" })
      const home = yield* makeHome({ hostname: `127.0.0.1:${relay.port}`, identity: "ada@example.org" })
      assert.strictEqual((yield* sendFrom(dist, home, "main.mjs")).status, 0)
      assert.lengthOf(relay.messages, 1)
    })
  )
})
