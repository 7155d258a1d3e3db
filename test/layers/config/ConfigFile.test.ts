import * as fs from "node:fs"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as HashMap from "effect/HashMap"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import { ConfigError } from "../../../src/domain/config/ConfigError.ts"
import { inspect, layer, load } from "../../../src/layers/config/ConfigFile.ts"
import { Config } from "../../../src/services/Config.ts"
import { failureFrom, hostFrom, makePlaces, refusalOf, userAt, write } from "./places.ts"

const describeSystem = describe.runIf(process.getuid?.() === 0)

describe("the search for a configuration", () => {
  it.scoped("takes -C, else ESMTPRC, else the home's file", () =>
    Effect.gen(function* () {
      const { directory, home, systemPath, user } = yield* makePlaces
      const configPath = write(path.join(directory, "c"), "host c")
      const ESMTPRC = write(path.join(directory, "e"), "host e")
      write(user, "host u")
      assert.strictEqual(yield* hostFrom({ configPath, env: { ESMTPRC, HOME: home }, systemPath }), "c")
      assert.strictEqual(yield* hostFrom({ env: { ESMTPRC, HOME: home }, systemPath }), "e")
      assert.strictEqual(yield* hostFrom({ env: { ESMTPRC: "", HOME: home }, systemPath }), "u")
    })
  )

  it.scoped("takes a relative name from the working directory", () =>
    Effect.gen(function* () {
      const { directory } = yield* makePlaces
      const file = write(path.join(directory, "c"), "tls_ca_file ca.pem")
      const configPath = path.relative(process.cwd(), file)
      const { settings } = yield* load({ configPath, env: {} }).pipe(Effect.provide(userAt()))
      assert.strictEqual(settings.path, file)
      assert.strictEqual(settings.identities[0]?.relay.tls.caFile, path.join(directory, "ca.pem"))
    })
  )

  it.scoped("does not go on where a named file is missing", () =>
    Effect.gen(function* () {
      const { directory, home, user } = yield* makePlaces
      write(user, "host u")
      const missing = path.join(directory, "missing")
      for (const options of [
        { configPath: missing, env: { HOME: home } },
        { env: { ESMTPRC: missing, HOME: home } }
      ]) {
        const failure = yield* failureFrom(options)
        assert.strictEqual(failure.reason, "NotFound")
        assert.strictEqual(failure.message, `open: ${missing}: no such file or directory`)
      }
      const unnamed = yield* failureFrom({ configPath: "", env: { HOME: home } })
      assert.strictEqual(unnamed.reason, "NotFound")
    })
  )

  it.scoped("ends with the text of C esmtp where there is none", () =>
    Effect.gen(function* () {
      const { home, systemPath, user } = yield* makePlaces
      const failure = yield* failureFrom({ env: { HOME: home }, systemPath })
      assert.strictEqual(failure.reason, "NotFound")
      assert.strictEqual(failure.message, `No configuration file found at ${user} or ${systemPath}`)
      const homeless = yield* failureFrom({ env: {}, systemPath })
      assert.strictEqual(homeless.message, `No configuration file found at ${systemPath}`)
    })
  )

  it.scoped("is content with none where nothing is sent, unless one was named", () =>
    Effect.gen(function* () {
      const { directory, home, systemPath, user } = yield* makePlaces
      const places = { systemPath, mayBeMissing: true }
      assert.strictEqual(yield* hostFrom({ env: { HOME: home }, ...places }), "localhost")
      const configPath = path.join(directory, "missing")
      const unnamed = yield* failureFrom({ configPath, env: { HOME: home }, ...places })
      assert.strictEqual(unnamed.reason, "NotFound")
      write(user, "hostnmae u")
      const faulty = yield* failureFrom({ env: { HOME: home }, ...places })
      assert.notStrictEqual(faulty.reason, "NotFound")
    })
  )

  it.scoped("goes on where the home is no directory", () =>
    Effect.gen(function* () {
      const { directory, systemPath } = yield* makePlaces
      const HOME = write(path.join(directory, "file"), "")
      const failure = yield* failureFrom({ env: { HOME }, systemPath })
      assert.strictEqual(failure.reason, "NotFound")
    })
  )

  it.scoped("without HOME looks last into the home that the user database knows", () =>
    Effect.gen(function* () {
      const { home, systemPath, user } = yield* makePlaces
      write(user, "host u")
      assert.strictEqual(yield* hostFrom({ env: {}, systemPath }, home), "u")
    })
  )

  it.scoped("does not take a link that leads nowhere for absence", () =>
    Effect.gen(function* () {
      const { directory, home, systemPath, user } = yield* makePlaces
      fs.symlinkSync(path.join(directory, "missing"), user)
      const failure = yield* failureFrom({ env: { HOME: home }, systemPath })
      assert.strictEqual(failure.message, `${user}: is a symbolic link that leads nowhere`)
    })
  )

  describeSystem("in the system's place", () => {
    it.scoped("comes after a home that belongs to somebody else and is closed", () =>
      Effect.gen(function* () {
        const { directory, home, systemPath, user } = yield* makePlaces
        const uid = 65534
        const ids = { uid, euid: uid, gid: uid, egid: uid }
        const options = { env: { HOME: home }, ids, systemPath }
        fs.chmodSync(directory, 0o755)
        write(systemPath, "host s", 0o644)
        write(user, "host u")
        yield* Effect.acquireRelease(
          Effect.sync(() => process.seteuid?.(uid)),
          () => Effect.sync(() => process.seteuid?.(0))
        )
        assert.strictEqual(yield* hostFrom(options), "s")
        const named = yield* failureFrom({ ...options, configPath: user })
        assert.strictEqual(named.message, `${user}: can't be opened: permission denied`)
      })
    )

    it.scoped("comes after the home, and before the user database's home", () =>
      Effect.gen(function* () {
        const { home, systemPath, user } = yield* makePlaces
        write(systemPath, "host s", 0o644)
        assert.strictEqual(yield* hostFrom({ env: { HOME: home }, systemPath }), "s")
        write(user, "host u")
        assert.strictEqual(yield* hostFrom({ env: { HOME: home }, systemPath }), "u")
        assert.strictEqual(yield* hostFrom({ env: {}, systemPath }, home), "s")
      })
    )

    it.scoped("refuses a file of another owner or one that others may write", () =>
      Effect.gen(function* () {
        const { systemPath } = yield* makePlaces
        write(systemPath, "host s", 0o664)
        const options = { env: {}, systemPath }
        assert.include((yield* failureFrom(options)).message, "cure: chmod go-w")
        write(systemPath, "host s", 0o644)
        fs.chownSync(systemPath, 12345, 0)
        assert.include((yield* failureFrom(options)).message, "must be owned by root")
      })
    )

    it.scoped("warns of a secret that all can read, and uses the file", () =>
      Effect.gen(function* () {
        const { systemPath } = yield* makePlaces
        write(systemPath, "host s password pw", 0o644)
        const logged: Array<unknown> = []
        const logger = Logger.make(({ annotations, logLevel, message }) => {
          logged.push([logLevel.label, message, HashMap.toEntries(annotations).toSorted()])
        })
        const settings = yield* Config.pipe(
          Effect.provide(
            Layer.provide(
              layer({ env: {}, systemPath }),
              Layer.merge(userAt(), Logger.replace(Logger.defaultLogger, logger))
            )
          )
        )
        assert.strictEqual(settings.identities[0]?.relay.host, "s")
        const detail = `mode 0644 lets others read the secret in it; cure: chmod o-r ${systemPath}`
        const facts = [
          ["detail", detail],
          ["path", systemPath]
        ]
        assert.deepStrictEqual(logged, [["WARN", ["configuration file should be cured"], facts]])
      })
    )
  })
})

describe("the permissions of the home's file", () => {
  it.scoped("are those that C esmtp takes", () =>
    Effect.gen(function* () {
      const { home, user } = yield* makePlaces
      write(user, "host u password pw")
      for (const mode of [0o400, 0o600, 0o700, 0o710]) {
        fs.chmodSync(user, mode)
        assert.strictEqual(yield* hostFrom({ env: { HOME: home } }), "u")
      }
      for (const mode of [0o640, 0o620, 0o604, 0o601, 0o602, 0o660, 0o644]) {
        fs.chmodSync(user, mode)
        const failure = yield* failureFrom({ env: { HOME: home } })
        assert.strictEqual(failure.reason, "Unsafe")
        assert.strictEqual(
          failure.message,
          `${user}: mode 0${mode.toString(8)} lets others than you use it; cure: chmod 600 ${user}`
        )
      }
    })
  )

  it.scoped("are those of the target if it is a symbolic link", () =>
    Effect.gen(function* () {
      const { directory, home, user } = yield* makePlaces
      const target = write(path.join(directory, "dotfile"), "host t")
      fs.symlinkSync(target, user)
      assert.strictEqual(yield* hostFrom({ env: { HOME: home } }), "t")
      fs.chmodSync(target, 0o644)
      assert.include((yield* failureFrom({ env: { HOME: home } })).message, "mode 0644")
    })
  )

  it.scoped("forbid a file of another owner", () =>
    Effect.gen(function* () {
      const { home, user } = yield* makePlaces
      write(user, "host u")
      const uid = fs.statSync(user).uid + 1
      const ids = { uid, euid: uid, gid: uid, egid: uid }
      const { message } = yield* failureFrom({ env: { HOME: home }, ids })
      assert.strictEqual(
        message,
        `${user}: owned by user id ${uid - 1}, must be owned by you (user id ${uid})`
      )
    })
  )
})

describe("the permissions of a named file", () => {
  it.scoped("may let others read it as long as it holds no secret", () =>
    Effect.gen(function* () {
      const { directory } = yield* makePlaces
      const file = write(path.join(directory, "c"), "host c", 0o644)
      assert.strictEqual(yield* hostFrom({ configPath: file, env: {} }), "c")
      write(file, "host c password pw", 0o644)
      const message = yield* refusalOf(file)
      assert.strictEqual(
        message,
        `${file}: mode 0644 lets others read the secret in it; cure: chmod 600 ${file}`
      )
    })
  )

  it.scoped("may not let others write it", () =>
    Effect.gen(function* () {
      const { directory } = yield* makePlaces
      const file = write(path.join(directory, "c"), "host c", 0o620)
      assert.include(yield* refusalOf(file), "mode 0620 lets others write it; cure: chmod 600")
    })
  )
})

describe("inspect", () => {
  it.scoped("tells everything that is wrong at once", () =>
    Effect.gen(function* () {
      const { directory } = yield* makePlaces
      const file = write(path.join(directory, "c"), "tls maybe\nhostnam x\nauth none")
      const { path: inspected, problems } = yield* inspect({ configPath: file, env: {} })
      assert.strictEqual(inspected, file)
      assert.deepStrictEqual(
        problems.map(({ line }) => line),
        [1, 2, 3]
      )
      write(file, "host c password pw", 0o644)
      fs.chmodSync(directory, 0o777)
      const unsafe = yield* inspect({ configPath: file, env: {} })
      assert.deepStrictEqual(
        unsafe.problems.map((problem) => problem.path),
        [file, directory]
      )
      const missing = yield* inspect({ configPath: `${file}x`, env: {} })
      assert.deepStrictEqual(
        missing.problems.map((problem) => problem.reason),
        ["NotFound"]
      )
    }).pipe(Effect.provide(userAt()))
  )

  it.scoped("tells nothing of a good file", () =>
    Effect.gen(function* () {
      const { directory } = yield* makePlaces
      const file = write(path.join(directory, "c"), "host c password pw")
      assert.deepStrictEqual(yield* inspect({ configPath: file, env: {} }), {
        path: file,
        problems: [],
        warnings: []
      })
    }).pipe(Effect.provide(userAt()))
  )
})

describe("layer", () => {
  it.scoped("fails with the same error", () =>
    Effect.gen(function* () {
      const { directory } = yield* makePlaces
      const options = { configPath: path.join(directory, "missing"), env: {} }
      const failure = yield* Effect.flip(Config.pipe(Effect.provide(Layer.provide(layer(options), userAt()))))
      assert.instanceOf(failure, ConfigError)
    })
  )
})
