import { inspect } from "node:util"
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Either from "effect/Either"
import { readSettings } from "../../../src/domain/config/SettingsReader.ts"

const canary = "Canary-Pa55word"

const text = `password = "${canary}"
certificate_passphrase = "${canary}"
identity a@example.org
  password = "${canary}"
  certificate_passphrase = "${canary}"
`

const settings = Either.getOrThrow(readSettings(text, { path: "/home/kim/.esmtprc", home: "/home/kim" }))

/** All the ways in which a value comes to be shown by those who did not think of secrets. */
const shown: Readonly<Record<string, (value: object) => string>> = {
  "JSON.stringify": (value) => JSON.stringify(value),
  String: (value) => String(value),
  inspect: (value) => inspect(value, { depth: 20, showHidden: true }),
  "Cause.pretty of a defect": (value) => Cause.pretty(Cause.die(value), { renderErrorCause: true }),
  "Cause.pretty of a failure": (value) => Cause.pretty(Cause.fail(value), { renderErrorCause: true }),
  "an Error that carries it": (value) => inspect(new Error("defect", { cause: value }), { depth: 20 })
}

describe("settings with secrets in them", () => {
  for (const [how, show] of Object.entries(shown)) {
    it(`show none by ${how}`, () => {
      assert.notInclude(show(settings), canary)
    })
  }

  it("have them all the same", () => {
    assert.strictEqual(inspect(settings, { depth: 20 }).match(/<redacted>/g)?.length, 4)
  })
})
