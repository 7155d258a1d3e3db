/** Bad input of any kind: one clear line on stderr, the right exit status, nothing sent. */
import * as fs from "node:fs"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { makeHome, startEmbeddedRelay } from "../support/EmbeddedRelay.ts"
import { freePort } from "../support/freePort.ts"
import { runProgram } from "../support/runProgram.ts"
import { makeTempDir } from "../support/TempDir.ts"

interface BadInput {
  readonly what: string
  readonly args: ReadonlyArray<string>
  readonly stdin?: string
  readonly status: number
  readonly says: RegExp
}

const message = "To: grace@example.net\n\nbody\n"

const commandLines: ReadonlyArray<BadInput> = [
  { what: "no recipient", args: [], status: 64, says: /recipient/i },
  { what: "an unknown option", args: ["-y", "a@example.net"], status: 64, says: /-?y/ },
  { what: "an unknown mode", args: ["-bz", "a@example.net"], status: 64, says: /z/ },
  { what: "a bad body type", args: ["-BNONSENSE", "a@example.net"], status: 64, says: /NONSENSE/ },
  { what: "an option without its argument", args: ["-f"], status: 64, says: /-?f/ },
  {
    what: "a second command in a recipient",
    args: ["a@x>\r\nRSET\r\nNOOP <y"],
    status: 64,
    says: /control/i
  },
  {
    what: "a second command in the sender",
    args: ["-f", "a@x>\nRSET", "b@example.net"],
    status: 64,
    says: /control/i
  },
  {
    what: "a newline in the full name",
    args: ["-F", "A\nBcc: x@y", "b@example.net"],
    status: 64,
    says: /control/i
  },
  {
    what: "a header without recipients",
    args: ["-t"],
    stdin: "Subject: x\n\nbody\n",
    status: 65,
    says: /recipient/i
  }
]

describe("sendmail with bad input", () => {
  for (const { args, says, status, stdin, what } of commandLines) {
    it.scopedLive(`${what}: ${status}`, () =>
      Effect.gen(function* () {
        const relay = yield* startEmbeddedRelay({ security: "plain" })
        const home = yield* makeHome({ identity: "ada@example.org", hostname: `localhost:${relay.port}` })
        const result = yield* runProgram({ home, args, stdin: stdin ?? message })
        assert.strictEqual(result.status, status, result.stderr)
        assert.match(result.stderr, says)
        assert.strictEqual(result.stderr.trimEnd().split("\n").length, 1, result.stderr)
        assert.strictEqual(result.stdout, "")
        assert.deepStrictEqual(relay.messages, [])
      })
    )
  }

  it.scopedLive("no configuration anywhere: 78, with the places looked at", () =>
    Effect.gen(function* () {
      const home = yield* makeTempDir
      const result = yield* runProgram({ home, args: ["a@example.net"], stdin: message })
      assert.strictEqual(result.status, 78, result.stderr)
      assert.match(result.stderr, /\.esmtprc/)
    })
  )

  it.scopedLive("a configuration that others can read: 78, with the chmod that cures it", () =>
    Effect.gen(function* () {
      const home = yield* makeHome({ hostname: "localhost:1", username: "a", password: "b" })
      fs.chmodSync(path.join(home, ".esmtprc"), 0o644)
      const result = yield* runProgram({ home, args: ["a@example.net"], stdin: message })
      assert.strictEqual(result.status, 78, result.stderr)
      assert.match(result.stderr, /chmod 0?600/)
    })
  )

  it.scopedLive("a mistake in the configuration: 78, with file, line and column", () =>
    Effect.gen(function* () {
      const home = yield* makeHome({ hostname: "localhost:1" })
      fs.appendFileSync(path.join(home, ".esmtprc"), 'hostnmae = "x"\n')
      const result = yield* runProgram({ home, args: ["a@example.net"], stdin: message })
      assert.strictEqual(result.status, 78, result.stderr)
      assert.match(result.stderr, /\.esmtprc:2:1: .*hostnmae/)
    })
  )

  it.scopedLive("a relay that nobody runs: 75", () =>
    Effect.gen(function* () {
      const port = yield* freePort
      const home = yield* makeHome({ hostname: `127.0.0.1:${port}` })
      const result = yield* runProgram({ home, args: ["a@example.net"], stdin: message })
      assert.strictEqual(result.status, 75, result.stderr)
      assert.match(result.stderr, /refused/)
    })
  )

  it.scopedLive("a relay name that does not exist: 68", () =>
    Effect.gen(function* () {
      const home = yield* makeHome({ hostname: "no-such-host.invalid:25" })
      const result = yield* runProgram({ home, args: ["a@example.net"], stdin: message })
      assert.include([68, 75], result.status, result.stderr)
      assert.match(result.stderr, /no-such-host\.invalid/)
    })
  )
})
