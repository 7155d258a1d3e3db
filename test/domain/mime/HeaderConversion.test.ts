import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import { toBytes } from "../../../src/domain/mail/ByteString.ts"
import { parseHeaderBlock } from "../../../src/domain/mail/HeaderBlock.ts"
import { convertHeader, type HeaderNeeds } from "../../../src/domain/mime/HeaderConversion.ts"
import { lines } from "./converted.ts"

const converted = (source: string, needs: Partial<HeaderNeeds> = {}): string =>
  Either.match(
    convertHeader(Either.getOrThrow(parseHeaderBlock(toBytes(source))), {
      sevenBit: true,
      isMessage: true,
      ...needs
    }),
    { onLeft: (field) => `refused: ${field}`, onRight: (octets) => Buffer.from(octets).toString("latin1") }
  )

describe("convertHeader", () => {
  const fields: ReadonlyArray<readonly [what: string, field: string, converted: string]> = [
    ["free text", "Subject: Größe", "Subject: =?utf-8?q?Gr=C3=B6=C3=9Fe?="],
    ["a field that nobody knows", "X-Foo: Größe", "X-Foo: =?utf-8?q?Gr=C3=B6=C3=9Fe?="],
    ["a name as it is written", "SUBJECT : Größe", "SUBJECT : =?utf-8?q?Gr=C3=B6=C3=9Fe?="],
    ["resent addresses", "Resent-To: Jörg <j@x>", "Resent-To: =?utf-8?q?J=C3=B6rg?= <j@x>"],
    ["names", "Keywords: Größe, x", "Keywords: =?utf-8?q?Gr=C3=B6=C3=9Fe?= , x"],
    [
      "a file name",
      'Content-Disposition: attachment; filename="ü"',
      "Content-Disposition: attachment; filename*=utf-8''%C3%BC"
    ],
    ["the name of a list", "List-Id: Größe <l.x.org>", "List-Id: =?utf-8?q?Gr=C3=B6=C3=9Fe?= <l.x.org>"],
    ["no date", "Date: ü", "refused: Date"],
    ["no trace", "Received: from ü", "refused: Received"],
    ["no link of a list", "List-Post: <mailto:ü@x>", "refused: List-Post"],
    ["no signature", "DKIM-Signature: ü", "refused: DKIM-Signature"]
  ]
  for (const [what, field, expected] of fields) {
    it(`converts ${what}`, () => {
      const whole = expected.startsWith("refused") ? expected : lines(expected, "")
      assert.strictEqual(converted(lines(field)), whole)
    })
  }

  it("folds what it has made longer, and only there", () => {
    const text = converted(
      lines(
        "Subject: aaaa bbbb cccc dddd eeee ffff gggg hhhh iiii jjjj kkkk ü llll mmmm nnnn",
        `X: ${"y ".repeat(100)}`
      )
    )
    assert.strictEqual(
      text,
      lines(
        "Subject: aaaa bbbb cccc dddd eeee ffff gggg hhhh iiii jjjj kkkk",
        " =?utf-8?q?=C3=BC?= llll mmmm nnnn",
        `X: ${"y ".repeat(100)}`,
        ""
      )
    )
  })

  it("uses the charset of the entity for octets that are not UTF-8", () => {
    const header = "Content-Type: text/plain; charset=iso-8859-1\r\nSubject: Gr\xf6\xdfe\r\n"
    assert.include(converted(header), "Subject: =?iso-8859-1?q?Gr=F6=DFe?=")
  })

  it("encodes a word of free text that no line can hold, and leaves one that has to stay", () => {
    const word = "w".repeat(1200)
    const text = converted(lines(`Subject: a ${word}`, `References: <${word}>`), { sevenBit: false })
    assert.match(text, /^Subject: a\r\n =\?utf-8\?q\?w+\?=\r\n/)
    assert.include(text, `References: <${word}>\r\n`)
  })

  it("RFC 2045 §4: says that it is MIME where a message gets an encoding, once", () => {
    const label = { encoding: "quoted-printable" } as const
    assert.strictEqual(
      converted("", { label }),
      lines("MIME-Version: 1.0", "Content-Transfer-Encoding: quoted-printable", "")
    )
    assert.strictEqual(
      converted(
        lines(
          "mime-version: 1.0",
          "Content-Transfer-Encoding: 8bit",
          "X: 1",
          "Content-Transfer-Encoding: 8bit"
        ),
        { label }
      ),
      lines("mime-version: 1.0", "Content-Transfer-Encoding: quoted-printable", "X: 1", "")
    )
    assert.strictEqual(
      converted("", { label, isMessage: false }),
      lines("Content-Transfer-Encoding: quoted-printable", "")
    )
  })
})
