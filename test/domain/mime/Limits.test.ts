import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import { toBytes } from "../../../src/domain/mail/ByteString.ts"
import { parseHeaderBlock } from "../../../src/domain/mail/HeaderBlock.ts"
import { makeEntityReader, rootEntity } from "../../../src/domain/mime/EntityReader.ts"
import * as Limits from "../../../src/domain/mime/Limits.ts"

const ignore = () => {}

/** Why the entities of a body can't be told apart, if so. */
const flawOf = (body: string): string | undefined => {
  const header = 'Content-Type: multipart/mixed; boundary="b"'
  let flaw: string | undefined
  const root = rootEntity(Either.getOrThrow(parseHeaderBlock(toBytes(header))))
  const reader = makeEntityReader(root, {
    header: ({ content }) => {
      if (content._tag === "Sealed") flaw ??= content.why
    },
    content: ignore,
    end: ignore,
    frame: ignore
  })
  reader.take(new TextEncoder().encode(body))
  reader.finish()
  return flaw
}

const nested = (depth: number): string =>
  Array.from(
    { length: depth },
    (_, at) => `--${at === 0 ? "b" : `b${at}`}\r\nContent-Type: multipart/mixed; boundary=b${at + 1}\r\n\r\n`
  ).join("")

describe("a message that is converted", () => {
  it("has as many parts as Limits.entities says, and not one more", () => {
    const parts = (count: number) => flawOf("--b\r\n\r\nx\r\n".repeat(count))
    assert.isUndefined(parts(Limits.entities))
    assert.strictEqual(parts(Limits.entities + 1), "too many entities")
  })

  it("has parts within parts as deep as Limits.depth says, and not deeper", () => {
    // The message itself is the first.
    assert.isUndefined(flawOf(nested(Limits.depth - 1)))
    assert.strictEqual(flawOf(nested(Limits.depth)), "entities nested too deeply")
  })

  it("has parts with headers of partHeaderBytes, and no larger ones", () => {
    const field = "X: y\r\n"
    const part = (size: number) => flawOf(`--b\r\n${field.repeat(size / field.length)}\r\nbody\r\n--b--\r\n`)
    assert.isUndefined(part(Limits.partHeaderBytes - 10))
    assert.isString(part(Limits.partHeaderBytes + 10))
  })
})
