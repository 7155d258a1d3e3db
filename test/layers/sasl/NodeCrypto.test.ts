import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import * as NodeCrypto from "../../../src/layers/sasl/NodeCrypto.ts"

const octets = (text: string) => new TextEncoder().encode(text)
const hex = (data: Uint8Array) => Buffer.from(data).toString("hex")

describe("the digests of node:crypto", () => {
  it.effect("are those of the standards", () =>
    Effect.gen(function* () {
      const crypto = yield* NodeCrypto.load
      assert.strictEqual(hex(crypto.hash("md5", octets("abc"))), "900150983cd24fb0d6963f7d28e17f72")
      assert.strictEqual(hex(crypto.hash("sha1", octets("abc"))), "a9993e364706816aba3e25717850c26c9cd0d89d")
      assert.strictEqual(
        hex(crypto.hmac("md5", octets("Jefe"), octets("what do ya want for nothing?"))),
        "750c783e6ab0b503eaa86e310a5db738"
      )
      assert.strictEqual(
        hex(crypto.pbkdf2("sha1", octets("password"), octets("salt"), 4096, 20)),
        "4b007901b765489abead49d926f721d065a429c1"
      )
      assert.strictEqual(hex(crypto.md4(octets("abc"))), "a448017aaf21d8525fc10ae87aa6729d")
    })
  )

  it.effect("draws random octets that own their memory", () =>
    Effect.gen(function* () {
      const crypto = yield* NodeCrypto.load
      const drawn = crypto.randomBytes(18)
      assert.strictEqual(drawn.buffer.byteLength, 18)
      assert.notDeepEqual(drawn, crypto.randomBytes(18))
    })
  )

  it.effect("tells the time of the running clock", () =>
    Effect.gen(function* () {
      const crypto = yield* NodeCrypto.load
      yield* TestClock.setTime(1_234_567)
      assert.strictEqual(crypto.nowMillis(), 1_234_567)
    })
  )
})
