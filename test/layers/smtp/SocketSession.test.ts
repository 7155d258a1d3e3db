import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import { MessageError } from "../../../src/domain/mail/MessageError.ts"
import { type SmtpSession, SmtpTransport } from "../../../src/services/SmtpTransport.ts"
import type { Answer, Scenario, FakeSmtpServer as Server, Step } from "../../support/FakeSmtpScenario.ts"
import * as FakeSmtpServer from "../../support/FakeSmtpServer.ts"
import {
  envelopeTo,
  fates,
  messageOf,
  type RelayOverrides,
  relayAt,
  sendOver,
  streamedMessage,
  transport,
  wireOf
} from "../../support/smtpFixtures.ts"

const some = { requireAllRecipients: false }
const all = { requireAllRecipients: true }
const pipelining = ["PIPELINING"]
const chunking = ["PIPELINING", "CHUNKING"]

/** A session with a fake server, for as long as `use` takes. */
const inSession = <A, E>(
  scenario: Scenario,
  use: (session: SmtpSession, server: Server) => Effect.Effect<A, E>,
  overrides?: RelayOverrides
) =>
  Effect.gen(function* () {
    const server = yield* FakeSmtpServer.make(scenario)
    return yield* Effect.gen(function* () {
      const smtp = yield* SmtpTransport
      const session = yield* smtp.open(relayAt(server, overrides))
      return yield* use(session, server)
    }).pipe(Effect.scoped, Effect.provide(transport()))
  }).pipe(Effect.scoped)

const withAnswer = (step: Step, ...answers: ReadonlyArray<Answer>): Scenario => ({
  answers: { [step]: answers }
})

describe("SocketSession", () => {
  it.live("carries several messages, each with results of its own", () =>
    inSession(withAnswer("RCPT", "250 ok", "550 5.1.1 unknown", "250 ok"), (session, server) =>
      Effect.gen(function* () {
        const first = yield* session.send(envelopeTo("a@example.com"), messageOf("one\r\n"), all)
        const second = yield* session.send(envelopeTo("b@example.com"), messageOf("two\r\n"), all)
        const third = yield* session.send(envelopeTo("c@example.com"), messageOf("three\r\n"), all)
        assert.deepStrictEqual(fates(first), ["delivered 250"])
        assert.deepStrictEqual(fates(second), ["RecipientsRejected"])
        assert.deepStrictEqual(fates(third), ["delivered 250"])
        assert.deepStrictEqual(
          server.messages().map(({ wire }) => wire.toString()),
          [wireOf("one\r\n"), wireOf("three\r\n")]
        )
        assert.isTrue(yield* session.isUsable)
      })
    )
  )

  it.live("lets messages given side by side wait for one another", () =>
    inSession({ extensions: pipelining }, (session, server) =>
      Effect.gen(function* () {
        const send = (name: string) =>
          session.send(envelopeTo(`${name}@example.com`), messageOf(`${name}\r\n`), all)
        yield* Effect.forEach(["a", "b", "c"], send, { concurrency: "unbounded" })
        assert.deepStrictEqual(
          server.messages().map(({ to }) => to.join()),
          ["<a@example.com>", "<b@example.com>", "<c@example.com>"]
        )
      })
    )
  )

  it.live("returns with the reply to the message before it writes another byte", () =>
    inSession({}, (session, server) =>
      Effect.gen(function* () {
        yield* session.send(envelopeTo("a@example.com"), messageOf("x\r\n"), all)
        yield* Effect.sleep("30 millis")
        assert.strictEqual(server.connections[0]?.commands.at(-1), "DATA")
      })
    )
  )

  const stages: ReadonlyArray<readonly [Step, string]> = [
    ["MAIL", "mail"],
    ["RCPT", "rcpt"],
    ["DATA", "data"],
    ["end-of-data", "final-dot"]
  ]
  for (const ending of ["close", "reset", "half-close"] as const) {
    it.live.each(stages)(
      `gives every recipient the loss of a connection by ${ending} at %s`,
      ([step, stage]) =>
        inSession(withAnswer(step, { ending }), (session) =>
          Effect.gen(function* () {
            const results = yield* session.send(
              envelopeTo("a@example.com", "b@example.com"),
              messageOf("x\r\n"),
              all
            )
            assert.deepStrictEqual(fates(results), Array(2).fill(`ConnectFailed Lost ${stage}`))
            assert.isFalse(yield* session.isUsable)
            const again = yield* session.send(envelopeTo("a@example.com"), messageOf("x\r\n"), all)
            assert.match(fates(again).join(), /^ConnectFailed Lost/)
          })
        )
    )
  }

  it.live.each(stages)("gives every recipient the deadline that passed at %s", ([step, stage]) =>
    inSession(
      withAnswer(step, { ending: "silence" }),
      (session) =>
        Effect.gen(function* () {
          const results = yield* session.send(envelopeTo("a@example.com"), messageOf("x\r\n"), all)
          assert.deepStrictEqual(fates(results), [`SessionTimedOut ${stage}`])
        }),
      { timeoutMillis: 150 }
    )
  )

  it.live("is not usable once the server has left or spoken while nothing was asked [H8]", () =>
    Effect.gen(function* () {
      for (const farewell of ["421 4.4.2 idle\r\n", "250 surprise\r\n", "25", ""]) {
        const goodbye: Answer = [
          { bytes: "250 queued\r\n" },
          { bytes: farewell, afterMillis: 20, ...(farewell === "" ? { ending: "close" as const } : {}) }
        ]
        yield* inSession(withAnswer("end-of-data", goodbye), (session, server) =>
          Effect.gen(function* () {
            const first = yield* session.send(envelopeTo("a@example.com"), messageOf("x\r\n"), all)
            assert.deepStrictEqual(fates(first), ["delivered 250"])
            yield* Effect.sleep("60 millis")
            assert.isFalse(yield* session.isUsable, farewell)
            const second = yield* session.send(envelopeTo("b@example.com"), messageOf("x\r\n"), all)
            assert.match(
              fates(second).join(),
              /^(ConnectFailed (Lost|ServiceClosing)|ProtocolViolation) mail/,
              farewell
            )
            assert.isFalse(server.connections[0]?.commands.some((line) => line.includes("b@example.com")))
          })
        )
      }
    })
  )

  it.live("keeps to the number of transactions that the server allows (MAILMAX)", () =>
    inSession({ extensions: ["LIMITS MAILMAX=1"] }, (session) =>
      Effect.gen(function* () {
        assert.isTrue(yield* session.isUsable)
        yield* session.send(envelopeTo("a@example.com"), messageOf("x\r\n"), all)
        assert.isFalse(yield* session.isUsable)
      })
    )
  )

  const many = (count: number) => Array.from({ length: count }, (_, index) => `r${index}@example.com`)

  it.live.each([pipelining, chunking, []])(
    "sends to 250 recipients in batches of 100, results in order, with %j",
    (extensions) =>
      inSession({ extensions }, (session, server) =>
        Effect.gen(function* () {
          const envelope = envelopeTo(...many(250))
          const results = yield* session.send(envelope, messageOf("x\r\n"), some)
          assert.deepStrictEqual(
            results.map(({ recipient }) => recipient),
            envelope.recipients
          )
          assert.isTrue(fates(results).every((fate) => fate === "delivered 250"))
          assert.deepStrictEqual(
            server.messages().map(({ to }) => to.length),
            [100, 100, 50]
          )
        })
      )
  )

  it.live("retries at once those refused for being too many (452) [H14]", () => {
    const limited = [...Array(50).fill("250 ok"), ...Array(25).fill("452 4.5.3 too many"), "250 ok"]
    return inSession({ extensions: pipelining, answers: { RCPT: limited } }, (session, server) =>
      Effect.gen(function* () {
        const results = yield* session.send(envelopeTo(...many(75)), messageOf("x\r\n"), some)
        assert.isTrue(fates(results).every((fate) => fate === "delivered 250"))
        assert.deepStrictEqual(
          server.messages().map(({ to }) => to.length),
          [50, 25]
        )
      })
    )
  })

  it.live("stops retrying when no recipient gets through", () =>
    inSession(withAnswer("RCPT", "250 ok", "452 4.5.3 too many"), (session, server) =>
      Effect.gen(function* () {
        const results = yield* session.send(envelopeTo(...many(3)), messageOf("x\r\n"), some)
        assert.deepStrictEqual(fates(results), ["delivered 250", "RecipientsRejected", "RecipientsRejected"])
        assert.strictEqual(
          server.connections[0]?.commands.filter((line) => line.startsWith("RCPT")).length,
          5
        )
        assert.isTrue(yield* session.isUsable)
      })
    )
  )

  it.live("sends nothing to anybody where all recipients are required and one is refused", () =>
    inSession(
      { extensions: pipelining, ...withAnswer("RCPT", "250 ok", "550 no", "250 ok") },
      (session, server) =>
        Effect.gen(function* () {
          const results = yield* session.send(envelopeTo(...many(3)), messageOf("x\r\n"), all)
          assert.deepStrictEqual(fates(results), [
            "MessageRejected OtherRecipientRefused rcpt",
            "RecipientsRejected",
            "MessageRejected OtherRecipientRefused rcpt"
          ])
          assert.deepStrictEqual(server.messages(), [])
        })
    )
  )

  it.live("calls only those recipients in doubt whose message was out when the connection broke", () =>
    inSession(
      { extensions: pipelining, ...withAnswer("end-of-data", "250 ok", { ending: "close" }) },
      (session) =>
        Effect.gen(function* () {
          const results = yield* session.send(envelopeTo(...many(300)), messageOf("x\r\n"), some)
          assert.strictEqual(results.length, 300)
          assert.deepStrictEqual([...new Set(fates(results).slice(0, 100))], ["delivered 250"])
          assert.deepStrictEqual(
            [...new Set(fates(results).slice(100, 200))],
            ["ConnectFailed Lost final-dot"]
          )
          assert.deepStrictEqual([...new Set(fates(results).slice(200))], ["ConnectFailed Lost mail"])
        })
    )
  )

  it.live("puts a small message into the flight of its envelope where the server chunks", () =>
    inSession({ extensions: chunking }, (session, server) =>
      Effect.gen(function* () {
        yield* session.send(envelopeTo("a@example.com"), messageOf(".\r\n..\r\n"), all)
        assert.strictEqual(server.messages()[0]?.wire.toString(), wireOf(".\r\n..\r\n"))
        assert.deepStrictEqual(server.connections[0]?.commands.slice(1), [
          "MAIL FROM:<sender@example.org>",
          "RCPT TO:<a@example.com>",
          `BDAT ${wireOf(".\r\n..\r\n").length} LAST`
        ])
      })
    )
  )

  it.live.each([[], pipelining, chunking])(
    "never ends a message that can't be read to its end, with %j",
    (extensions) =>
      inSession({ extensions }, (session, server) =>
        Effect.gen(function* () {
          const broken = new MessageError({ reason: "Unreadable", detail: "disk" })
          const body = Stream.concat(Stream.make(new Uint8Array(200_000).fill(97)), Stream.fail(broken))
          const exit = yield* Effect.exit(
            session.send(envelopeTo("a@example.com"), streamedMessage(body, 400_000), all)
          )
          assert.deepStrictEqual(exit, Exit.fail(broken))
          assert.isFalse(yield* session.isUsable)
          yield* server.closed
          assert.deepStrictEqual(server.messages(), [])
        })
      )
  )

  it.live("closes the connection at once when a transaction is interrupted", () =>
    inSession(withAnswer("end-of-data", { ending: "silence" }), (session, server) =>
      Effect.gen(function* () {
        const fiber = yield* Effect.fork(session.send(envelopeTo("a@example.com"), messageOf("x\r\n"), all))
        yield* Effect.sleep("100 millis")
        yield* Fiber.interrupt(fiber)
        yield* server.closed
        assert.isFalse(yield* session.isUsable)
        assert.isFalse(server.connections[0]?.commands.includes("QUIT"))
      })
    )
  )

  it.live("closes the connection when the opening is interrupted", () =>
    Effect.gen(function* () {
      const server = yield* FakeSmtpServer.make(withAnswer("EHLO", { ending: "silence" }))
      const fiber = yield* Effect.fork(sendOver(relayAt(server)))
      yield* Effect.sleep("100 millis")
      yield* Fiber.interrupt(fiber)
      yield* server.closed
      assert.deepStrictEqual(server.connections[0]?.commands, ["EHLO client.example"])
    }).pipe(Effect.scoped)
  )

  it.live("says QUIT when the scope closes, and does not wait for an answer", () =>
    Effect.gen(function* () {
      const server = yield* FakeSmtpServer.make(withAnswer("QUIT", { ending: "silence" }))
      const startedAt = Date.now()
      yield* sendOver(relayAt(server))
      assert.isBelow(Date.now() - startedAt, 900)
      yield* server.closed
      assert.strictEqual(server.connections[0]?.commands.at(-1), "QUIT")
      assert.strictEqual(server.connections[0]?.farewell, "end")
    }).pipe(Effect.scoped)
  )

  it.live("does not hold up the end for a peer that takes nothing any more", () =>
    Effect.gen(function* () {
      const server = yield* FakeSmtpServer.make(
        withAnswer("end-of-data", { bytes: "250 ok\r\n", ending: "stall" })
      )
      const startedAt = Date.now()
      const results = yield* sendOver(relayAt(server))
      assert.deepStrictEqual(fates(results), ["delivered 250"])
      assert.isBelow(Date.now() - startedAt, 2000)
    }).pipe(Effect.scoped)
  )

  it.live("fetches the credentials once the server has been asked what it can do", () =>
    Effect.gen(function* () {
      const server = yield* FakeSmtpServer.make({ extensions: ["AUTH PLAIN"] })
      const asked = yield* Deferred.make<ReadonlyArray<string>>()
      const secrets = {
        credentials: () =>
          Effect.as(Deferred.succeed(asked, server.connections[0]?.commands.slice() ?? []), { username: "u" })
      }
      yield* Effect.exit(sendOver(relayAt(server, { auth: { username: "u" } }), { secrets }))
      assert.deepStrictEqual(yield* Deferred.await(asked), ["EHLO client.example"])
    }).pipe(Effect.scoped)
  )
})
