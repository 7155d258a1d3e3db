import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import { parseAddressList } from "../../../src/domain/mail/AddressList.ts"
import { encodeAddressText } from "../../../src/domain/mime/AddressText.ts"
import { asOctets, decodeStructured } from "./encodedText.ts"

const encoded = (text: string, isNames = false): string =>
  Option.getOrElse(encodeAddressText(asOctets(text), isNames, "unknown-8bit"), () => "refused")

describe("encodeAddressText", () => {
  const cases: ReadonlyArray<readonly [what: string, text: string, encoded: string]> = [
    [
      "leaves ASCII as it is",
      ' Ada <a@x.org>,\t"B, C" <b@x.org> (c)',
      ' Ada <a@x.org>,\t"B, C" <b@x.org> (c)'
    ],
    ["encodes a name of atoms", " Jörg Müller <j@x.org>", " =?utf-8?q?J=C3=B6rg_M=C3=BCller?= <j@x.org>"],
    [
      "encodes a quoted name without its quotes",
      '"Müller, Jörg" <j@x.org>',
      "=?utf-8?q?M=C3=BCller=2C_J=C3=B6rg?= <j@x.org>"
    ],
    ["encodes only the words that need it", "Dr. Müller <j@x.org>", "Dr. =?utf-8?q?M=C3=BCller?= <j@x.org>"],
    ["keeps a name apart from the brackets", "Müller<j@x.org>", "=?utf-8?q?M=C3=BCller?= <j@x.org>"],
    [
      "encodes a comment",
      "j@x.org (Jörg (Büro) M)",
      "j@x.org (=?utf-8?q?J=C3=B6rg?= (=?utf-8?q?B=C3=BCro?=) M)"
    ],
    [
      "encodes a comment with escapes",
      "j@x.org (\\(Jörg\\) \\a)",
      "j@x.org (=?utf-8?q?=28J=C3=B6rg=29?= \\a)"
    ],
    [
      "encodes a comment inside a name",
      "Ada (große) Byron <a@x.org>",
      "Ada (=?utf-8?q?gro=C3=9Fe?=) Byron <a@x.org>"
    ],
    [
      "encodes the name of a group",
      "Männer: j@x.org, k@x.org;",
      "=?utf-8?q?M=C3=A4nner?= : j@x.org, k@x.org;"
    ],
    ["encodes names in a group", "Team: Jörg <j@x.org>;", "Team: =?utf-8?q?J=C3=B6rg?= <j@x.org>;"],
    [
      "encodes each of several",
      "Jörg <j@x.org>, Ilse <i@x.org>",
      "=?utf-8?q?J=C3=B6rg?= <j@x.org>, Ilse <i@x.org>"
    ],
    [
      "keeps a quoted local part in its brackets",
      'Jörg <"a>b"@x.org>',
      '=?utf-8?q?J=C3=B6rg?= <"a>b"@x.org>'
    ],
    ["keeps an encoded name", "=?utf-8?q?J=C3=B6rg?= <j@x.org>", "=?utf-8?q?J=C3=B6rg?= <j@x.org>"],
    [
      "encodes what stands beside an encoded name",
      "=?utf-8?q?a?= Bö <j@x.org>",
      "=?utf-8?q?a?= =?utf-8?q?_B=C3=B6?= <j@x.org>"
    ],
    ["refuses an address outside ASCII in brackets", "Jörg <jörg@x.org>", "refused"],
    ["refuses an address outside ASCII without brackets", "jörg@x.org", "refused"],
    ["refuses a name without an address", "a@x.org, Jörg", "refused"],
    ["refuses a quote that is never closed", '"Jörg <j@x.org>', "refused"],
    ["refuses a bracket that is never closed", "Jörg <j@x.org", "refused"],
    ["refuses a comment that is never closed", "j@x.org (Jörg", "refused"]
  ]
  for (const [what, text, expected] of cases) it(`${what}`, () => assert.strictEqual(encoded(text), expected))

  it("RFC 5322 §3.6.5: encodes names without addresses where the field holds such", () => {
    assert.strictEqual(
      encoded("Grüße, ASCII, Öl", true),
      "=?utf-8?q?Gr=C3=BC=C3=9Fe?= , ASCII, =?utf-8?b?w5Zs?="
    )
  })

  it("never changes who is addressed, nor what a reader sees of their names", () => {
    const name = FastCheck.constantFrom(
      "",
      "Ada",
      "Jörg",
      '"Müller, J"',
      "Dr. Öz",
      '"a\\"ö"',
      "=?utf-8?q?x?=",
      "日本"
    )
    const comment = FastCheck.constantFrom("", "", " (plain)", " (Büro)", " (a (ü) b)")
    const mailbox = FastCheck.constantFrom("a@x.org", "b.c@y.org", '"q q"@z.org')
    const blanks = FastCheck.constantFrom("", " ", "  ", "\t")
    const address = FastCheck.tuple(name, blanks, mailbox, comment).map(([words, gap, who, aside]) =>
      words === "" ? `${who}${aside}` : `${words}${gap}<${who}>${aside}`
    )
    FastCheck.assert(
      FastCheck.property(
        FastCheck.array(address, { minLength: 1, maxLength: 4 }),
        blanks,
        (addresses, gap) => {
          const text = addresses.join(`,${gap}`)
          const output = encoded(text)
          assert.match(output, /^[\t -~]*$/)
          const who = (list: string) => parseAddressList(list).addresses.map((found) => found.mailbox)
          assert.deepStrictEqual(who(output), who(text))
          const plain = (list: string) => decodeStructured(list).replace(/[\s"\\]/g, "")
          assert.strictEqual(plain(output), plain(asOctets(text)))
        }
      ),
      { numRuns: 1000 }
    )
  })
})
