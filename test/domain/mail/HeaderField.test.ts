import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import { parseAddressList } from "../../../src/domain/mail/AddressList.ts"
import { fieldText, isNamed, makeAddressField, makeField } from "../../../src/domain/mail/HeaderField.ts"
import { Mailbox } from "../../../src/domain/mail/Mailbox.ts"

const joe = Mailbox("joe@example.org")

const fromField = (displayName: string): string => makeAddressField("From", { mailbox: joe, displayName }).raw

describe("makeAddressField", () => {
  const cases: ReadonlyArray<readonly [what: string, name: string, raw: string]> = [
    ["writes plain words as they are", "Joe Q Doe", "From: Joe Q Doe <joe@example.org>\r\n"],
    ["writes the bare address without a name", "", "From: joe@example.org\r\n"],
    ["takes blanks for no name", " \t ", "From: joe@example.org\r\n"],
    ["quotes a comma", "Doe, Joe", 'From: "Doe, Joe" <joe@example.org>\r\n'],
    ["quotes a dot", "Joe Q. Doe", 'From: "Joe Q. Doe" <joe@example.org>\r\n'],
    ["escapes quotes and backslashes", 'a "b" \\c', 'From: "a \\"b\\" \\\\c" <joe@example.org>\r\n'],
    ["quotes a parenthesis and an address", "x (y) <z@w>", 'From: "x (y) <z@w>" <joe@example.org>\r\n'],
    ["encodes what is not ASCII", "Jörg", "From: =?utf-8?q?J=C3=B6rg?= <joe@example.org>\r\n"],
    [
      "encodes what looks encoded",
      "=?utf-8?q?x?=",
      "From: =?utf-8?q?=3D=3Futf-8=3Fq=3Fx=3F=3D?= <joe@example.org>\r\n"
    ],
    ["S7: makes blanks of line ends", "a\nBcc: x@y", 'From: "a Bcc: x@y" <joe@example.org>\r\n'],
    ["S7: makes blanks of CR, NUL and ESC", "a\r\0\u001bb", "From: a b <joe@example.org>\r\n"],
    [
      "S7: makes blanks of C1 controls and line separators",
      "a\u0085\u2028b",
      "From: a b <joe@example.org>\r\n"
    ]
  ]
  for (const [what, name, raw] of cases) {
    it(what, () => assert.strictEqual(fromField(name), raw))
  }

  it("folds a long quoted name between its words", () => {
    assert.strictEqual(
      fromField(Array.from({ length: 15 }, (_, at) => `word${at}.`).join(" ")),
      [
        'From: "word0. word1. word2. word3. word4. word5. word6. word7. word8. word9.',
        ' word10. word11. word12. word13. word14." <joe@example.org>',
        ""
      ].join("\r\n")
    )
  })

  it("writes UTF-8 where the address itself is", () => {
    assert.strictEqual(
      makeAddressField("From", { mailbox: Mailbox("ä@x.org") }).raw,
      "From: \xc3\xa4@x.org\r\n"
    )
  })

  it("S7: makes one field of one address, whatever the name is", () => {
    FastCheck.assert(
      FastCheck.property(FastCheck.string({ unit: "grapheme", maxLength: 100 }), (name) => {
        const raw = fromField(name)
        assert.notMatch(raw, /\r(?!\n)|(?<!\r)\n|\n(?![ ]|$)|\0/)
        for (const line of raw.split("\r\n")) assert.isAtMost(line.length, 78)
        const { addresses, problems } = parseAddressList(fieldText({ name: "From", raw }))
        assert.deepStrictEqual(problems, [])
        assert.deepStrictEqual(
          addresses.map(({ mailbox }) => mailbox),
          [joe]
        )
      }),
      { numRuns: 500 }
    )
  })

  it("gives an ASCII name back to whoever reads it", () => {
    const word = FastCheck.string({ unit: "grapheme-ascii", minLength: 1, maxLength: 12 })
    FastCheck.assert(
      FastCheck.property(FastCheck.array(word, { minLength: 1, maxLength: 8 }), (words) => {
        const name = words.join(" ").replace(/ +/g, " ").trim()
        FastCheck.pre(name !== "" && !name.includes("=?"))
        const [address] = parseAddressList(fieldText({ name: "From", raw: fromField(name) })).addresses
        assert.strictEqual(address?.displayName, name)
      }),
      { numRuns: 500 }
    )
  })
})

describe("makeField", () => {
  it("folds before the word that would make a line too long", () => {
    assert.strictEqual(
      makeField("X", ["a".repeat(40), "b".repeat(40)]).raw,
      `X: ${"a".repeat(40)}\r\n ${"b".repeat(40)}\r\n`
    )
  })

  it("never leaves the first line empty", () => {
    assert.strictEqual(makeField("X", ["a".repeat(200)]).raw, `X: ${"a".repeat(200)}\r\n`)
  })
})

describe("reading a field", () => {
  it("unfolds it and takes the blanks away", () => {
    assert.strictEqual(fieldText({ name: "To", raw: "To :  a@x,\r\n\tb@y \r\n" }), "a@x,\tb@y")
  })

  it("decodes UTF-8, else Latin-1", () => {
    assert.strictEqual(fieldText({ name: "To", raw: "To:J\xc3\xb6rg\r\n" }), "Jörg")
    assert.strictEqual(fieldText({ name: "To", raw: "To:J\xf6rg\r\n" }), "Jörg")
  })

  it("knows its name in any case", () => {
    assert.isTrue(isNamed({ name: "rEsEnt-BCC", raw: "" }, "resent-bcc"))
    assert.isFalse(isNamed({ name: "Bccx", raw: "" }, "bcc"))
  })
})
