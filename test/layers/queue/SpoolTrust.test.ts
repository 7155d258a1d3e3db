import * as fs from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { Queue } from "../../../src/services/Queue.ts"
import { makeTempDir } from "../../support/TempDir.ts"
import { draft } from "./drafts.ts"
import { queueAt } from "./spools.ts"

const enqueue = Effect.flatMap(Queue, (queue) => queue.enqueue(draft()))
const list = Effect.flatMap(Queue, (queue) => Stream.runCollect(queue.list))

const refusal = (root: string) =>
  Effect.gen(function* () {
    const error = yield* Effect.flip(Effect.provide(enqueue, queueAt(root)))
    const listing = yield* Effect.flip(Effect.provide(list, queueAt(root)))
    assert.strictEqual(error._tag, "QueueFailed")
    return [error, listing].map((one) => ("reason" in one ? `${one.reason}: ${one.message}` : ""))
  })

const mode = (path: string) => fs.lstatSync(path).mode & 0o777

describe("a spool that can be trusted", () => {
  it.scoped("L8: files are 0600 and directories 0700, whatever the umask", () =>
    Effect.gen(function* () {
      for (const mask of [0o000, 0o777, 0o022]) {
        const root = `${yield* makeTempDir}/spool`
        const before = process.umask(mask)
        const id = yield* Effect.provide(enqueue, queueAt(root)).pipe(
          Effect.ensuring(Effect.sync(() => process.umask(before)))
        )
        for (const name of ["", "/q", "/tmp", "/st", "/bad", "/dead", "/run"])
          assert.strictEqual(mode(root + name), 0o700)
        assert.strictEqual(mode(`${root}/q/${id}`), 0o600)
        assert.strictEqual(mode(`${root}/VERSION`), 0o600)
      }
    })
  )

  it.scoped("L9: one that others can enter is refused, with the mode and the cure", () =>
    Effect.gen(function* () {
      const root = `${yield* makeTempDir}/spool`
      yield* Effect.provide(enqueue, queueAt(root))
      fs.chmodSync(root, 0o755)
      for (const message of yield* refusal(root)) assert.match(message, /^Unsafe: .*mode 0755.*chmod 700/)
    })
  )

  it.scoped("L9: one behind a symbolic link is refused", () =>
    Effect.gen(function* () {
      const directory = yield* makeTempDir
      yield* Effect.provide(enqueue, queueAt(`${directory}/spool`))
      fs.symlinkSync("spool", `${directory}/link`)
      for (const message of yield* refusal(`${directory}/link`))
        assert.match(message, /^Unsafe: .*symbolic link/)
    })
  )

  it.scoped("L9: one in a directory where everyone may write is refused, and nothing is made there", () =>
    Effect.gen(function* () {
      const directory = `${yield* makeTempDir}/shared`
      fs.mkdirSync(directory)
      fs.chmodSync(directory, 0o1777)
      const error = yield* Effect.flip(Effect.provide(enqueue, queueAt(`${directory}/spool`)))
      assert.match(error.message, /no place for a queue/)
      assert.deepStrictEqual(fs.readdirSync(directory), [])
    })
  )

  it.scoped.runIf(process.getuid?.() === 0)("L9: somebody else's is refused", () =>
    Effect.gen(function* () {
      const root = `${yield* makeTempDir}/spool`
      yield* Effect.provide(enqueue, queueAt(root))
      fs.chownSync(root, 65_534, 65_534)
      for (const message of yield* refusal(root)) assert.match(message, /^Unsafe: .*belongs to user 65534/)
    })
  )

  it.scoped("one of a later format is refused and not touched", () =>
    Effect.gen(function* () {
      const root = `${yield* makeTempDir}/spool`
      yield* Effect.provide(enqueue, queueAt(root))
      fs.writeFileSync(`${root}/VERSION`, "2\n")
      for (const message of yield* refusal(root)) assert.match(message, /^Unsupported: .*another version/)
      assert.strictEqual(fs.readdirSync(`${root}/tmp`).length, 0)
    })
  )

  it.scoped("a missing part is made again", () =>
    Effect.gen(function* () {
      const root = `${yield* makeTempDir}/spool`
      yield* Effect.provide(enqueue, queueAt(root))
      fs.rmSync(`${root}/tmp`, { recursive: true })
      fs.rmSync(`${root}/run`, { recursive: true })
      yield* Effect.provide(enqueue, queueAt(root))
      assert.strictEqual(fs.readdirSync(`${root}/q`).length, 2)
    })
  )

  it.scoped("a listing of a queue that was never used is empty and makes nothing", () =>
    Effect.gen(function* () {
      const directory = yield* makeTempDir
      assert.strictEqual((yield* Effect.provide(list, queueAt(`${directory}/spool`))).length, 0)
      assert.deepStrictEqual(fs.readdirSync(directory), [])
    })
  )
})
