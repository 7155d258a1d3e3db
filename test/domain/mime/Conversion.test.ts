import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import { convert, lines } from "./converted.ts"
import { decode, message } from "./mimeTree.ts"

const text = (source: string, options = {}): string =>
  Either.match(convert(source, options), { onLeft: (why) => `refused: ${why}`, onRight: (done) => done.text })

describe("the conversion", () => {
  it("gives plain text in UTF-8 that says nothing of itself a name and an encoding", () => {
    assert.strictEqual(
      text(lines("Subject: x", "", "Grüße")),
      lines(
        "Subject: x",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: quoted-printable",
        "",
        "Gr=C3=BC=C3=9Fe"
      )
    )
  })

  it("RFC 1428: calls text that nobody can name unknown", () => {
    assert.strictEqual(
      text("Subject: x\r\n\r\nGr\xfc\xdfe\r\n"),
      lines(
        "Subject: x",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=unknown-8bit",
        "Content-Transfer-Encoding: quoted-printable",
        "",
        "Gr=FC=DFe"
      )
    )
  })

  it("leaves the type alone where there is one, and puts the encoding in place of that declared", () => {
    assert.strictEqual(
      text(lines("MIME-Version: 1.0", "Content-Transfer-Encoding: 8bit", "Content-Type: text/html", "", "ü")),
      lines(
        "MIME-Version: 1.0",
        "Content-Transfer-Encoding: quoted-printable",
        "Content-Type: text/html",
        "",
        "=C3=BC"
      )
    )
  })

  it("writes text of which nothing would be legible in base64", () => {
    assert.match(
      text(lines("Content-Type: text/plain; charset=utf-8", "", "日本語の文")),
      /base64\r\n[\s\S]*5pel5pys/
    )
  })

  it("encodes the header text where nothing else needs it", () => {
    assert.strictEqual(
      text(lines("Subject: Größe", "From: Jörg <j@x.org>", "X-Long:  a", "", "plain")),
      lines(
        "Subject: =?utf-8?q?Gr=C3=B6=C3=9Fe?=",
        "From: =?utf-8?q?J=C3=B6rg?= <j@x.org>",
        "X-Long:  a",
        "",
        "plain"
      )
    )
  })

  it("leaves every octet of what needs no change", () => {
    const plain = lines(
      "Subject:x",
      "X: 1",
      "\ty",
      "Content-Type: multipart/mixed; boundary=b",
      "",
      "p",
      "--b",
      "",
      "x",
      "--b--",
      "e"
    )
    assert.strictEqual(text(plain), plain)
    assert.strictEqual(text(plain, { sevenBit: false }), plain)
  })

  it("corrects what the entities around say, and touches no part that needs nothing", () => {
    const before = lines(
      "MIME-Version: 1.0",
      "Content-Type: multipart/mixed; boundary=b",
      "Content-Transfer-Encoding: 8bit",
      "",
      "--b",
      "Content-Transfer-Encoding: binary",
      "X:  odd  spacing",
      "",
      "plain",
      "--b",
      "Content-Type: application/x; name=ü",
      "",
      "äö",
      "--b",
      "Content-Type: message/rfc822",
      "Content-Transfer-Encoding: 8bit",
      "",
      "Content-Transfer-Encoding: 8bit",
      "",
      "plain",
      "--b--"
    )
    assert.strictEqual(
      text(before),
      lines(
        "MIME-Version: 1.0",
        "Content-Type: multipart/mixed; boundary=b",
        "Content-Transfer-Encoding: 7bit",
        "",
        "--b",
        "Content-Transfer-Encoding: 7bit",
        "X:  odd  spacing",
        "",
        "plain",
        "--b",
        "Content-Type: application/x; name*=utf-8''%C3%BC",
        "Content-Transfer-Encoding: base64",
        "",
        "w6TDtg==",
        "--b",
        "Content-Type: message/rfc822",
        "Content-Transfer-Encoding: 7bit",
        "",
        "Content-Transfer-Encoding: 7bit",
        "MIME-Version: 1.0",
        "",
        "plain",
        "--b--"
      )
    )
  })

  it("breaks long lines for a relay that takes 8 bits, and leaves all other 8-bit content", () => {
    const long = "<p>".repeat(400)
    const before = lines(
      "Subject: ü",
      "Content-Type: multipart/mixed; boundary=b",
      "",
      "--b",
      "",
      "ü",
      "--b",
      "Content-Type: text/html",
      "",
      long,
      "--b--"
    )
    const after = text(before, { sevenBit: false })
    assert.include(
      after,
      lines(
        "Subject: ü",
        "Content-Type: multipart/mixed; boundary=b",
        "",
        "--b",
        "",
        "ü",
        "--b",
        "Content-Type: text/html",
        "Content-Transfer-Encoding: quoted-printable",
        ""
      )
    )
    assert.deepStrictEqual(decode(after), decode(before))
  })

  it("lays base64 out anew that came in one line", () => {
    const base64 = Buffer.from("x".repeat(2000)).toString("base64")
    const before = lines("Content-Transfer-Encoding: base64", "", base64)
    const after = text(before, { sevenBit: false })
    assert.isAtMost(Math.max(...after.split("\r\n").map((line) => line.length)), 76)
    assert.deepStrictEqual(decode(after), decode(before))
  })

  it("encodes what calls itself quoted-printable and is not", () => {
    const before = lines("Content-Transfer-Encoding: quoted-printable", "", "=C3=BC ü =zz")
    assert.match(text(before), /\r\n\r\n=C3=BC =C3=BC =3Dzz\r\n$/)
  })

  it("folds a field that is too long at its blanks", () => {
    const before = lines(
      `To: ${Array.from({ length: 100 }, (_, index) => `user${index}@example.org`).join(", ")}`,
      "",
      "x"
    )
    const after = text(before, { sevenBit: false })
    assert.isAtMost(Math.max(...after.split("\r\n").map((line) => line.length)), 78)
    assert.strictEqual(after.replace(/\r\n(?=[ \t])/g, ""), before)
  })

  const longest = (converted: string): number =>
    Math.max(...converted.split("\r\n").map((line) => line.length))

  it("RFC 6152 §3: leaves no octet above 127, and a reader sees the same", () => {
    FastCheck.assert(
      FastCheck.property(message, FastCheck.integer({ min: 1, max: 5000 }), (source, chunkBytes) => {
        const converted = text(source, { chunkBytes })
        assert.match(converted, /^[\t\r\n -~]*$/)
        assert.notMatch(converted, /^content-transfer-encoding: *(?:8bit|binary)/im)
        assert.isAtMost(longest(converted), 998)
        assert.deepStrictEqual(decode(converted), decode(source))
        assert.strictEqual(text(converted), converted)
      }),
      { numRuns: 500 }
    )
  })

  it("RFC 5321 §4.5.3.1.6: leaves no long line where 8 bits may stay, and a reader sees the same", () => {
    FastCheck.assert(
      FastCheck.property(message, FastCheck.integer({ min: 1, max: 5000 }), (source, chunkBytes) => {
        const converted = text(source, { sevenBit: false, chunkBytes })
        assert.isAtMost(longest(converted), 998)
        assert.deepStrictEqual(decode(converted), decode(source))
        if (longest(source) <= 998) assert.strictEqual(converted, source)
      }),
      { numRuns: 300 }
    )
  })
})
