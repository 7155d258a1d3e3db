/** The verbs and the composed layer, over a real socket and a real queue directory. */
import * as fs from "node:fs"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Stream from "effect/Stream"
import { ConfigError } from "../../src/domain/config/ConfigError.ts"
import { MessageError } from "../../src/domain/mail/MessageError.ts"
import type { SessionEvent } from "../../src/domain/telemetry/SessionEvent.ts"
import * as Esmtp from "../../src/library/Esmtp.ts"
import { Queue } from "../../src/services/Queue.ts"
import type { Answer, Scenario, Step } from "../support/FakeSmtpScenario.ts"
import * as FakeSmtpServer from "../support/FakeSmtpServer.ts"
import { makeTempDir, writeFiles } from "../support/TempDir.ts"

const mail = "From: ada@example.org\nTo: bob@example.net\nBcc: eve@example.net\nSubject: x\n\nhello\n"

const answers = (some: Partial<Record<Step, ReadonlyArray<Answer>>>): Scenario => ({ answers: some })

const quiet = Logger.minimumLogLevel(LogLevel.Warning)

/** A server, and the configuration that leads to it. */
const house = (scenario: Scenario, more = "") =>
  Effect.gen(function* () {
    const server = yield* FakeSmtpServer.make(scenario)
    const directory = yield* makeTempDir
    const rc = `
      queue_dir = "${path.join(directory, "queue")}"
      ${more}
      identity "ada@example.org"
        hostname = "127.0.0.1:${server.port}"
        starttls = disabled`
    return { server, directory, rc, layer: Layer.merge(Esmtp.layer({ rc, env: {} }), quiet) }
  })

const toOf = (messages: ReadonlyArray<{ readonly to: ReadonlyArray<string> }>) =>
  messages.map(({ to }) => to.map((one) => one.replace(/[<>]/g, "")))

describe("the library", () => {
  it.scopedLive("sends to whom the header names, Bcc included, and gives an outcome for each", () =>
    Effect.gen(function* () {
      const { layer, server } = yield* house({})
      const outcomes = yield* Effect.provide(Esmtp.send({ message: mail }), layer)
      assert.deepStrictEqual(
        outcomes.map(({ recipient, result }) => [recipient.mailbox, result._tag]),
        [
          ["bob@example.net", "Right"],
          ["eve@example.net", "Right"]
        ]
      )
      const [message] = server.messages()
      assert.deepStrictEqual(toOf(server.messages()), [["bob@example.net", "eve@example.net"]])
      assert.notInclude(message?.wire.toString() ?? "", "eve")
    })
  )

  it.scopedLive("sends to whom it is told, and to nobody else, whatever the header says", () =>
    Effect.gen(function* () {
      const { layer, server } = yield* house({})
      const sent = Esmtp.send({ message: mail, to: ["Carol <carol@example.net>"], from: "" })
      yield* Effect.provide(sent, layer)
      assert.deepStrictEqual(toOf(server.messages()), [["carol@example.net"]])
      assert.strictEqual(server.messages()[0]?.from.replace(/[<>]/g, ""), "")
    })
  )

  it.scopedLive("fails with Undelivered where somebody was refused, and tells who and for how long", () =>
    Effect.gen(function* () {
      const refusal = answers({ RCPT: ["250 ok", "450 4.2.1 later"] })
      const { layer } = yield* house(refusal, "require_all_recipients = no")
      const error = yield* Effect.flip(Effect.provide(Esmtp.send({ message: mail }), layer))
      if (error._tag !== "Undelivered") return assert.fail(error._tag)
      assert.deepStrictEqual(
        error.outcomes.map(({ result }) => result._tag),
        ["Right", "Left"]
      )
      assert.deepStrictEqual(
        { status: error.status, isTransient: error.isTransient, remaining: [...error.remaining] },
        { status: 75, isTransient: true, remaining: ["eve@example.net"] }
      )
      assert.match(
        error.message,
        /^recipient <eve@example\.net> refused by 127\.0\.0\.1:\d+ .*450 4\.2\.1 later$/
      )
    })
  )

  it.scopedLive("calls a refusal for good what it is, and offers nobody for another try", () =>
    Effect.gen(function* () {
      const { layer } = yield* house(answers({ MAIL: ["550 5.7.1 not you"] }))
      const error = yield* Effect.flip(Effect.provide(Esmtp.send({ message: mail }), layer))
      if (error._tag !== "Undelivered") return assert.fail(error._tag)
      assert.deepStrictEqual([error.status, error.isTransient, error.remaining.length], [69, false, 0])
    })
  )

  it.scopedLive("refuses what could become a second command or field, before anything is sent", () =>
    Effect.gen(function* () {
      const { layer, server } = yield* house({})
      const hostile = [
        { to: "bob@example.net>\r\nRCPT TO:<eve@example.net" },
        { from: "ada@example.org\nX: y" },
        { fullName: "Ada\r\nBcc: eve@example.net" },
        { envid: "1\r\nDATA" }
      ]
      for (const more of hostile) {
        const error = yield* Effect.flip(Effect.provide(Esmtp.send({ message: mail, ...more }), layer))
        assert.include(["UsageError", "MessageError"], error._tag)
      }
      assert.strictEqual(server.connections.length, 0)
    })
  )

  it.scopedLive("reads a stream once, and tells of one that fails without sending its beginning", () =>
    Effect.gen(function* () {
      const { layer, server } = yield* house({})
      const octets = new TextEncoder().encode(mail)
      const pieces = Stream.fromIterable([octets.slice(0, 30), octets.slice(30)])
      yield* Effect.provide(Esmtp.send({ message: pieces }), layer)
      assert.strictEqual(server.messages().length, 1)
      const broken = Stream.concat(Stream.make(octets), Stream.fail("the database went away"))
      const error = yield* Effect.flip(Effect.provide(Esmtp.send({ message: broken }), layer))
      assert.isTrue(error instanceof MessageError && error.reason === "Unreadable")
      assert.strictEqual(server.messages().length, 1)
    })
  )

  it.scopedLive("queues, and delivers what is queued", () =>
    Effect.gen(function* () {
      const { layer, server } = yield* house(answers({ "end-of-data": ["451 4.3.0 not now", "250 ok"] }))
      const program = Effect.gen(function* () {
        const queue = yield* Queue
        const id = yield* Esmtp.enqueue({ message: mail })
        assert.strictEqual(server.connections.length, 0)
        const first = yield* Esmtp.deliverQueued()
        assert.deepStrictEqual([first.undelivered, first.nextAttemptAt !== undefined], [1, true])
        const known = yield* Stream.runCollect(queue.list)
        assert.deepStrictEqual(
          [...known].map((listing) => (listing._tag === "Known" ? listing.entry.id : listing.name)),
          [id]
        )
      })
      yield* Effect.provide(program, layer)
    })
  )

  it.scopedLive("delivers in the background by a fiber where the configuration says so", () =>
    Effect.gen(function* () {
      const { layer, server } = yield* house({}, "delivery_mode = background")
      const program = Effect.gen(function* () {
        const queue = yield* Queue
        const report = yield* Esmtp.submit({ message: mail })
        assert.strictEqual(report._tag, "Queued")
        const isEmpty = Effect.map(Stream.runCollect(queue.list), (all) => all.length === 0)
        yield* Effect.repeat(Effect.delay(isEmpty, "10 millis"), { until: (done) => done })
      })
      yield* Effect.provide(program, layer)
      assert.strictEqual(server.messages().length, 1)
    })
  )

  it.scopedLive("shows every step to who wants to see it", () =>
    Effect.gen(function* () {
      const { rc } = yield* house({})
      const seen: Array<SessionEvent["_tag"]> = []
      const layer = Esmtp.layer({
        rc,
        env: {},
        record: ({ _tag }) => Effect.sync(() => void seen.push(_tag))
      })
      yield* Effect.provide(Esmtp.send({ message: mail }), Layer.merge(layer, quiet))
      assert.include(seen, "TransactionStarted")
    })
  )

  it.scopedLive("judges a file as the program does, and a text for its grammar", () =>
    Effect.gen(function* () {
      const { directory, rc } = yield* house({})
      writeFiles(directory, { rc: `${rc}\n password = "secret"\n` })
      const rcFile = path.join(directory, "rc")
      fs.chmodSync(rcFile, 0o644)
      const readable = Esmtp.layer({ rcFile, env: {} })
      const unsafe = yield* Effect.flip(Effect.provide(Esmtp.send({ message: mail }), readable))
      assert.isTrue(unsafe instanceof ConfigError && unsafe.reason === "Unsafe", unsafe.message)
      const missing = Esmtp.layer({ rcFile: path.join(directory, "none"), env: {} })
      const notFound = yield* Effect.flip(Effect.provide(Esmtp.send({ message: mail }), missing))
      assert.strictEqual(notFound._tag, "ConfigError")
      const wrong = Esmtp.layer({ rc: "hostname smtp\nwhat is this", env: {} })
      const syntax = yield* Effect.flip(Effect.provide(Esmtp.send({ message: mail }), wrong))
      assert.match(syntax.message, /\(rc\):2:1/)
    })
  )
})
