import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Tracer from "effect/Tracer"
import type { SessionEvent } from "../../../src/domain/telemetry/SessionEvent.ts"
import { type PeerScript, smtpTransportContract } from "../../contract/smtpTransport.ts"
import type { Answer, Scenario } from "../../support/FakeSmtpScenario.ts"
import * as FakeSmtpServer from "../../support/FakeSmtpServer.ts"
import { messageOf, relayAt, sendOver, transport } from "../../support/smtpFixtures.ts"

const address = (path: string): string => path.replace(/^<(.*?)>.*$/, "$1")

const scenarioOf = ({ extensions = [], replies = {} }: PeerScript): Scenario => ({
  extensions,
  answers: Object.fromEntries(
    Object.entries(replies).map(([step, texts]) => [
      step,
      texts.map((text): Answer => (text === "drop" ? { ending: "close" } : text))
    ])
  )
})

smtpTransportContract("SocketTransport", (script = {}) =>
  Effect.gen(function* () {
    const server = yield* FakeSmtpServer.make(scenarioOf(script))
    const isChunked = script.extensions?.includes("CHUNKING") === true
    return {
      layer: transport(),
      relay: relayAt(server),
      deadRelay: relayAt({ host: "127.0.0.99", port: server.port }),
      taken: Effect.sync(() =>
        server.messages().map(({ from, to, wire }) => ({
          sender: address(from),
          recipients: to.map(address),
          text: isChunked ? wire.toString() : wire.toString().replace(/^\./gm, "")
        }))
      )
    }
  })
)

describe("SocketTransport", () => {
  it.scopedLive("tells whoever watches what happens, in its order", () =>
    Effect.gen(function* () {
      const events: Array<SessionEvent> = []
      const server = yield* FakeSmtpServer.make({})
      yield* sendOver(relayAt(server), { events, message: messageOf("x\r\n") })
      const told = events.flatMap((event) => {
        if (event._tag === "Sent") return [event.text.trim()]
        return ["Received", "Noted", "DeadlineArmed"].includes(event._tag) ? [] : [event._tag]
      })
      assert.deepStrictEqual(told, [
        "Connected",
        "EHLO client.example",
        "Ready",
        "MAIL FROM:<sender@example.org>",
        "RCPT TO:<a@example.com>",
        "DATA",
        "HeaderSent",
        "BodyProgress",
        "TransactionFinished",
        "Ready",
        "QUIT",
        "Disconnected"
      ])
    })
  )

  it.scopedLive("tells of each read of the server once, as it came", () =>
    Effect.gen(function* () {
      const events: Array<SessionEvent> = []
      const greeting = "220-one\r\n220 two\r\n"
      const server = yield* FakeSmtpServer.make({ answers: { connect: [{ bytes: greeting }] } })
      yield* sendOver(relayAt(server), { events })
      const [first] = events.flatMap((event) => (event._tag === "Received" ? [event.bytes] : []))
      assert.strictEqual(Buffer.from(first ?? []).toString(), greeting)
    })
  )

  it.scopedLive("spans each stage, ended when its reply is in", () =>
    Effect.gen(function* () {
      const server = yield* FakeSmtpServer.make({ answers: { "end-of-data": ["451 later"] } })
      const spans: Array<Tracer.Span> = []
      const native = yield* Effect.tracer
      const tracer = Tracer.make({
        ...native,
        span: (...described) => {
          const span = native.span(...described)
          spans.push(span)
          return span
        }
      })
      yield* Effect.withTracer(sendOver(relayAt(server)), tracer)
      const stages = spans.map(({ name }) => name).filter((name) => !name.includes("."))
      assert.deepStrictEqual(stages, [
        "connect",
        "greeting",
        "ehlo",
        "mail",
        "rcpt",
        "data",
        "body",
        "final-dot",
        "quit"
      ])
      assert.isTrue(spans.every(({ status }) => status._tag === "Ended"))
    })
  )
})
