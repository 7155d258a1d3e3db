import * as fs from "node:fs"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import { parse } from "../../../src/domain/invocation/SendmailArgv.ts"
import * as World from "../../../src/domain/simulation/World.ts"
import * as MemoryStreams from "../../../src/layers/simulation/MemoryStreams.ts"
import * as SimulateCommand from "../../../src/layers/simulation/SimulateCommand.ts"
import * as Simulation from "../../../src/layers/simulation/Simulation.ts"
import { LocalSystem } from "../../../src/services/LocalSystem.ts"
import { system } from "../../support/smtpFixtures.ts"
import { makeTempDir } from "../../support/TempDir.ts"

const own = Simulation.configuration(World.make({ rc: "hostname = own.example:587\n" }))

/** `esmtp simulate …` with a message on standard input. */
const simulate = (...args: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const invocation = Either.getOrThrow(parse("esmtp", ["simulate", ...args]))
    assert.strictEqual(invocation._tag, "Simulate")
    if (invocation._tag !== "Simulate") return yield* Effect.dieMessage("unreachable")
    const status = yield* SimulateCommand.simulate(invocation, own)
    const printed = yield* MemoryStreams.Probe
    return { status, out: yield* printed.out }
  }).pipe(
    Effect.provide(
      Layer.merge(MemoryStreams.layer("Subject: hi\n\nhello\n"), Layer.succeed(LocalSystem, system))
    )
  )

const scenarioFile = (scenario: object) =>
  Effect.map(makeTempDir, (directory) => {
    const file = path.join(directory, "scenario.json")
    fs.writeFileSync(file, JSON.stringify(scenario))
    return file
  })

const rc = "hostname = relay.example.net:587\ndelivery_mode = background\n"
const messages = [{ argv: ["-f", "me@example.org", "you@example.net"] }]

describe("esmtp simulate", () => {
  it.scoped("shows the dialogue of one message with the user's own configuration", () =>
    Effect.gen(function* () {
      const { out, status } = yield* simulate(
        "-f",
        "me@example.org",
        "-N",
        "never",
        "--",
        "you@example.net",
        "-x@y.z"
      )
      assert.strictEqual(status, 65, "an operand that looks like an option stays an operand")
      const sent = yield* simulate("-f", "me@example.org", "you@example.net")
      assert.match(sent.out, /^C: MAIL FROM:<me@example\.org>/m)
      assert.match(sent.out, /<you@example\.net> delivered at 0d 00:00:00 after 1 attempt/)
      assert.strictEqual(sent.status, 0)
      assert.notInclude(out, "delivered:")
    })
  )

  it.scoped("plays a scenario as a chart, and as one object a line", () =>
    Effect.gen(function* () {
      const file = yield* scenarioFile({ rc, messages, relays: [{ greylist: "5m" }] })
      const chart = yield* simulate("--scenario", file)
      assert.match(chart.out, /^connected +D +D$/m)
      assert.match(chart.out, /^1 +x +D$/m)
      assert.strictEqual(chart.status, 0)
      const { out } = yield* simulate("--scenario", file, "--json")
      const events = out
        .trim()
        .split("\n")
        .map((line): unknown => JSON.parse(line))
      assert.include(events.at(-1), { event: "end", exitStatus: 0, delivered: 1, connections: 2 })
    })
  )

  it.scoped("names the first step that went wrong, between those around it", () =>
    Effect.gen(function* () {
      const steps = [
        { event: "deferred", text: "451" },
        { event: "failed", recipient: "you@*" },
        { event: "delivered" }
      ]
      const file = yield* scenarioFile({ rc, messages, relays: [{ greylist: "5m" }], expect: { steps } })
      const { out, status } = yield* simulate("--scenario", file)
      assert.strictEqual(status, 65)
      const trace = out.slice(out.indexOf("not as expected"))
      assert.match(
        trace,
        /deferred: .*451[^>]*\n> expected step 2 of 3: failed you@\*\n> found .*\n.*delivered/s
      )
    })
  )

  it.scoped("holds the exit status of each program against what is expected of it", () =>
    Effect.gen(function* () {
      const wrong = [{ argv: ["--", "nobody"], exitStatus: 0 }]
      const { out, status } = yield* simulate("--scenario", yield* scenarioFile({ rc: "", messages: wrong }))
      assert.strictEqual(status, 65)
      assert.match(out, /> expected exit status 0 of sendmail -- nobody\n> found +exit status 72: /)
    })
  )

  it.scoped("writes no file that a scenario names, and reads none", () =>
    Effect.gen(function* () {
      const directory = yield* makeTempDir
      const transcript = path.join(directory, "x")
      const argv = ["-X", transcript, "-C", "/nowhere/rc", "-f", "me@example.org", "you@example.net"]
      const { status } = yield* simulate("--scenario", yield* scenarioFile({ rc, messages: [{ argv }] }))
      assert.strictEqual(status, 0)
      assert.isFalse(fs.existsSync(transcript))
    })
  )

  it.scoped("never shows a secret", () =>
    Effect.gen(function* () {
      const secret = "correct horse battery"
      const secretive = `${rc}username = me\npassword = "${secret}"\n`
      const accounts = [{ username: "me", password: secret }]
      const file = yield* scenarioFile({ rc: secretive, messages, relays: [{ accounts }] })
      for (const format of ["--json", "-v"]) {
        const { out } = yield* simulate("--scenario", file, format)
        assert.match(out, /delivered/)
        assert.notInclude(out, secret)
        assert.notInclude(out, Buffer.from(`\0me\0${secret}`).toString("base64"))
      }
    })
  )

  it.scoped("understands the scenario of the manual", () =>
    Effect.gen(function* () {
      const manual = path.join(import.meta.dirname, "..", "..", "..", "docs", "SIMULATION.md")
      const [, example = ""] = /```json\n(.*?)```/s.exec(fs.readFileSync(manual, "utf8")) ?? []
      const { out, status } = yield* simulate("--scenario", yield* scenarioFile(JSON.parse(example)))
      assert.strictEqual(status, 0, out)
    })
  )
})
