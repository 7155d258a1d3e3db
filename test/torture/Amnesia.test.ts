/**
 * L5: a relay that takes the final dot and then closes the connection, at random with or without having kept the message.
 *
 * Nobody can tell the two from outside, so both are tried again. Copies are made of what was kept, and of nothing else; each
 * is the same to the octet, by which receivers can tell.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as EffectRandom from "effect/Random"
import { makeHome } from "../support/EmbeddedRelay.ts"
import { runProgram } from "../support/runProgram.ts"
import { type Fate, startAmnesiacSink } from "./amnesiacSink.ts"

const isLong = process.env["ESMTP_TORTURE"] === "1"
const messages = isLong ? 100 : 8
const seed = Number(
  process.env["ESMTP_SINK_SEED"] ?? (process.env["CI"] === "true" ? 5 : Date.now() % 2 ** 31)
)

const fates: ReadonlyArray<Fate> = ["acknowledged", "stored, then closed", "forgotten, then closed"]

/** Always the same for the same seed. */
const fatesOf = (given: number): (() => Fate) => {
  const random = EffectRandom.make(given)
  return () => fates[Effect.runSync(random.nextIntBetween(0, fates.length))] ?? "acknowledged"
}

const messageIdIn = (text: string): string => /^Message-ID: (.*)$/im.exec(text)?.[1] ?? "none"

describe("L5: a relay that forgets", () => {
  it.scopedLive(
    `P1 P3: copies are made only of what was kept and not acknowledged, each the same (ESMTP_SINK_SEED=${seed})`,
    () =>
      Effect.gen(function* () {
        const sink = yield* startAmnesiacSink(fatesOf(seed))
        const home = yield* makeHome({ hostname: `127.0.0.1:${sink.port}`, tls: "disabled" })
        for (let number = 0; number < messages; number++) {
          const { status } = yield* runProgram({
            home,
            args: ["-odq", "-f", "ada@example.org", "bob@example.net"],
            stdin: `Subject: number ${number}\n\nbody\n`
          })
          assert.strictEqual(status, 0)
        }
        let status: number | undefined = 75
        for (let round = 0; round < 200 && status !== 0; round++) {
          const before = sink.seen.length
          const delivered = yield* runProgram({ home, name: "deliver", timeoutMillis: 120_000 })
          status = delivered.status
          assert.isTrue(status === 0 || status === 75)
          const lost = sink.seen.slice(before).filter(({ fate }) => fate !== "acknowledged").length
          const listing = yield* runProgram({ home, name: "mailq" })
          if (lost > 0) assert.include(delivered.stderr, "possible duplicate")
          assert.strictEqual(listing.stdout.includes("possible duplicate"), status !== 0 && lost > 0)
        }
        assert.strictEqual(status, 0)

        const ids = new Set(sink.seen.map(({ text }) => messageIdIn(text)))
        assert.strictEqual(ids.size, messages)
        for (const id of ids) {
          const tries = sink.seen.filter(({ text }) => messageIdIn(text) === id)
          assert.strictEqual(new Set(tries.map(({ text }) => text)).size, 1, id)
          assert.strictEqual(tries.filter(({ fate }) => fate === "acknowledged").length, 1, id)
          assert.strictEqual(tries.at(-1)?.fate, "acknowledged", id)
        }
      }),
    isLong ? 900_000 : 120_000
  )
})
