import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import { parseBody, parseEnvid, parseNotify, parseRet } from "../../../src/domain/invocation/DsnArguments.ts"
import type { Notify } from "../../../src/domain/mail/Envelope.ts"

describe("-N", () => {
  const good: ReadonlyArray<readonly [value: string, earlier: Notify | undefined, notify: Notify]> = [
    ["never", undefined, "NEVER"],
    ["NEVER", "NEVER", "NEVER"],
    ["success", undefined, ["SUCCESS"]],
    ["Failure,DELAY", undefined, ["FAILURE", "DELAY"]],
    ["failure, delay ", undefined, ["FAILURE", "DELAY"]],
    ["failure,failure", undefined, ["FAILURE"]],
    ["delay,failure,success", undefined, ["SUCCESS", "FAILURE", "DELAY"]],
    ["delay", ["FAILURE"], ["FAILURE", "DELAY"]],
    ["failure", ["FAILURE"], ["FAILURE"]]
  ]
  for (const [value, earlier, notify] of good) {
    it(`${value} after ${JSON.stringify(earlier)} is ${JSON.stringify(notify)}`, () =>
      assert.deepStrictEqual(parseNotify(value, earlier), Either.right(notify)))
  }

  const bad: ReadonlyArray<readonly [value: string, earlier: Notify | undefined]> = [
    ["", undefined],
    ["zork", undefined],
    ["success,", undefined],
    ["never,success", undefined],
    ["never", ["SUCCESS"]],
    ["success", "NEVER"],
    ["successfailure", undefined],
    ["constructor", undefined]
  ]
  for (const [value, earlier] of bad) {
    it(`${JSON.stringify(value)} after ${JSON.stringify(earlier)} is an error`, () =>
      assert.isTrue(Either.isLeft(parseNotify(value, earlier))))
  }
})

describe("-R, -B", () => {
  it("take their words in any case", () => {
    assert.deepStrictEqual(parseRet("Full"), Either.right("FULL"))
    assert.deepStrictEqual(parseRet("hdrs"), Either.right("HDRS"))
    assert.deepStrictEqual(parseBody("8BitMime"), Either.right("8BITMIME"))
    assert.deepStrictEqual(parseBody("7bit"), Either.right("7BIT"))
  })

  it("refuse every other word", () => {
    for (const word of ["", "headers", "full,hdrs", "constructor"]) {
      assert.isTrue(Either.isLeft(parseRet(word)), word)
      assert.isTrue(Either.isLeft(parseBody(word)), word)
    }
  })
})

describe("-V", () => {
  it("takes printable US-ASCII, to be encoded later", () => {
    for (const envid of ["id123", "a b", "+=", "x".repeat(100)]) {
      assert.deepStrictEqual(parseEnvid(envid), Either.right(envid))
    }
  })

  it("S6: refuses what is longer than 100 characters as xtext", () => {
    assert.isTrue(Either.isLeft(parseEnvid("x".repeat(101))))
    assert.deepStrictEqual(parseEnvid("+".repeat(33)), Either.right("+".repeat(33)))
    assert.isTrue(Either.isLeft(parseEnvid("+".repeat(34))))
  })

  it("S5: refuses control characters and everything that is not ASCII", () => {
    for (const envid of ["a\r\nb", "a\u0000", "é", "\u00a0", "🙂"]) {
      assert.isTrue(Either.isLeft(parseEnvid(envid)), JSON.stringify(envid))
    }
  })
})
