/**
 * L16: the built program under every signal, once and twice, while it takes a message in and while it delivers one.
 * Nothing is lost, nothing is sent twice, and what ends in order leaves nothing half done.
 */
import * as fs from "node:fs"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { makeHome } from "../support/EmbeddedRelay.ts"
import type { Answer } from "../support/FakeSmtpScenario.ts"
import * as FakeSmtpServer from "../support/FakeSmtpServer.ts"
import { runProgram } from "../support/runProgram.ts"
import { type StartedProgram, type StartOptions, startProgram, until } from "../support/startProgram.ts"

const message = "From: ada@example.org\nTo: bob@example.net\nSubject: signals\n\nbody\n"

const filesIn = (home: string, directory: string): ReadonlyArray<string> => {
  const place = path.join(home, "queue", directory)
  return fs.existsSync(place) ? fs.readdirSync(place) : []
}

const places = (home: string) =>
  Object.fromEntries(["tmp", "q", "act"].map((name) => [name, filesIn(home, name).length]))

/** A relay that says nothing to RCPT until it is told what to say. */
const world = Effect.gen(function* () {
  const RCPT: Array<Answer> = [{ ending: "silence" }]
  const server = yield* FakeSmtpServer.make({ answers: { RCPT } })
  const home = yield* makeHome({
    identity: "ada@example.org",
    hostname: `127.0.0.1:${server.port}`,
    tls: "disabled",
    queue_dir: "~/queue"
  })
  const answer = (text: Answer) =>
    Effect.sync(() => {
      RCPT[0] = text
    })
  const isAsked = until(() =>
    server.connections.some(({ commands }) => commands.some((line) => line.startsWith("RCPT")))
  )
  return { answer, home, isAsked, server }
})

const send = (program: StartedProgram, signals: ReadonlyArray<NodeJS.Signals>) =>
  Effect.forEach(signals, (name) =>
    Effect.zipRight(
      Effect.sync(() => program.signal(name)),
      Effect.sleep(20)
    )
  )

const holdsUnnamedFile = ({ pid }: StartedProgram): boolean =>
  fs.readdirSync(`/proc/${pid}/fd`).some((descriptor) => {
    const link = `/proc/${pid}/fd/${descriptor}`
    return (
      fs.lstatSync(link, { throwIfNoEntry: false }) !== undefined &&
      fs.readlinkSync(link).endsWith(" (deleted)")
    )
  })

/** In the middle of a message. */
const interruptEnqueue = (home: string, signals: ReadonlyArray<NodeJS.Signals>) =>
  Effect.gen(function* () {
    const program = yield* startProgram({ home, args: ["-t", "-odq"] })
    program.write(message)
    program.write(`${"x".repeat(500)}\n`.repeat(4000))
    yield* until(() => holdsUnnamedFile(program))
    yield* send(program, signals)
    return program
  })

/** Between RCPT and its answer. */
const interruptDelivery = (signals: ReadonlyArray<NodeJS.Signals>) =>
  Effect.gen(function* () {
    const relay = yield* world
    yield* runProgram({ home: relay.home, args: ["-t", "-odq"], stdin: message })
    const program = yield* startProgram({ home: relay.home, name: "deliver", args: [] })
    yield* relay.isAsked
    yield* send(program, signals)
    return { ...relay, program }
  })

/** What a run finds that nobody disturbs. */
const assertNext = ({ answer, home, server }: Effect.Effect.Success<typeof world>) =>
  Effect.gen(function* () {
    yield* answer("250 ok")
    const next = yield* runProgram({ home, name: "deliver" })
    assert.deepStrictEqual([next.status, server.messages().length], [0, 1], next.stderr)
  })

/** Waits for the answer to RCPT. */
const startSubmission = (home: string, options: Partial<StartOptions> = {}) =>
  Effect.map(startProgram({ home, args: ["-t"], ...options }), (program) => {
    program.write(message)
    program.endInput()
    return program
  })

const inOrder = [["SIGHUP"], ["SIGTERM"], ["SIGINT", "SIGINT"], ["SIGHUP", "SIGTERM"]] as const
const atOnce = ["SIGQUIT", "SIGALRM", "SIGKILL"] as const
const ignored = ["SIGPIPE", "SIGXFSZ", "SIGUSR1"] as const

const clean = { tmp: 0, q: 0, act: 0 }

describe.concurrent("L16: signals", () => {
  for (const signals of inOrder) {
    const names = signals.join(" and ")
    it.scopedLive(`${names} while a message comes in: nothing is queued, and 75 says so`, () =>
      Effect.gen(function* () {
        const { home } = yield* world
        const program = yield* interruptEnqueue(home, signals)
        assert.strictEqual((yield* program.ended).end, 75)
        assert.deepStrictEqual(places(home), clean)
      })
    )

    it.scopedLive(`${names} while a message is delivered: it is free for the next run`, () =>
      Effect.gen(function* () {
        const { program, ...relay } = yield* interruptDelivery(signals)
        assert.strictEqual((yield* program.ended).end, 75)
        assert.deepStrictEqual(places(relay.home), { ...clean, q: 1 })
        yield* assertNext(relay)
      })
    )
  }

  it.scopedLive("TERM while a message is sent at once: nothing is queued, and 75 says so", () =>
    Effect.gen(function* () {
      const { home, isAsked, server } = yield* world
      const program = yield* startSubmission(home)
      yield* isAsked
      program.signal("SIGTERM")
      assert.strictEqual((yield* program.ended).end, 75)
      assert.deepStrictEqual([places(home), server.messages().length], [clean, 0])
    })
  )

  for (const name of atOnce) {
    it.scopedLive(`${name} kills, and the next run finds everything in order`, () =>
      Effect.gen(function* () {
        const { program, ...relay } = yield* interruptDelivery([name])
        assert.strictEqual((yield* program.ended).end, name)
        const enqueuing = yield* interruptEnqueue(relay.home, [name])
        assert.strictEqual((yield* enqueuing.ended).end, name)
        yield* assertNext(relay)
        assert.deepStrictEqual(places(relay.home), clean)
      })
    )
  }

  it.scopedLive(`${ignored.join(", ")} change nothing`, () =>
    Effect.gen(function* () {
      const { answer, home, isAsked, server } = yield* world
      yield* answer({ bytes: "250 ok\r\n", afterMillis: 500 })
      const program = yield* interruptEnqueue(home, ignored)
      program.endInput()
      const { end, stderr } = yield* program.ended
      assert.deepStrictEqual([end, stderr], [0, ""])
      const delivering = yield* startProgram({ home, name: "deliver", args: [] })
      yield* isAsked
      yield* send(delivering, ignored)
      const delivered = yield* delivering.ended
      assert.deepStrictEqual([delivered.end, server.messages().length], [0, 1], delivered.stderr)
      assert.notMatch(delivered.stderr, /Debugger/)
    })
  )

  it.scopedLive("reach the process that takes over from one with a harmful environment", () =>
    Effect.gen(function* () {
      const { home, isAsked, server } = yield* world
      const program = yield* startSubmission(home, { env: { NODE_OPTIONS: "--no-warnings" } })
      yield* isAsked
      program.signal("SIGINT")
      assert.strictEqual((yield* program.ended).end, 75)
      yield* server.closed
    })
  )

  it.scopedLive("are heard, whatever the caller ignored", () =>
    Effect.gen(function* () {
      const { home, isAsked } = yield* world
      const program = yield* startSubmission(home, { prelude: "trap '' CHLD TERM INT HUP" })
      yield* isAsked
      program.signal("SIGTERM")
      assert.strictEqual((yield* program.ended).end, 75)
    })
  )
})
