import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import {
  directoryProblem,
  type FileFacts,
  type FileRole,
  holdsCommand,
  holdsSecret,
  judgeSecret,
  problemBeforeReading
} from "../../../src/domain/config/FileSafety.ts"
import type { Settings } from "../../../src/domain/config/Settings.ts"
import { readSettings } from "../../../src/domain/config/SettingsReader.ts"

const me = { uid: 1000, gid: 1000 }
const settingsOf = (text: string): Settings => Either.getOrThrow(readSettings(text, { path: "/rc" }))
const secret = settingsOf("password pw")
const open = settingsOf("host h")

const file = (mode: number, uid = me.uid): FileFacts => ({ kind: "file", mode, uid, gid: 100 })

const modes = [0o400, 0o600, 0o700, 0o710, 0o640, 0o620, 0o604, 0o601, 0o602, 0o644, 0o660, 0o666]

/** The modes with which a file of this role may be read, then used for a secret. */
const allowed = (role: FileRole, uid: number) => {
  const readable = modes.filter(
    (mode) => problemBeforeReading("/rc", role, file(mode, uid), me) === undefined
  )
  const usable = readable.filter(
    (mode) => judgeSecret("/rc", role, file(mode, uid), me, secret).problem === undefined
  )
  return { readable, usable }
}

describe("a file of the user", () => {
  it("has the modes that C esmtp takes", () => {
    const expected = [0o400, 0o600, 0o700, 0o710]
    assert.deepStrictEqual(allowed("user", me.uid), { readable: expected, usable: expected })
  })

  it("is owned by the user alone [L1]", () => {
    assert.isEmpty(allowed("user", 0).readable)
    assert.isEmpty(allowed("user", 1001).readable)
  })
})

describe("a file that was named", () => {
  it("is not writable by others, nor readable if it holds a secret [L1]", () => {
    for (const uid of [me.uid, 0]) {
      assert.deepStrictEqual(allowed("named", uid), {
        readable: [0o400, 0o600, 0o700, 0o710, 0o640, 0o604, 0o601, 0o644],
        usable: [0o400, 0o600, 0o700, 0o710, 0o601]
      })
    }
  })

  it("is not another user's", () => {
    assert.isEmpty(allowed("named", 1001).readable)
  })

  it("may be readable by all without a secret", () => {
    assert.deepStrictEqual(judgeSecret("/rc", "named", file(0o644), me, open), {})
  })
})

describe("the system's file", () => {
  it("is owned by root and written by root alone", () => {
    assert.deepStrictEqual(
      allowed("system", 0).readable,
      [0o400, 0o600, 0o700, 0o710, 0o640, 0o604, 0o601, 0o644]
    )
    assert.isEmpty(allowed("system", me.uid).readable)
  })

  it("gets a warning if everybody can read its secret; a group may", () => {
    const { problem, warning } = judgeSecret("/etc/esmtprc", "system", file(0o644, 0), me, secret)
    assert.isUndefined(problem)
    assert.strictEqual(
      warning?.detail,
      "mode 0644 lets others read the secret in it; cure: chmod o-r /etc/esmtprc"
    )
    assert.deepStrictEqual(judgeSecret("/etc/esmtprc", "system", file(0o640, 0), me, secret), {})
  })
})

describe("whatever is no regular file", () => {
  it("is refused", () => {
    for (const kind of ["directory", "other"] as const) {
      const problem = problemBeforeReading("/rc", "named", { ...file(0o600), kind }, me)
      assert.strictEqual(problem?.reason, "Unsafe")
      assert.include(problem?.message, "must be a regular file")
    }
  })
})

describe("the directory of a file", () => {
  const directory = (mode: number, gid = 100): FileFacts => ({ kind: "directory", mode, uid: me.uid, gid })
  const problem = (mode: number, settings: Settings, gid?: number) =>
    directoryProblem("/home/kim", directory(mode, gid), me, settings)?.message

  it("is not writable by others if the file holds a secret or a command", () => {
    const expected =
      "/home/kim: mode 0775 lets others replace the configuration in it; cure: chmod go-w /home/kim"
    assert.strictEqual(problem(0o775, secret), expected)
    assert.strictEqual(problem(0o775, settingsOf("mda m")), expected)
    assert.isDefined(problem(0o757, secret))
    assert.isUndefined(problem(0o755, secret))
    assert.isUndefined(problem(0o777, open))
  })

  it("may be writable by all if it is sticky", () => {
    assert.isUndefined(problem(0o1777, secret))
  })

  it("may be writable by a group that is the user's alone, but not by all", () => {
    assert.isUndefined(problem(0o775, secret, me.gid))
    assert.isDefined(problem(0o777, secret, me.gid))
  })
})

describe("the cure", () => {
  it("takes all rights from others at once, unless that would shut out the user", () => {
    const cure = (uid: number) => problemBeforeReading("/rc", "named", file(0o666, uid), me)?.message
    assert.strictEqual(cure(me.uid), "/rc: mode 0666 lets others write it; cure: chmod 600 /rc")
    assert.strictEqual(cure(0), "/rc: mode 0666 lets others write it; cure: chmod go-w /rc")
    const readable = (uid: number) =>
      judgeSecret("/rc", "named", file(0o644, uid), me, secret).problem?.message
    assert.include(readable(me.uid) ?? "", "cure: chmod 600 /rc")
    assert.include(readable(0) ?? "", "cure: chmod go-r /rc")
  })

  it("is a command that a shell takes for what it is", () => {
    const { message = "" } = problemBeforeReading("/it's here/rc", "user", file(0o644), me) ?? {}
    assert.strictEqual(
      message,
      "/it's here/rc: mode 0644 lets others than you use it; cure: chmod 600 '/it'\\''s here/rc'"
    )
  })
})

describe("settings", () => {
  it.each(["password x", "passphrase x", 'password ""'])("%s holds a secret", (text) => {
    assert.isTrue(holdsSecret(settingsOf(text)))
  })

  it.each([
    "mda x",
    "preconnect x",
    "identity a postconnect x",
    "password_command x",
    "oauth2_token_command x"
  ])("%s holds a command", (text) => {
    assert.isTrue(holdsCommand(settingsOf(text)))
    assert.isFalse(holdsSecret(settingsOf(text)))
  })

  it("may hold neither", () => {
    assert.isFalse(holdsSecret(open) || holdsCommand(open))
  })
})
