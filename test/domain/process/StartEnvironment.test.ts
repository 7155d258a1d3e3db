import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import { givenUp, isRestricted, type UserIds } from "../../../src/domain/process/Rights.ts"
import { readAtStart, restartFor } from "../../../src/domain/process/StartEnvironment.ts"

const plain: UserIds = { uid: 1000, euid: 1000, gid: 1000, egid: 1000 }
const setgid: UserIds = { ...plain, egid: 8 }
const everyday = {
  HOME: "/home/ada",
  PATH: "/usr/bin",
  NODE_ENV: "production",
  LD_PRELOAD: "libeatmydata.so"
}

describe("the environment at the start", () => {
  it("is left alone where nothing in it can do harm", () => {
    assert.isUndefined(restartFor(plain, everyday))
    assert.isUndefined(restartFor(plain, { ...everyday, NODE_OPTIONS: "" }))
  })

  it.each(readAtStart)("L7: %s makes the program start again without it", (name) => {
    const restart = restartFor(plain, { ...everyday, [name]: "x", SSLKEYLOGFILE: "/tmp/keys" })
    assert.deepStrictEqual(restart, { env: everyday, givesUpRights: false, ignored: [] })
  })

  it("L6: of a caller with fewer rights is replaced, and what was meant for us is named", () => {
    const restart = restartFor(setgid, {
      ...everyday,
      LANG: "de_DE.UTF-8",
      ESMTPRC: "/tmp/rc",
      ESMTP_LOG: "",
      XDG_CONFIG_HOME: "/tmp"
    })
    assert.deepStrictEqual(restart, {
      env: {
        LANG: "de_DE.UTF-8",
        PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        ESMTP_GIVEN_UP_IDS: "1000:8"
      },
      givesUpRights: true,
      ignored: ["ESMTPRC", "XDG_CONFIG_HOME"]
    })
    assert.deepStrictEqual(givenUp(restart?.env ?? {}), { uid: 1000, gid: 8 })
  })

  it("does not make the program start again for ever", () => {
    const variable = FastCheck.constantFrom(...readAtStart, "HOME", "ESMTPRC", "ESMTP_GIVEN_UP_IDS")
    const anyEnv = FastCheck.dictionary(variable, FastCheck.string())
    FastCheck.assert(
      FastCheck.property(anyEnv, FastCheck.constantFrom(plain, setgid), (env, ids) => {
        const restart = restartFor(ids, env)
        return restart === undefined || restartFor(plain, restart.env) === undefined
      })
    )
  })

  it("L6: a program that had more rights stays restricted, whatever stands in the variable", () => {
    assert.isFalse(isRestricted(plain, {}))
    assert.isTrue(isRestricted(setgid, {}))
    for (const text of ["0:0", "", "x"]) assert.isTrue(isRestricted(plain, { ESMTP_GIVEN_UP_IDS: text }))
    assert.isUndefined(givenUp({ ESMTP_GIVEN_UP_IDS: "0:0:0" }))
  })
})
