import * as fs from "node:fs"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import * as Limits from "../../../src/domain/mda/Limits.ts"
import type { Credentials } from "../../../src/domain/sasl/Sasl.ts"
import type { AuthPolicy } from "../../../src/domain/smtp/Relay.ts"
import * as CommandSecrets from "../../../src/layers/mda/CommandSecrets.ts"
import { Secrets } from "../../../src/services/Secrets.ts"
import { makeTempDir } from "../../support/TempDir.ts"
import { isAlive, program, recorded, recordedList, systemOf } from "./household.ts"

const layerOf = (directory: string, timeoutMillis = 10_000, env: Record<string, string> = {}) =>
  CommandSecrets.layer({ env: { PATH: process.env["PATH"], ...env }, timeoutMillis }).pipe(
    Layer.provide(systemOf(directory))
  )

const policy = (more: Partial<AuthPolicy>): AuthPolicy => ({
  mechanism: "auto",
  plaintext: "refused",
  ...more
})

const credentials = (more: Partial<AuthPolicy>) =>
  Effect.gen(function* () {
    const secrets = yield* Secrets
    return yield* secrets.credentials(policy(more))
  })

const opened = ({ password, token, username }: Credentials) => ({
  username,
  password: password === undefined ? undefined : Redacted.value(password),
  token: token === undefined ? undefined : Redacted.value(token)
})

/** A command that says `answer` and counts how often it was asked. */
const counting = (directory: string, name: string, answer: string): string =>
  program(directory, name, [`echo asked >> '${directory}/${name}.count'`, `echo '${answer}'`])

const asked = (directory: string, name: string): number =>
  fs.existsSync(path.join(directory, `${name}.count`))
    ? recorded(directory, `${name}.count`).split("\n").length - 1
    : 0

describe("credentials", () => {
  it.scopedLive("of the file need no command", () =>
    Effect.gen(function* () {
      const directory = yield* makeTempDir
      const file = counting(directory, "pw", "other")
      const got = yield* credentials({
        username: "joe",
        password: Redacted.make("secret"),
        passwordCommand: file
      }).pipe(Effect.provide(layerOf(directory)))
      assert.deepStrictEqual(opened(got), { username: "joe", password: "secret", token: undefined })
      assert.strictEqual(asked(directory, "pw"), 0)
      assert.deepStrictEqual(yield* credentials({}).pipe(Effect.provide(layerOf(directory))), {})
    })
  )

  it.scopedLive("come from commands, run by their words or by a shell that they need", () =>
    Effect.gen(function* () {
      const directory = yield* makeTempDir
      const file = program(directory, "show", ['printf "%s/" "$@"'])
      const got = yield* credentials({
        username: "joe",
        passwordCommand: `${file} 'mail work' "a b"`,
        tokenCommand: "printf 'tok\\nmore' | head -n 1"
      }).pipe(Effect.provide(layerOf(directory)))
      assert.deepStrictEqual(opened(got), { username: "joe", password: "mail work/a b/", token: "tok" })
    })
  )

  it.scopedLive("are asked for only as far as the mechanism uses them", () =>
    Effect.gen(function* () {
      const directory = yield* makeTempDir
      const commands = {
        passwordCommand: counting(directory, "pw", "p"),
        tokenCommand: counting(directory, "tok", "t")
      }
      yield* Effect.gen(function* () {
        yield* credentials({ ...commands, mechanism: "EXTERNAL" })
        assert.deepStrictEqual([asked(directory, "pw"), asked(directory, "tok")], [0, 0])
        yield* credentials({ ...commands, mechanism: "XOAUTH2" })
        assert.deepStrictEqual([asked(directory, "pw"), asked(directory, "tok")], [0, 1])
        yield* credentials({ ...commands, mechanism: "PLAIN" })
        assert.deepStrictEqual([asked(directory, "pw"), asked(directory, "tok")], [1, 1])
      }).pipe(Effect.provide(layerOf(directory)))
    })
  )

  it.scopedLive("are asked for once by sessions side by side", () =>
    Effect.gen(function* () {
      const directory = yield* makeTempDir
      const passwordCommand = counting(directory, "pw", "p")
      const many = Effect.all(
        Array.from({ length: 5 }, () => credentials({ passwordCommand })),
        { concurrency: "unbounded" }
      )
      const got = yield* many.pipe(Effect.provide(layerOf(directory)))
      assert.deepStrictEqual(
        got.map((one) => opened(one).password),
        ["p", "p", "p", "p", "p"]
      )
      assert.strictEqual(asked(directory, "pw"), 1)
    })
  )

  it.scoped("age: a token after five minutes, a password after an hour", () =>
    Effect.gen(function* () {
      const directory = yield* makeTempDir
      const commands = {
        passwordCommand: counting(directory, "pw", "p"),
        tokenCommand: counting(directory, "tok", "t")
      }
      const ask = credentials(commands)
      yield* Effect.gen(function* () {
        yield* ask
        yield* TestClock.adjust("4 minutes")
        yield* ask
        assert.deepStrictEqual([asked(directory, "pw"), asked(directory, "tok")], [1, 1])
        yield* TestClock.adjust("1 minute")
        yield* ask
        assert.deepStrictEqual([asked(directory, "pw"), asked(directory, "tok")], [1, 2])
        yield* TestClock.adjust("55 minutes")
        yield* ask
        assert.deepStrictEqual([asked(directory, "pw"), asked(directory, "tok")], [2, 3])
      }).pipe(Effect.provide(layerOf(directory)))
    })
  )

  it.scopedLive("are asked for again after a failure", () =>
    Effect.gen(function* () {
      const directory = yield* makeTempDir
      const passwordCommand = program(directory, "pw", [
        `test -e '${directory}/unlocked' || { touch '${directory}/unlocked'; exit 1; }`,
        "echo p"
      ])
      yield* Effect.gen(function* () {
        const error = yield* Effect.flip(credentials({ passwordCommand }))
        assert.deepStrictEqual(error.end, { _tag: "Exited", status: 1 })
        assert.strictEqual(opened(yield* credentials({ passwordCommand })).password, "p")
      }).pipe(Effect.provide(layerOf(directory)))
    })
  )

  it.scopedLive("reach the command in a fixed environment, at home, with an empty input (L7, L17)", () =>
    Effect.gen(function* () {
      const directory = yield* makeTempDir
      const passwordCommand = program(directory, "pw", [
        `cat > '${directory}/in'; env -0 > '${directory}/env'; pwd > '${directory}/cwd'; echo p`
      ])
      const env = {
        GNUPGHOME: "/g",
        XDG_RUNTIME_DIR: "/r",
        MY_OWN: "thing",
        NODE_OPTIONS: "--bad",
        LD_PRELOAD: "/x.so"
      }
      yield* credentials({ passwordCommand }).pipe(Effect.provide(layerOf(directory, 10_000, env)))
      assert.strictEqual(recorded(directory, "in"), "")
      assert.strictEqual(recorded(directory, "cwd").trim(), directory)
      const names = recordedList(directory, "env").map((variable) => variable.split("=")[0])
      for (const name of ["HOME", "USER", "LOGNAME", "PATH", "GNUPGHOME", "XDG_RUNTIME_DIR"])
        assert.include(names, name)
      for (const name of ["MY_OWN", "NODE_OPTIONS", "LD_PRELOAD"]) assert.notInclude(names, name)
    })
  )

  const failures: ReadonlyArray<readonly [string, string, string]> = [
    ["exit 3", "Exited", "exit status 3"],
    ["kill -TERM $$", "Signalled", "SIGTERM"],
    [":", "BadOutput", "no output"],
    ["printf 'a\\nb'", "BadOutput", "more than one line"],
    ["printf '\\377'", "BadOutput", "UTF-8"],
    [`yes | head -c ${Limits.secretBytes + 1}`, "BadOutput", "more than 65536 bytes"],
    ["while :; do echo canary; done", "BadOutput", "more than 65536 bytes"],
    ["sleep 600", "TimedOut", "no end"]
  ]

  it.scopedLive.each(failures)("fail with a reason and no output in it: %j", ([line, tag, why]) =>
    Effect.gen(function* () {
      const directory = yield* makeTempDir
      const passwordCommand = program(directory, "pw", [line])
      const error = yield* Effect.flip(credentials({ passwordCommand })).pipe(
        Effect.provide(layerOf(directory, 1000))
      )
      assert.strictEqual(error.end._tag, tag)
      assert.include(error.message, why)
      assert.strictEqual(error.hook, "password_command")
    })
  )

  it.scopedLive("end the command with all its children when time is up (L17)", () =>
    Effect.gen(function* () {
      const directory = yield* makeTempDir
      const passwordCommand = program(directory, "pw", [
        `sh -c 'echo $$ > "${directory}/child"; exec sleep 600' | cat`
      ])
      yield* Effect.flip(credentials({ passwordCommand })).pipe(Effect.provide(layerOf(directory, 1000)))
      assert.isFalse(isAlive(Number(recorded(directory, "child"))))
    })
  )

  it.scopedLive("show neither the secret nor the command's arguments, whatever is printed of them (L2)", () =>
    Effect.gen(function* () {
      const directory = yield* makeTempDir
      yield* Effect.gen(function* () {
        const got = yield* credentials({
          username: "joe",
          passwordCommand: "echo canary",
          tokenCommand: "echo canary"
        })
        assert.notInclude(JSON.stringify(got) + String(got.password), "canary")
        const exit = yield* Effect.exit(
          credentials({ passwordCommand: "sh -c 'echo canary; exit 1' canary" })
        )
        assert.notInclude(JSON.stringify(exit), "canary")
        if (Exit.isFailure(exit)) assert.notInclude(Cause.pretty(exit.cause), "canary")
      }).pipe(Effect.provide(layerOf(directory)))
    })
  )

  it.scopedLive("say what is wrong with a command that is none", () =>
    Effect.gen(function* () {
      const directory = yield* makeTempDir
      for (const passwordCommand of ["", "a 'b", "/nonexistent/pw", "a\0"]) {
        const error = yield* Effect.flip(credentials({ passwordCommand })).pipe(
          Effect.provide(layerOf(directory))
        )
        assert.strictEqual(error.end._tag, "NotStarted")
      }
    })
  )
})
