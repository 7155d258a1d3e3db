import { assert, describe, it } from "@effect/vitest"
import { md4 } from "../../../src/layers/sasl/Md4.ts"

const digestOf = (text: string): string => Buffer.from(md4(new TextEncoder().encode(text))).toString("hex")

describe("MD4", () => {
  const suite: ReadonlyArray<readonly [string, string]> = [
    ["", "31d6cfe0d16ae931b73c59d7e0c089c0"],
    ["a", "bde52cb31de33e46245e05fbdbd6fb24"],
    ["abc", "a448017aaf21d8525fc10ae87aa6729d"],
    ["message digest", "d9130a8164549fe818874806e1c7014b"],
    ["abcdefghijklmnopqrstuvwxyz", "d79e1c308aa5bbcdeea8ed63df412da9"],
    ["ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", "043f8582f241db351ce627e153e7f0e4"],
    [
      "12345678901234567890123456789012345678901234567890123456789012345678901234567890",
      "e33b4ddc9c38f2199c3e7b164fcc0536"
    ]
  ]

  it.each(suite)("gives the digest of RFC 1320 §A.5 for %j", (text, digest) => {
    assert.strictEqual(digestOf(text), digest)
  })

  it("pads every length around the end of a block", () => {
    const digests = new Set(Array.from({ length: 140 }, (_, length) => digestOf("x".repeat(length))))
    assert.strictEqual(digests.size, 140)
  })

  it("leaves its input alone", () => {
    const data = new Uint8Array(100).fill(7)
    md4(data)
    assert.deepStrictEqual(data, new Uint8Array(100).fill(7))
  })
})
