import { createHash } from "node:crypto"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import { recurs } from "effect/Schedule"
import * as Stream from "effect/Stream"
import type { SessionEvent } from "../../../src/domain/telemetry/SessionEvent.ts"
import type { Answer, Scenario } from "../../support/FakeSmtpScenario.ts"
import * as FakeSmtpServer from "../../support/FakeSmtpServer.ts"
import {
  fates,
  messageOf,
  type RelayOverrides,
  relayAt,
  sendOver,
  streamedMessage,
  wireOf
} from "../../support/smtpFixtures.ts"

const mebibyte = 1024 * 1024
const chunking = ["PIPELINING", "CHUNKING"]
const framings: ReadonlyArray<readonly [string, ReadonlyArray<string>]> = [
  ["DATA", []],
  ["pipelined DATA", ["PIPELINING"]],
  ["BDAT", chunking]
]

const line = new Uint8Array(1024).fill(97)
line.set([13, 10], 1022)

/** So many mebibytes of lines, in chunks of 64 KiB. */
const large = (mebibytes: number) => {
  const chunk = new Uint8Array(64 * 1024)
  for (let at = 0; at < chunk.length; at += line.length) chunk.set(line, at)
  return streamedMessage(Stream.repeat(Stream.make(chunk), recurs(mebibytes * 16 - 1)), mebibytes * mebibyte)
}

const send = (scenario: Scenario, message = messageOf("x\r\n"), overrides?: RelayOverrides) =>
  Effect.gen(function* () {
    const events: Array<SessionEvent> = []
    const server = yield* FakeSmtpServer.make(scenario)
    const results = yield* sendOver(relayAt(server, overrides), { message, events })
    return { fate: fates(results).join(), server, events }
  })

const unstuffed = (wire: Buffer) => wire.toString().replace(/^\./gm, "")

describe("BodyWriter", () => {
  it.scopedLive.each(framings)("carries a message of 8 MiB intact by %s", ([, extensions]) =>
    Effect.gen(function* () {
      const message = large(8)
      const expected = createHash("sha256").update(message.header.wire)
      for (let count = 0; count < 8 * 1024; count++) expected.update(line)
      const { fate, server, events } = yield* send({ extensions, discardBodies: true }, message)
      assert.strictEqual(fate, "delivered 250")
      assert.strictEqual(server.messages()[0]?.sha256, expected.digest("hex"))
      const counted = events.flatMap((event) => (event._tag === "BodyProgress" ? [event.bytes] : []))
      assert.strictEqual(
        counted.reduce((sum, bytes) => sum + bytes, 0),
        message.facts.sizeBytes
      )
    })
  )

  it.scopedLive("sends large chunks, and tells the transcript of each", () =>
    Effect.gen(function* () {
      const { server, events } = yield* send({ extensions: chunking, discardBodies: true }, large(2))
      const chunks = (server.connections[0]?.commands ?? []).filter((command) => command.startsWith("BDAT"))
      const sizes = chunks.map((command) => Number(command.split(" ")[1]))
      assert.isTrue(sizes.slice(0, -1).every((size) => size >= 256 * 1024))
      assert.strictEqual(chunks.filter((command) => command.endsWith(" LAST")).length, 1)
      const told = events.flatMap((event) =>
        event._tag === "Sent" && event.text.startsWith("BDAT") ? [event.text] : []
      )
      assert.deepStrictEqual(
        told,
        chunks.map((command) => `${command}\r\n`)
      )
      assert.strictEqual(events.filter(({ _tag }) => _tag === "HeaderSent").length, 1)
    })
  )

  const texts = FastCheck.array(
    FastCheck.constantFrom("\r\n", ".", "..", "a", ".\r\n", "\r\n.\r\n", "x".repeat(70)),
    {
      maxLength: 30
    }
  )
  it.scopedLive.prop(
    "keeps every message what it was, however it is cut",
    [texts, FastCheck.integer({ min: 1, max: 50 }), FastCheck.constantFrom(...framings)],
    ([pieces, chunkBytes, [, extensions]]) =>
      Effect.gen(function* () {
        const body = pieces.length === 0 ? "" : `${pieces.join("")}\r\n`
        const { fate, server } = yield* send({ extensions }, messageOf(body, chunkBytes))
        assert.strictEqual(fate, "delivered 250")
        yield* server.closed
        assert.strictEqual(server.messages().length, 1)
        const wire = server.messages()[0]?.wire ?? Buffer.alloc(0)
        assert.strictEqual(extensions === chunking ? wire.toString() : unstuffed(wire), wireOf(body))
        assert.deepStrictEqual(
          server.connections[0]?.commands.filter((command) => /^(MAIL|QUIT)/.test(command)).length,
          2
        )
      }),
    { fastCheck: { numRuns: 40 } }
  )

  it.scopedLive("ends a message without body with its own line", () =>
    Effect.gen(function* () {
      const { server } = yield* send({}, messageOf(""))
      assert.strictEqual(server.messages()[0]?.wire.toString(), wireOf(""))
    })
  )

  const refusal = "552 5.3.4 too big\r\n"
  const refusals: ReadonlyArray<readonly [string, Answer]> = [
    ["and closes", { bytes: refusal, ending: "close" }],
    ["and resets", { bytes: refusal, ending: "reset" }],
    ["and stops reading", { bytes: refusal, ending: "stall" }],
    ["and goes on reading", { bytes: refusal }]
  ]
  for (const [framing, extensions] of framings) {
    it.scopedLive.each(refusals)(
      `honours the refusal of a server that answers in the middle of ${framing} %s [H20]`,
      ([how, answer]) =>
        Effect.gen(function* () {
          const { fate } = yield* send(
            { extensions, discardBodies: true, midBody: { afterBytes: 200_000, answer } },
            large(32)
          )
          // A reset may overtake the refusal inside the kernel: then it is a loss like any other.
          const allowed =
            how === "and resets"
              ? /^MessageRejected Refused body$|^ConnectFailed Lost body$/
              : /^MessageRejected Refused body$/
          assert.match(fate, allowed)
        })
    )
  }

  it.scopedLive("takes a connection cut in the middle for lost, not for delivered", () =>
    Effect.gen(function* () {
      for (const ending of ["close", "reset", "half-close"] as const) {
        const { fate } = yield* send(
          { discardBodies: true, midBody: { afterBytes: 200_000, answer: { ending } } },
          large(32)
        )
        assert.strictEqual(fate, "ConnectFailed Lost body")
      }
    })
  )

  it.scopedLive("gives up on a server that takes nothing any more [H21]", () =>
    Effect.gen(function* () {
      const stalled = {
        discardBodies: true,
        midBody: { afterBytes: 100_000, answer: { ending: "stall" } }
      } as const
      const { fate } = yield* send(stalled, large(64), { timeoutMillis: 300 })
      assert.strictEqual(fate, "SessionTimedOut body")
    })
  )

  it.scopedLive("is patient with a slow reader: each block has its own deadline", () =>
    Effect.gen(function* () {
      const slow = { discardBodies: true, slowReading: { gapMillis: 4, firstBytes: 16 * mebibyte } }
      const startedAt = Date.now()
      const { fate } = yield* send(slow, large(32), { timeoutMillis: 400 })
      assert.strictEqual(fate, "delivered 250")
      assert.isAbove(Date.now() - startedAt, 400)
    })
  )
})
