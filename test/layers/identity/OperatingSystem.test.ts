import * as os from "node:os"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { layer, type OperatingSystemOptions } from "../../../src/layers/identity/OperatingSystem.ts"
import { LocalSystem } from "../../../src/services/LocalSystem.ts"
import { makeTempDir, writeFiles } from "../../support/TempDir.ts"

const system = (options: OperatingSystemOptions) => LocalSystem.pipe(Effect.provide(layer(options)))

const idsOf = (uid: number) => ({ uid, euid: uid, gid: uid, egid: uid })

const makePasswd = Effect.map(makeTempDir, (directory) => {
  writeFiles(directory, { passwd: "kim:x:54321:54321:Kim Lee,,,:/home/kim:/bin/sh\nx:x:54322:1:::\n" })
  return path.join(directory, "passwd")
})

describe("the user", () => {
  it.scoped("is the one of the user database", () =>
    Effect.gen(function* () {
      const passwdPath = yield* makePasswd
      const local = yield* system({ env: {}, passwdPath, ids: idsOf(54321) })
      assert.strictEqual(local.userName, "kim")
      assert.strictEqual(local.fullName, "Kim Lee")
      assert.strictEqual(local.home, "/home/kim")
    })
  )

  it.scoped("has what the database leaves out left out", () =>
    Effect.gen(function* () {
      const passwdPath = yield* makePasswd
      const local = yield* system({ env: {}, passwdPath, ids: idsOf(54322) })
      assert.strictEqual(local.userName, "x")
      assert.notProperty(local, "fullName")
      assert.notProperty(local, "home")
    })
  )

  it.scoped("without an entry goes by the number", () =>
    Effect.gen(function* () {
      const passwdPath = yield* makePasswd
      const ids = { ...idsOf(65432), euid: 54321 }
      const local = yield* system({ env: { HOME: "/tmp" }, passwdPath, ids })
      assert.strictEqual(local.userName, "65432")
      assert.notProperty(local, "fullName")
    })
  )

  it.effect("is asked from the system where there is no such file", () =>
    Effect.gen(function* () {
      const local = yield* system({ env: {}, passwdPath: "/nonexistent/passwd" })
      assert.strictEqual(local.userName, os.userInfo().username)
      assert.strictEqual(local.home, os.userInfo().homedir)
    })
  )

  it.effect("is that of this process", () =>
    Effect.gen(function* () {
      const local = yield* system({ env: {} })
      assert.strictEqual(local.userName, os.userInfo().username)
    })
  )
})

describe("the home", () => {
  it.scoped("is HOME, unless that is empty or the caller has fewer rights (L6)", () =>
    Effect.gen(function* () {
      const passwdPath = yield* makePasswd
      const ids = idsOf(54321)
      const home = (HOME: string, given = ids) =>
        Effect.map(system({ env: { HOME }, passwdPath, ids: given }), (local) => local.home)
      assert.strictEqual(yield* home("/elsewhere"), "/elsewhere")
      assert.strictEqual(yield* home("/"), "/")
      assert.strictEqual(yield* home("relative"), path.resolve("relative"))
      assert.strictEqual(yield* home(""), "/home/kim")
      assert.strictEqual(yield* home("/elsewhere", { ...ids, egid: 8 }), "/home/kim")
      assert.strictEqual(yield* home("/elsewhere", { ...ids, euid: 0 }), "/home/kim")
    })
  )
})

describe("the machine", () => {
  it.effect("has the name that the system gives, and the offset of its time zone", () =>
    Effect.gen(function* () {
      const local = yield* system({ env: {} })
      assert.strictEqual(local.hostName, os.hostname())
      assert.strictEqual(local.processId, process.pid)
      const at = Date.UTC(2026, 6, 1)
      assert.isTrue(Object.is(local.utcOffsetMinutes(at), 0 - new Date(at).getTimezoneOffset()))
    })
  )
})
