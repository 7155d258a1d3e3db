import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import { convert, lines } from "./converted.ts"

const mixed = ["Subject: x", "MIME-Version: 1.0", "Content-Type: multipart/mixed; boundary=b", ""]
const part = (...text: ReadonlyArray<string>) => lines(...mixed, "--b", ...text, "--b--")

const obstacle = (source: string): string =>
  Either.match(convert(source), { onLeft: (why) => why, onRight: () => "converted" })

const long = "x".repeat(999)

describe("the survey", () => {
  const refused: ReadonlyArray<readonly [what: string, source: string, why: string]> = [
    [
      "a message that is signed on its way",
      lines("DKIM-Signature: v=1", "", "ü"),
      "its dkim-signature would break"
    ],
    [
      "a message that ARC has sealed",
      lines("ARC-Message-Signature: i=1", "", "ü"),
      "its arc-message-signature would break"
    ],
    [
      "a signed multipart",
      part("Content-Type: multipart/signed; boundary=c", "", "--c", "", "ü", "--c--"),
      "a signature in it would break"
    ],
    [
      "an encrypted multipart",
      part("Content-Type: multipart/encrypted; boundary=c", "", "ü"),
      "encrypted content in it would break"
    ],
    [
      "S/MIME",
      lines("Content-Type: application/pkcs7-mime", "", "ü"),
      "signed or encrypted content in it would break"
    ],
    [
      "a report",
      part("Content-Type: message/delivery-status", "", "Status: ü"),
      "a message/… part that must not be encoded"
    ],
    [
      "a part of a message",
      lines("Content-Type: message/partial", "", "ü"),
      "a message/… part that must not be encoded"
    ],
    [
      "a multipart without a boundary",
      lines("Content-Type: multipart/mixed", "", "ü"),
      "broken MIME (a multipart without a usable boundary)"
    ],
    ["a multipart whose boundary never comes", lines(...mixed, "ü"), "8-bit text outside of the parts"],
    [
      "text before the first part",
      lines(...mixed, "ü", "--b", "", "x", "--b--"),
      "8-bit text outside of the parts"
    ],
    [
      "text behind the last part",
      lines(...mixed, "--b", "", "x", "--b--", "ü"),
      "8-bit text outside of the parts"
    ],
    [
      "a part behind the end",
      lines(...mixed, "--b", "", "x", "--b--", "--b", "", "ü", "--b--"),
      "8-bit text outside of the parts"
    ],
    [
      "an encoded multipart",
      lines(
        "Content-Type: multipart/mixed; boundary=b",
        "Content-Transfer-Encoding: quoted-printable",
        "",
        "ü"
      ),
      "broken MIME (an encoded multipart)"
    ],
    ["a part without a header", part("ü"), "broken MIME (a part whose header can't be read)"],
    [
      "a part whose header breaks off",
      part("Subject: x", "no field ü"),
      "broken MIME (a part whose header can't be read)"
    ],
    [
      "contradicting types",
      lines("Content-Type: text/plain", "Content-Type: text/html", "", "ü"),
      "broken MIME (contradicting fields)"
    ],
    [
      "an unknown encoding",
      lines("Content-Transfer-Encoding: x-uu", "", "ü"),
      "an unknown Content-Transfer-Encoding"
    ],
    [
      "base64 that is none",
      lines("Content-Transfer-Encoding: base64", "", "QUJD", "ü"),
      "broken MIME (base64 with other characters in it)"
    ],
    ["an address outside ASCII", lines("To: <jörg@example.org>", "", "x"), "8-bit octets in To:"],
    ["a Message-ID outside ASCII", lines("Message-ID: <ü@x>", "", "x"), "8-bit octets in Message-ID:"],
    [
      "a boundary outside ASCII",
      lines('Content-Type: multipart/mixed; boundary="ü"', "", "x"),
      "8-bit octets in Content-Type:"
    ],
    [
      "a field of a part that can't be converted",
      part("Content-ID: <ü>", "", "x"),
      "8-bit octets in Content-ID:"
    ],
    [
      "a field of an embedded message",
      part("Content-Type: message/rfc822", "", "From: <ü@x>", "", "x"),
      "8-bit octets in From:"
    ]
  ]
  for (const [what, source, why] of refused) {
    it(`refuses ${what}`, () => assert.strictEqual(obstacle(source), why))
  }

  const taken: ReadonlyArray<readonly [what: string, source: string]> = [
    [
      "a signed multipart of ASCII beside an 8-bit part",
      lines(
        ...mixed,
        "--b",
        "Content-Type: multipart/signed; boundary=c",
        "",
        "--c",
        "",
        "s",
        "--c--",
        "--b",
        "",
        "ü",
        "--b--"
      )
    ],
    [
      "8-bit header text of a signed multipart",
      lines("Subject: ü", "Content-Type: multipart/signed; boundary=c", "", "--c", "", "s", "--c--")
    ],
    [
      "a signature of an embedded message, which nobody checks",
      part("Content-Type: message/rfc822", "", "DKIM-Signature: v=1", "", "ü")
    ],
    [
      "a long line that is signed",
      lines("Subject: ü", "Content-Type: multipart/signed; boundary=c", "", long)
    ]
  ]
  for (const [what, source] of taken)
    it(`takes ${what}`, () => assert.strictEqual(obstacle(source), "converted"))

  const left: ReadonlyArray<readonly [what: string, source: string, why: string]> = [
    [
      "in a signed multipart",
      part("Content-Type: multipart/signed; boundary=c", "", long),
      "a signature in it would break"
    ],
    ["outside of the parts", lines(...mixed, long, "--b", "", "x", "--b--"), "outside of the parts"],
    [
      "in base64 that is none",
      lines("Content-Transfer-Encoding: base64", "", `${long}!`),
      "broken MIME (base64 with other characters in it)"
    ]
  ]
  for (const [what, source, why] of left) {
    it(`leaves a long line ${what}, octet for octet, and says so`, () => {
      for (const sevenBit of [true, false]) {
        const converted = Either.getOrThrow(convert(source, { sevenBit }))
        assert.deepStrictEqual(converted, { text: source, leftLong: why })
      }
    })
  }

  it("does not convert a message that is signed on its way for long lines either", () => {
    const source = lines("DKIM-Signature: v=1", "", long)
    assert.deepStrictEqual(
      convert(source, { sevenBit: false }),
      Either.left("its dkim-signature would break")
    )
  })
})
