import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import { parseMailbox } from "../../../src/domain/mail/AddressOperand.ts"
import { toBytes } from "../../../src/domain/mail/ByteString.ts"
import { parseHeaderBlock } from "../../../src/domain/mail/HeaderBlock.ts"
import * as Limits from "../../../src/domain/mail/Limits.ts"

const isMailbox = (text: string) => Either.isRight(parseMailbox(text))

/** A domain of so many octets, of labels that are short enough. */
const domain = (length: number): string => {
  const labels = "b".repeat(Limits.domainLabelBytes).concat(".")
  return labels
    .repeat(Math.ceil(length / labels.length))
    .slice(0, length - 1)
    .replace(/\.$/, "b")
    .concat("b")
}

describe("an address", () => {
  it("has localPartBytes before its @, and not one more", () => {
    const { localPartBytes } = Limits
    const sizes = [localPartBytes, localPartBytes + 1]
    assert.deepStrictEqual(
      sizes.map((size) => isMailbox(`${"a".repeat(size)}@x.org`)),
      [true, false]
    )
    assert.strictEqual(Limits.localPartBytes, 256)
  })

  it("has domainBytes behind it, and not one more", () => {
    const sizes = [Limits.domainBytes, Limits.domainBytes + 1]
    assert.deepStrictEqual(
      sizes.map((size) => domain(size).length),
      sizes
    )
    assert.deepStrictEqual(
      sizes.map((size) => isMailbox(`a@${domain(size)}`)),
      [true, false]
    )
  })

  it("has labels of domainLabelBytes, and not one more", () => {
    const sizes = [Limits.domainLabelBytes, Limits.domainLabelBytes + 1]
    assert.deepStrictEqual(
      sizes.map((size) => isMailbox(`a@${"b".repeat(size)}.org`)),
      [true, false]
    )
  })
})

describe("a header", () => {
  const header = (text: string) => parseHeaderBlock(toBytes(text))

  it("has as many Received: fields as Limits.hops says, and not one more", () => {
    const hop = "Received: by x\r\n"
    assert.deepStrictEqual(
      [Limits.hops, Limits.hops + 1].map((count) => Either.isRight(header(hop.repeat(count)))),
      [true, false]
    )
  })

  it("has fields with names of fieldNameBytes; a line that begins with more is none", () => {
    const fieldsOf = (size: number) => Either.getOrThrow(header(`${"n".repeat(size)}: x\r\n`)).fields.length
    assert.strictEqual(fieldsOf(Limits.fieldNameBytes), 1)
  })
})
