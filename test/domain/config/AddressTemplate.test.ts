import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import {
  expandForced,
  expandSender,
  toMailbox,
  toReversePath
} from "../../../src/domain/config/AddressTemplate.ts"
import { Mailbox, nullSender } from "../../../src/domain/mail/Mailbox.ts"
import { hasControl } from "../../../src/domain/telemetry/Printable.ts"

const local = { userName: "kim", hostName: "desk.corp.example" }

describe("sender", () => {
  it.each([
    ["%u@%h", "kim@desk.corp.example"],
    ["%u@%d", "kim@corp.example"],
    ["%u%u@x", "kimkim@x"],
    ["100%%@x", "100%@x"],
    ["%%u@x", "%u@x"],
    ["plain@x", "plain@x"],
    ["", ""]
  ])("%s is %s", (template, expected) => {
    assert.deepStrictEqual(expandSender(template, local), Either.right(expected))
  })

  it.each([
    ["%x@y", "%x"],
    ["%u%z", "%z"],
    ["a%", "%"],
    ["%%%", "%"],
    ["%U@x", "%U"],
    ["%😀", "%😀"],
    ["%\n", "%\n"]
  ])("%j fails for its unknown code", (template, unknown) => {
    assert.deepStrictEqual(expandSender(template, local), Either.left(unknown))
  })

  it.each([
    ["desk", "desk"],
    ["desk.", "desk."],
    [".corp", "corp"],
    ["a.b.c", "b.c"]
  ])("takes for the domain of %s %s", (hostName, domain) => {
    assert.deepStrictEqual(expandSender("%d", { userName: "kim", hostName }), Either.right(domain))
  })

  it("does not expand what it has put in", () => {
    const odd = { userName: "%h$&", hostName: "$1%u" }
    assert.deepStrictEqual(expandSender("%u@%h", odd), Either.right("%h$&@$1%u"))
    assert.strictEqual(expandForced("%u@%h", odd), "%h$&@$1%u")
  })
})

describe("force", () => {
  it.each([
    ["%u@x", "kim@x"],
    ["%u@%d", "kim@corp.example"],
    ["%%@x", "%@x"],
    ["a%zb@x", "ab@x"],
    ["a@x%", "a@x"]
  ])("%s is %s", (template, expected) => {
    assert.strictEqual(expandForced(template, local), expected)
  })
})

describe("a text as mailbox", () => {
  it.each([
    ["kim@example.org", "kim@example.org"],
    ["kim", "kim"],
    ["Kim Lee", '"Kim Lee"'],
    ["CORP\\kim@example.org", '"CORP\\\\kim"@example.org'],
    ['"kim lee"@example.org', '"kim lee"@example.org'],
    ['"kim"@example.org', "kim@example.org"],
    ['"a@b"', '"a@b"'],
    ['"a@b"@example.org', '"a@b"@example.org'],
    ["a@b@example.org", '"a@b"@example.org'],
    ["a..b@example.org", '"a..b"@example.org'],
    ["kim@[192.0.2.1]", "kim@[192.0.2.1]"],
    ["kim@[IPv6:::1]", "kim@[IPv6:::1]"],
    ["käthe@bücher.example", "käthe@bücher.example"],
    ["Kim Lee <kim@example.org>", "kim@example.org"],
    ["<kim@example.org>", "kim@example.org"]
  ])("%s is %s", (text, expected) => {
    assert.deepStrictEqual(toMailbox(text), Either.right(Mailbox(expected)))
  })

  it.each([
    "",
    "@example.org",
    "kim@",
    "kim@a b",
    "kim@exa>mple",
    "kim@example..org",
    "kim>\r\nRSET",
    "a\nb@x",
    "a\0@x",
    '"kim@example.org"<br>',
    "<kim>",
    "-kim@example.org"
  ])("%j is none", (text) => {
    assert.isTrue(Either.isLeft(toMailbox(text)))
  })

  it.prop("holds nothing that ends a path or a command", [FastCheck.string({ unit: "binary" })], ([text]) => {
    const mailbox = Either.getOrElse(toMailbox(text), () => "")
    assert.isFalse(hasControl(mailbox))
    assert.notMatch(mailbox.replace(/"(?:[^"\\]|\\.)*"/g, ""), /[\s<>]/)
  })

  it.prop("is the same when read again", [FastCheck.string({ unit: "binary" })], ([text]) => {
    const once = toMailbox(text)
    assert.deepStrictEqual(Either.flatMap(once, toMailbox), once)
  })
})

describe("a text as reverse-path", () => {
  it("is the null sender where it is empty", () => {
    assert.deepStrictEqual(toReversePath(""), Either.right(nullSender))
    assert.deepStrictEqual(toReversePath("<>"), Either.right(nullSender))
    assert.deepStrictEqual(toReversePath("kim"), Either.right(Mailbox("kim")))
  })
})
