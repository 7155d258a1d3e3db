import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as Limits from "../../../src/domain/config/Limits.ts"
import { programPath } from "../../support/requirePart.ts"
import { failureFrom, hostFrom, makePlaces, refusalOf, write } from "./places.ts"

describe("the directory of a file with secrets or commands", () => {
  it.scoped("may not let others replace the file, wherever a link to it leads [L1]", () =>
    Effect.gen(function* () {
      const { directory } = yield* makePlaces
      const shared = path.join(directory, "shared")
      fs.mkdirSync(shared)
      fs.chmodSync(shared, 0o777)
      const file = write(path.join(shared, "c"), "mda m")
      const link = path.join(directory, "link")
      fs.symlinkSync(file, link)
      for (const configPath of [file, link]) {
        assert.include(
          yield* refusalOf(configPath),
          `${shared}: mode 0777 lets others replace the configuration in it; cure: chmod go-w`
        )
      }
      fs.chmodSync(shared, 0o1777)
      assert.strictEqual(yield* hostFrom({ configPath: file, env: {} }), "localhost")
    })
  )
})

describe("whatever is no regular file", () => {
  it.scoped("is refused at once", () =>
    Effect.gen(function* () {
      const { directory } = yield* makePlaces
      const fifo = path.join(directory, "fifo")
      execFileSync(programPath("mkfifo"), ["-m", "600", fifo])
      for (const file of [fifo, directory, "/dev/zero", "/dev/tty"]) {
        assert.match(yield* refusalOf(file), /must be a regular file|can't be opened/, file)
      }
      assert.strictEqual(yield* refusalOf(fifo), `${fifo}: must be a regular file`)
    })
  )

  it.effect("except /dev/null, which is an empty configuration", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* hostFrom({ configPath: "/dev/null", env: {} }), "localhost")
    })
  )
})

describe("the text of a file", () => {
  it.scoped("may be ISO 8859-1, but not UTF-16 or endless", () =>
    Effect.gen(function* () {
      const { directory } = yield* makePlaces
      const file = path.join(directory, "c")
      write(file, Buffer.from("# Jos\xe9\nhost c", "latin1"))
      assert.strictEqual(yield* hostFrom({ configPath: file, env: {} }), "c")
      write(file, Buffer.from("\uFEFFhost c", "utf16le"))
      assert.include(yield* refusalOf(file), "UTF-16")
      fs.truncateSync(file, Limits.fileBytes + 1)
      assert.include(yield* refusalOf(file), "larger than")
    })
  )

  it.scoped("is told with line and column where it is wrong", () =>
    Effect.gen(function* () {
      const { directory } = yield* makePlaces
      const file = write(path.join(directory, "c"), "host c\n  tls maybe\nhostnam x")
      assert.strictEqual(
        yield* refusalOf(file),
        `${file}:2:7: starttls: found "maybe", expected disabled, enabled, required or implicit`
      )
    })
  )

  it.scoped("can't be had by a name too long", () =>
    Effect.gen(function* () {
      const { directory } = yield* makePlaces
      assert.include(
        yield* refusalOf(path.join(directory, "x".repeat(300))),
        "can't be opened: name too long"
      )
    })
  )
})

describe("a program with more rights than its caller (L6)", () => {
  const uid = process.geteuid?.() ?? 0
  const ids = { uid, euid: uid, gid: 1, egid: 2 }

  it.scoped("looks neither at -C nor at the environment", () =>
    Effect.gen(function* () {
      const { directory, home, systemPath, user } = yield* makePlaces
      const other = write(path.join(directory, "c"), "host c")
      write(user, "host u")
      const env = { ESMTPRC: other, HOME: directory }
      assert.strictEqual(yield* hostFrom({ configPath: other, env, ids, systemPath }, home), "u")
    }).pipe(Effect.provide(Logger.remove(Logger.defaultLogger)))
  )

  it.scoped("follows no symbolic link of the user's", () =>
    Effect.gen(function* () {
      const { directory, home, systemPath, user } = yield* makePlaces
      fs.symlinkSync(write(path.join(directory, "c"), "host c"), user)
      const failure = yield* failureFrom({ env: {}, ids, systemPath }, home)
      assert.strictEqual(failure.message, `${user}: must not be a symbolic link here`)
    })
  )
})

describe("an opened file", () => {
  it.scoped("is closed, whatever comes of it", () =>
    Effect.gen(function* () {
      const { directory } = yield* makePlaces
      const descriptors = () => fs.readdirSync("/proc/self/fd").length
      const before = descriptors()
      write(path.join(directory, "good"), "host c")
      write(path.join(directory, "bad"), "hostnam c")
      write(path.join(directory, "unsafe"), "host c", 0o666)
      for (const name of ["good", "bad", "unsafe", "missing", "."]) {
        yield* Effect.either(hostFrom({ configPath: path.join(directory, name), env: {} }))
      }
      assert.strictEqual(descriptors(), before)
    })
  )
})
