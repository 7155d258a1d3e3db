import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import { toBytes } from "../../../src/domain/mail/ByteString.ts"
import { parseHeaderBlock } from "../../../src/domain/mail/HeaderBlock.ts"
import { charsetOf, readContent } from "../../../src/domain/mime/ContentFields.ts"

const header = (...lines: ReadonlyArray<string>) =>
  Either.getOrThrow(parseHeaderBlock(toBytes(`${lines.join("\r\n")}\r\n`)))

/** In one line. */
const content = (...lines: ReadonlyArray<string>): string => {
  const read = readContent(header(...lines), false)
  switch (read._tag) {
    case "Leaf":
      return `${read.isText ? "text" : "leaf"} ${read.encoding}`
    case "Multipart":
      return `multipart ${read.encoding} ${read.boundary}${read.isDigest ? " digest" : ""}`
    case "Message":
      return `message ${read.encoding}`
    case "Sealed":
      return `sealed: ${read.why}`
  }
}

describe("readContent", () => {
  const cases: ReadonlyArray<readonly [what: string, lines: ReadonlyArray<string>, read: string]> = [
    ["without fields it is text", [], "text none"],
    [
      "an encoding in any case, with comments",
      ["Content-Transfer-Encoding: (a) QUOTED-Printable (b(c))"],
      "text quoted-printable"
    ],
    ["what people write for 8bit", ["Content-Transfer-Encoding: 8-bit"], "text 8bit"],
    ["text of any kind", ["Content-Type: Text/HTML; charset=utf-8"], "text none"],
    ["a type that can't be read", ["Content-Type: text"], "text none"],
    ["anything else is a leaf", ["Content-Type: image/png"], "leaf none"],
    [
      "a multipart with a bare boundary",
      ["Content-Type: multipart/mixed; boundary=abc"],
      "multipart none abc"
    ],
    [
      "a multipart with a quoted boundary, folded",
      ["Content-Type: multipart/mixed;", ' x=y; BOUNDARY = "a \\"b: c"'],
      'multipart none a "b: c'
    ],
    [
      "a boundary behind a comment",
      ["Content-Type: multipart/mixed (a;boundary=x); boundary=y"],
      "multipart none y"
    ],
    [
      "a boundary that looks like one inside quotes",
      ['Content-Type: multipart/mixed; a="; boundary=x"; boundary=y'],
      "multipart none y"
    ],
    [
      "a digest",
      ["Content-Type: multipart/digest; boundary=a", "Content-Transfer-Encoding: 8bit"],
      "multipart 8bit a digest"
    ],
    [
      "an embedded message",
      ["Content-Type: message/rfc822", "Content-Transfer-Encoding: binary"],
      "message binary"
    ],
    ["RFC 6532 §3.7: a message/global is a leaf", ["Content-Type: message/global"], "leaf none"],
    ["a field twice with one value", ["Content-Type: image/png", "Content-Type: image/png"], "leaf none"],
    [
      "a field twice with two values",
      ["Content-Type: image/png", "Content-Type: text/plain"],
      "sealed: broken MIME (contradicting fields)"
    ],
    [
      "an unknown encoding",
      ["Content-Transfer-Encoding: x-uuencode"],
      "sealed: an unknown Content-Transfer-Encoding"
    ],
    [
      "a multipart without a boundary",
      ["Content-Type: multipart/mixed"],
      "sealed: broken MIME (a multipart without a usable boundary)"
    ],
    [
      "a multipart with two boundaries",
      ["Content-Type: multipart/mixed; boundary=a; boundary=b"],
      "sealed: broken MIME (a multipart without a usable boundary)"
    ],
    [
      "a multipart that is encoded",
      ["Content-Type: multipart/mixed; boundary=a", "Content-Transfer-Encoding: base64"],
      "sealed: broken MIME (an encoded multipart)"
    ],
    [
      "a message that is encoded",
      ["Content-Type: message/rfc822", "Content-Transfer-Encoding: base64"],
      "sealed: broken MIME (an encoded message/rfc822)"
    ],
    [
      "a signed multipart",
      ["Content-Type: multipart/signed; boundary=a"],
      "sealed: a signature in it would break"
    ],
    [
      "an encrypted multipart",
      ["Content-Type: multipart/encrypted; boundary=a"],
      "sealed: encrypted content in it would break"
    ],
    [
      "S/MIME",
      ["Content-Type: application/x-pkcs7-mime; name=smime.p7m"],
      "sealed: signed or encrypted content in it would break"
    ],
    [
      "a part of a message",
      ["Content-Type: message/partial"],
      "sealed: a message/… part that must not be encoded"
    ],
    [
      "a report",
      ["Content-Type: message/delivery-status"],
      "sealed: a message/… part that must not be encoded"
    ]
  ]
  for (const [what, lines, read] of cases) it(`${what}`, () => assert.strictEqual(content(...lines), read))

  it("RFC 2046 §5.1.5: an entity of a digest is a message unless it says otherwise", () => {
    assert.strictEqual(readContent(header(), true)._tag, "Message")
    assert.strictEqual(readContent(header("Content-Type: text/plain"), true)._tag, "Leaf")
  })
})

describe("charsetOf", () => {
  it("is what the entity declares, if every octet is a character there", () => {
    assert.strictEqual(charsetOf(header('Content-Type: text/plain; charset="ISO-8859-15"')), "iso-8859-15")
    assert.strictEqual(charsetOf(header("Content-Type: text/plain; charset=shift_jis")), "unknown-8bit")
    assert.strictEqual(charsetOf(header("Subject: x")), "unknown-8bit")
  })
})
