import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import {
  fromReply,
  mechanisms,
  none,
  offers,
  recipientLimit,
  sizeLimit,
  transactionLimit
} from "../../../src/domain/smtp/Extensions.ts"

const extensions = (...lines: ReadonlyArray<string>) => fromReply({ code: 250, lines: ["hello", ...lines] })

describe("EHLO keywords (RFC 5321 §4.1.1.1)", () => {
  it("are kept with their parameters, upper-cased themselves only", () => {
    const known = extensions("size 100", "X-Thing Some Value", "8bitmime")
    assert.deepStrictEqual(Array.from(known), [
      ["SIZE", ["100"]],
      ["X-THING", ["Some", "Value"]],
      ["8BITMIME", []]
    ])
    assert.isTrue(offers(known, "8BITMIME"))
    assert.isFalse(offers(known, "PIPELINING"))
  })

  it("do not include the server's name", () => {
    assert.strictEqual(fromReply({ code: 250, lines: ["PIPELINING"] }).size, 0)
  })

  it.each(["", " ", "-X", "x_y", "PIPE LINING=", "é", "\0", "CHUNKING\0"])("are not made of %j", (line) => {
    assert.isFalse(offers(extensions(line), "CHUNKING"))
    assert.isTrue(Array.from(extensions(line).keys()).every((keyword) => /^[A-Z0-9-]+$/.test(keyword)))
  })

  it("may be separated by any blanks", () => {
    assert.deepStrictEqual(Option.getOrNull(sizeLimit(extensions("  SIZE \t 100 "))), 100n)
  })

  it("count once: of a repeated one the first (H12)", () => {
    assert.deepStrictEqual(Option.getOrNull(sizeLimit(extensions("SIZE 100", "SIZE 200"))), 100n)
  })

  it("after HELO there are none", () => {
    assert.isFalse(offers(none, "SIZE"))
    assert.deepStrictEqual(mechanisms(none), [])
    assert.strictEqual(recipientLimit(none), 100)
  })
})

describe("AUTH (A5 RFC 4954 §3)", () => {
  it("adds up its forms and lines, upper case, without doubles, in the server's order", () => {
    const known = extensions("AUTH login plain", "AUTH=LOGIN GSSAPI", "auth CRAM-MD5 PLAIN")
    assert.deepStrictEqual(mechanisms(known), ["LOGIN", "PLAIN", "GSSAPI", "CRAM-MD5"])
  })

  it("may be in the old form alone", () => {
    assert.deepStrictEqual(mechanisms(extensions("AUTH=PLAIN")), ["PLAIN"])
    assert.deepStrictEqual(mechanisms(extensions("AUTH= PLAIN")), ["PLAIN"])
  })

  it("may be empty", () => {
    assert.isTrue(offers(extensions("AUTH"), "AUTH"))
    assert.deepStrictEqual(mechanisms(extensions("AUTH")), [])
  })
})

describe("SIZE (H12 RFC 1870 §3)", () => {
  it.each([
    ["SIZE 35882577", 35882577n],
    ["SIZE 99999999999999999999", 99999999999999999999n]
  ])("%s limits", (line, limit) =>
    assert.deepStrictEqual(Option.getOrNull(sizeLimit(extensions(line))), limit)
  )

  it.each([
    "SIZE",
    "SIZE 0",
    "SIZE 000",
    "SIZE x",
    "SIZE -1",
    "SIZE 1e3",
    "SIZE 0x10",
    `SIZE ${"9".repeat(21)}`
  ])("%s does not", (line) => assert.isTrue(Option.isNone(sizeLimit(extensions(line)))))
})

describe("LIMITS (H12 RFC 9422 §2)", () => {
  it("name recipients and transactions", () => {
    const known = extensions("LIMITS rcptmax=20 MAILMAX=5 RCPTDOMAINMAX=1")
    assert.strictEqual(recipientLimit(known), 20)
    assert.deepStrictEqual(Option.getOrNull(transactionLimit(known)), 5)
  })

  it("are no reason for more than 100 recipients at once", () => {
    assert.strictEqual(recipientLimit(extensions("LIMITS RCPTMAX=1000")), 100)
  })

  it.each([
    "LIMITS",
    "LIMITS RCPTMAX",
    "LIMITS RCPTMAX=",
    "LIMITS RCPTMAX=0",
    "LIMITS RCPTMAX=-1",
    "LIMITS RCPTMAX=x",
    "LIMITS RCPTMAX=1000000",
    "LIMITS XRCPTMAX=1"
  ])("that can't be understood are none: %s", (line) => {
    assert.strictEqual(recipientLimit(extensions(line)), 100)
    assert.isTrue(Option.isNone(transactionLimit(extensions(line))))
  })
})

describe("whatever the lines are", () => {
  it.prop(
    "keywords have their syntax and limits are sane",
    {
      lines: FastCheck.array(
        FastCheck.oneof(FastCheck.string(), FastCheck.constantFrom("SIZE 1", "AUTH X", "LIMITS"))
      )
    },
    ({ lines }) => {
      const known = extensions(...lines)
      assert.isTrue(Array.from(known.keys()).every((keyword) => /^[A-Z0-9][A-Z0-9-]*$/.test(keyword)))
      assert.isAtLeast(recipientLimit(known), 1)
      assert.isTrue(Option.match(sizeLimit(known), { onNone: () => true, onSome: (limit) => limit > 0n }))
    }
  )
})
