import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import { parseMailbox, parseOperand, parseReversePath } from "../../../src/domain/mail/AddressOperand.ts"
import { Mailbox, nullSender } from "../../../src/domain/mail/Mailbox.ts"

const detailOf = <A>(result: Either.Either<A, { readonly detail: string }>): string =>
  Either.match(result, { onLeft: ({ detail }) => detail, onRight: () => "accepted" })

describe("parseOperand", () => {
  const accepted: ReadonlyArray<readonly [what: string, text: string, mailboxes: ReadonlyArray<string>]> = [
    ["an address", "a@x.org", ["a@x.org"]],
    ["an address in brackets", "<a@x.org>", ["a@x.org"]],
    ["a name and an address", "Joe Doe <a@x.org>", ["a@x.org"]],
    ["a list", "c@x.org,d@x.org", ["c@x.org", "d@x.org"]],
    ["a user of this machine", "root", ["root"]],
    ["a quoted local part", '"a b"@x.org', ['"a b"@x.org']],
    ["an address literal", "a@[192.0.2.1]", ["a@[192.0.2.1]"]],
    ["UTF-8", "jörg@bücher.example", ["jörg@bücher.example"]],
    ["blanks around it", " a@x.org ", ["a@x.org"]],
    ["shell characters", "a|b$c`d'e@x.org", ["a|b$c`d'e@x.org"]]
  ]
  for (const [what, text, mailboxes] of accepted) {
    it(`takes ${what}`, () =>
      assert.deepStrictEqual(parseOperand(text), Either.right(mailboxes.map((one) => Mailbox(one)))))
  }

  const refused: ReadonlyArray<readonly [what: string, text: string, detail: string]> = [
    ["nothing", "", "no address"],
    ["an empty group", "undisclosed-recipients:;", "no address"],
    ["empty brackets", "<>", "brackets without an address"],
    ["blanks outside quotes", "a b@x.org", "a name, or an address without a comma"],
    ["two addresses and a blank", "a@x.org b@x.org", "comma missing"],
    ["S5: another command", "a@x>\r\nRCPT TO:<victim@y", "control character"],
    ["S5: a line end", "a@x.org\n", "control character"],
    ["S5: a tab", "a\t@x.org", "control character"],
    ["S5: a stray bracket", "a@x.org>", "bracket that was never opened"],
    ["L5: an option", "-oQ/tmp/x", "local part begins with a hyphen"],
    ["an address without a domain", "a@", "no domain"],
    ["an address of three parts", "a@b@c", "second @"]
  ]
  for (const [what, text, detail] of refused) {
    it(`refuses ${what}`, () => assert.strictEqual(detailOf(parseOperand(text)), detail))
  }

  it("names the fault rather than the note before it", () => {
    assert.strictEqual(detailOf(parseOperand("a@x.org>, @y")), "no local part")
  })

  it("S5: lets no CR, LF or NUL through, whatever comes in", () => {
    FastCheck.assert(
      FastCheck.property(FastCheck.string({ unit: "binary-ascii", maxLength: 20 }), (text) => {
        for (const mailbox of Either.getOrElse(parseOperand(text), () => [])) {
          assert.notMatch(mailbox, /[\r\n\0]/)
        }
      }),
      { numRuns: 1000 }
    )
  })
})

describe("parseMailbox", () => {
  it("takes one address, and no more", () => {
    assert.deepStrictEqual(parseMailbox("Joe <a@x.org>"), Either.right(Mailbox("a@x.org")))
    assert.strictEqual(detailOf(parseMailbox("a@x.org,b@x.org")), "more than one address")
    assert.strictEqual(detailOf(parseMailbox("")), "no address")
  })
})

describe("parseReversePath", () => {
  for (const text of ["", "<>", " <> ", "< >"]) {
    it(`takes "${text}" for the null sender`, () =>
      assert.deepStrictEqual(parseReversePath(text), Either.right(nullSender)))
  }

  it("takes an address, with or without a name", () => {
    assert.deepStrictEqual(parseReversePath("Joe <j@x>"), Either.right(Mailbox("j@x")))
    assert.deepStrictEqual(parseReversePath("www-data"), Either.right(Mailbox("www-data")))
  })

  it("S5: takes no line ends", () => {
    assert.strictEqual(detailOf(parseReversePath("\n")), "control character")
    assert.strictEqual(detailOf(parseReversePath("a@x\r\nDATA")), "control character")
  })
})
