import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import { parse } from "../../../src/domain/reception/ClientCommand.ts"

const mail = (path: string, ...parameters: ReadonlyArray<string>) => ({ _tag: "Mail", path, parameters })
const rcpt = (path: string, ...parameters: ReadonlyArray<string>) => ({ _tag: "Rcpt", path, parameters })
const malformed = { _tag: "Malformed" }

const lines: ReadonlyArray<readonly [line: string, command: object]> = [
  ["EHLO [127.0.0.1]", { _tag: "Hello", extended: true }],
  ["helo here", { _tag: "Hello", extended: false }],
  ["EHLO", malformed],
  ["MAIL FROM:<a@b.org>", mail("a@b.org")],
  ["mail from: <a@b.org>  SIZE=12\tBODY=8BITMIME ", mail("a@b.org", "SIZE=12", "BODY=8BITMIME")],
  ["MAIL FROM:<>", mail("")],
  ["MAIL FROM:a@b.org", mail("a@b.org")],
  ["MAIL FROM:<@relay,@other:a@b.org>", mail("a@b.org")],
  ['RCPT TO:<"a> b\\" <"@b.org>', rcpt('"a> b\\" <"@b.org')],
  ["RCPT TO:<postmaster>", rcpt("postmaster")],
  ["RCPT FROM:<a@b.org>", malformed],
  ["MAIL TO:<a@b.org>", malformed],
  ["MAIL FROM:", malformed],
  ["MAIL FROM:<a@b.org", malformed],
  ["MAIL", malformed],
  ["MAIL FROM:<a@b.org>BODY=7BIT", malformed],
  ["DATA", { _tag: "Data" }],
  ["DATA now", malformed],
  ["NOOP whatever", { _tag: "Noop" }],
  ["VRFY root", { _tag: "Vrfy" }],
  ["quit", { _tag: "Quit" }],
  ["AUTH PLAIN", { _tag: "Unknown" }],
  ["STARTTLS", { _tag: "Unknown" }],
  ["", { _tag: "Unknown" }],
  ["Subject: hello", { _tag: "Unknown" }]
]

describe("a command of a client", () => {
  for (const [line, command] of lines) {
    it(`${JSON.stringify(line)} is understood as RFC 5321 has it`, () => {
      assert.deepStrictEqual<object>(parse(line), command)
    })
  }

  it("is total", () => {
    const word = FastCheck.constantFrom(
      "MAIL FROM:",
      "RCPT TO:",
      "<",
      ">",
      '"',
      "\\",
      "a@b",
      " ",
      "\t",
      "é",
      "EHLO "
    )
    FastCheck.assert(
      FastCheck.property(
        FastCheck.array(FastCheck.oneof(word, FastCheck.string()), { maxLength: 12 }),
        (words) => {
          assert.isString(parse(words.join(""))._tag)
        }
      )
    )
  })
})
