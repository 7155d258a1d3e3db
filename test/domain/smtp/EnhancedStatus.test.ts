import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import { attach, parse, statusText, textWithoutStatus } from "../../../src/domain/smtp/EnhancedStatus.ts"

describe("an enhanced status code", () => {
  it.each([
    ["5.1.1 no such user", { class: 5, subject: 1, detail: 1 }],
    ["2.0.0", { class: 2, subject: 0, detail: 0 }],
    ["4.999.123 x", { class: 4, subject: 999, detail: 123 }]
  ] as const)("is read from %j (RFC 3463 §2)", (text, status) => {
    assert.deepStrictEqual(parse(text), Option.some(status))
  })

  it.each([
    "",
    "5.1",
    "5.1.1x",
    "5.1.1.1",
    "3.1.1 x",
    "5.1000.1 x",
    " 5.1.1 x",
    "x 5.1.1",
    "5.-1.1 x",
    "5.1.1\tx"
  ])("is not in %j", (text) => assert.deepStrictEqual(parse(text), Option.none()))

  it("is written as it is read", () => {
    assert.strictEqual(statusText({ class: 5, subject: 7, detail: 28 }), "5.7.28")
  })
})

describe("a reply with an enhanced status code", () => {
  it("carries the one of its first line (RFC 2034 §4)", () => {
    const reply = attach({ code: 550, lines: ["5.1.1 no", "5.1.1 really"] })
    assert.deepStrictEqual(reply.enhanced, { class: 5, subject: 1, detail: 1 })
    assert.deepStrictEqual(reply.lines, ["5.1.1 no", "5.1.1 really"])
  })

  it("is trusted by its code where the two disagree (H25 RFC 2034 §4)", () => {
    assert.isUndefined(attach({ code: 250, lines: ["5.1.1 no"] }).enhanced)
    assert.isUndefined(attach({ code: 354, lines: ["2.0.0 go"] }).enhanced)
  })

  it("is shown without it, line by line (esmtp: libESMTP)", () => {
    const reply = attach({ code: 250, lines: ["2.0.0 taken", "2.0.0", "as 2.0.0 x"] })
    assert.deepStrictEqual(textWithoutStatus(reply), ["taken", "", "as 2.0.0 x"])
  })

  it("is shown with it where the server did not announce such codes", () => {
    assert.deepStrictEqual(textWithoutStatus({ code: 250, lines: ["2.0.0 taken"] }), ["2.0.0 taken"])
  })

  it.prop(
    "is shown without it, and with nothing else missing",
    {
      subject: FastCheck.nat(999),
      detail: FastCheck.nat(999),
      text: FastCheck.string().filter((one) => !one.startsWith(" "))
    },
    ({ subject, detail, text }) => {
      const reply = attach({ code: 451, lines: [`4.${subject}.${detail} ${text}`] })
      assert.deepStrictEqual(reply.enhanced, { class: 4, subject, detail })
      assert.deepStrictEqual(textWithoutStatus(reply), [text])
    }
  )
})
