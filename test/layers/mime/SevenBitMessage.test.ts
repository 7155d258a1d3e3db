import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Stream from "effect/Stream"
import { MessageError } from "../../../src/domain/mail/MessageError.ts"
import { combineFacts } from "../../../src/domain/mail/MessageFacts.ts"
import * as SevenBit from "../../../src/layers/mime/SevenBit.ts"
import type { Message } from "../../../src/services/Message.ts"
import { MimeConverter } from "../../../src/services/MimeConverter.ts"
import { lines } from "../../domain/mime/converted.ts"
import { message as randomMessage } from "../../domain/mime/mimeTree.ts"
import { cut } from "../../domain/mime/octetCoders.ts"

const octets = (text: string) => new Uint8Array(Buffer.from(text, "latin1"))

const longestOf = (text: string): number => Math.max(...text.split("\r\n").map((line) => line.length))

const messageOf = (source: string, chunkBytes = 10_000): Message => {
  const bodyAt = source.startsWith("\r\n") ? 2 : source.indexOf("\r\n\r\n") + 4
  const [wire, body] = [octets(source.slice(0, bodyAt)), source.slice(bodyAt)]
  return {
    header: { wire, local: octets("local") },
    facts: combineFacts(wire, {
      sizeBytes: body.length,
      hasEightBitHeader: false,
      hasEightBitBody: /[\x80-\xff]/.test(body),
      longestLineBytes: longestOf(body),
      nulsDropped: 3
    }),
    body: Stream.fromIterable(cut(octets(body), chunkBytes))
  }
}

const textOf = ({ header, body }: Message) =>
  Effect.map(Stream.runCollect(body), (chunks) => Buffer.concat([header.wire, ...chunks]).toString("latin1"))

const convert = (message: Message, sevenBit = true) =>
  Effect.flatMap(MimeConverter, (converter) => converter.convert(message, { sevenBit })).pipe(
    Effect.provide(SevenBit.layer)
  )

describe("SevenBit", () => {
  it.effect("gives a message that can be read again and again, and leaves the copy of the MDA alone", () =>
    Effect.gen(function* () {
      const { message } = yield* convert(messageOf(lines("Subject: ü", "", "Grüße", ".", ""), 3))
      const [first, second] = [yield* textOf(message), yield* textOf(message)]
      assert.strictEqual(first, second)
      assert.match(first, /^Subject: =\?utf-8\?q\?=C3=BC\?=\r\n[\s\S]*\r\n\r\nGr=C3=BC=C3=9Fe\r\n\.\r\n\r\n$/)
      assert.deepStrictEqual(message.header.local, octets("local"))
    })
  )

  it.effect("RFC 1870 §3: knows the size and all other facts of what it will give", () =>
    Effect.promise(() =>
      FastCheck.assert(
        FastCheck.asyncProperty(randomMessage, FastCheck.integer({ min: 1, max: 99 }), (source, chunkBytes) =>
          Effect.gen(function* () {
            const { message } = yield* convert(messageOf(source, chunkBytes))
            const text = yield* textOf(message)
            assert.deepStrictEqual(message.facts, {
              sizeBytes: text.length,
              hasEightBitHeader: false,
              hasEightBitBody: false,
              longestLineBytes: longestOf(text),
              nulsDropped: 3
            })
          }).pipe(Effect.runPromise)
        ),
        { numRuns: 100 }
      )
    )
  )

  it.effect("tells of long lines that stay, and names the header where they are there", () =>
    Effect.gen(function* () {
      const references = lines(`References: <${"x".repeat(1200)}>`, "", "x")
      assert.strictEqual(
        (yield* convert(messageOf(references), false)).leftLong,
        "in a header, without a blank to fold it at"
      )
      const signed = lines("Content-Type: multipart/signed; boundary=c", "", "x".repeat(1200))
      assert.strictEqual((yield* convert(messageOf(signed), false)).leftLong, "a signature in it would break")
      assert.isUndefined((yield* convert(messageOf(lines("", "x".repeat(1200))), false)).leftLong)
    })
  )

  it.effect("fails where it can't, and where the message can't be read", () =>
    Effect.gen(function* () {
      const refused = yield* Effect.either(convert(messageOf(lines("To: <ü@x>", "", "x"))))
      assert.deepStrictEqual(
        Either.getOrThrow(Either.flip(refused)).message,
        "not converted: 8-bit octets in To:"
      )
      const broken = new MessageError({ reason: "SpoolFailed", detail: "gone" })
      const unreadable = { ...messageOf(lines("", "ü")), body: Stream.fail(broken) }
      assert.deepStrictEqual(yield* Effect.flip(convert(unreadable)), broken)
    })
  )

  it.effect("takes lines of 64 KiB and 10 MB", () =>
    Effect.gen(function* () {
      for (const size of [65_536, 10_000_000]) {
        const source = `Content-Type: text/html\r\n\r\n${"ab".repeat(size / 2)}\r\n`
        const { message } = yield* convert(messageOf(source, 65_536), false)
        const text = yield* textOf(message)
        assert.isTrue(text.replaceAll("=\r\n", "").endsWith(source.slice(-size - 2)))
        assert.isAtMost(message.facts.longestLineBytes, 76)
      }
    })
  )
})
