import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import * as ValueText from "../../../src/domain/config/ValueText.ts"

describe("server", () => {
  it.each([
    ["mail.example.org", "mail.example.org", "587"],
    ["mail.example.org:25", "mail.example.org", "25"],
    ["mail.example.org:submissions", "mail.example.org", "submissions"],
    ["mail.example.org:0025", "mail.example.org", "25"],
    ["mail.example.org:", "mail.example.org", "587"],
    ["", "localhost", "587"],
    [":25", "localhost", "25"],
    ["127.0.0.1:2525", "127.0.0.1", "2525"],
    ["[::1]", "::1", "587"],
    ["[::1]:25", "::1", "25"],
    ["[fe80::1%eth0]:smtp", "fe80::1%eth0", "smtp"],
    ["2001:db8::25", "2001:db8::25", "587"],
    ["::ffff:192.0.2.1", "::ffff:192.0.2.1", "587"],
    ["fe80::1%eth0", "fe80::1%eth0", "587"],
    ["bücher.example:25", "bücher.example", "25"],
    ["[mail.example.org:587](x)", "[mail.example.org", "587](x)"],
    ["x:y:z", "x", "y:z"]
  ])("%s is host %s, service %s", (text, host, service) => {
    assert.deepStrictEqual(ValueText.server(text), Either.right({ host, service }))
  })

  it.each(["a:0", "a:65536", "a:99999999999", "a\r\nb", "a\0", "a\u007f"])("%j is refused", (text) => {
    assert.isTrue(Either.isLeft(ValueText.server(text)))
  })

  it.prop("never holds a control character", [FastCheck.string({ unit: "binary" })], ([text]) => {
    const read = Either.getRight(ValueText.server(text))
    if (Option.isSome(read)) {
      const { host, service } = read.value
      // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must be absent.
      assert.notMatch(host + service, /[\u0000-\u001f\u007f]/)
      assert.isNotEmpty(host)
      assert.isNotEmpty(service)
    }
  })
})

describe("isImplicitTlsService", () => {
  it("knows the port of RFC 8314 §7.3 and its names", () => {
    assert.deepStrictEqual(
      ["465", "smtps", "SubmissionS", "587", "25", "submission"].map(ValueText.isImplicitTlsService),
      [true, true, true, false, false, false]
    )
  })
})

describe("path", () => {
  const read = ValueText.path({ directory: "/etc/mail", home: "/home/kim" })

  it.each([
    ["/x/y", "/x/y"],
    ["~", "/home/kim"],
    ["~/x y", "/home/kim/x y"],
    ["x", "/etc/mail/x"],
    ["../x", "/etc/mail/../x"]
  ])("%s is %s", (text, expected) => {
    assert.deepStrictEqual(read(text), Either.right(expected))
  })

  it("starts from the root where that is the home, or the directory of the file", () => {
    const fromRoot = ValueText.path({ directory: "/", home: "/" })
    assert.deepStrictEqual(fromRoot("~/q"), Either.right("/q"))
    assert.deepStrictEqual(fromRoot("q"), Either.right("/q"))
  })

  it("is refused where it leads nowhere", () => {
    for (const text of ["", "~lee/x", "a\0b"]) assert.isTrue(Either.isLeft(read(text)), text)
    assert.isTrue(Either.isLeft(ValueText.path({ directory: "/" })("~/x")))
  })
})

describe("fingerprint", () => {
  const digits = "0123456789abcdef".repeat(4)
  const colons = (digits.toUpperCase().match(/../g) ?? []).join(":")

  it.each([
    digits,
    `sha256:${digits}`,
    colons,
    `SHA256:${colons}`,
    `sha256 Fingerprint=${colons}`,
    `SHA-256=${colons}`
  ])("%s is read", (text) => {
    assert.deepStrictEqual(ValueText.fingerprint(text), Either.right(digits))
  })

  it.each(["", "sha256:", digits.slice(1), `${digits}0`, `sha1:${digits.slice(24)}`, `g${digits.slice(1)}`])(
    "%s is refused",
    (text) => {
      assert.isTrue(Either.isLeft(ValueText.fingerprint(text)))
    }
  )
})

describe("texts for the wire", () => {
  it.each(["\r", "\n", "\0", "\t", "\u001b", "\u007f"])("refuse %j", (character) => {
    const text = `a${character}b`
    assert.isTrue(Either.isLeft(ValueText.lineText(text)))
    assert.isTrue(Either.isLeft(ValueText.domain(text)))
    assert.isTrue(Either.isLeft(ValueText.server(text)))
  })

  it("let blanks pass only where they are harmless", () => {
    assert.deepStrictEqual(ValueText.lineText("Kim Lee"), Either.right("Kim Lee"))
    for (const text of ["a b", "a>b", "<a"]) assert.isTrue(Either.isLeft(ValueText.domain(text)), text)
  })

  it("take a domain with an @ before it", () => {
    assert.deepStrictEqual(ValueText.domain("@example.org"), Either.right("example.org"))
  })
})

describe("words and numbers", () => {
  it("are read in any case, and as a whole", () => {
    const read = ValueText.oneOf(["auto", "SCRAM-SHA-1"])
    assert.deepStrictEqual(read("Scram-Sha-1"), Either.right("SCRAM-SHA-1"))
    assert.deepStrictEqual(read("scram"), Either.left({ expected: "auto or SCRAM-SHA-1" }))
  })

  it("are counted within their bounds", () => {
    const read = ValueText.count(1, 20)
    for (const text of ["1", "20", "007"]) assert.deepStrictEqual(read(text), Either.right(Number(text)))
    for (const text of ["0", "21", "", "x", "1.5", "-1", "1e1", "9".repeat(400)]) {
      assert.isTrue(Either.isLeft(read(text)), text)
    }
  })

  it("are durations with blanks or commas between", () => {
    assert.deepStrictEqual(ValueText.durations("1m, 5m\n1h"), Either.right([60_000, 300_000, 3_600_000]))
    assert.deepStrictEqual(
      Either.mapLeft(ValueText.durations("1m 5x"), ({ found }) => found),
      Either.left('"5x"')
    )
    assert.isTrue(Either.isLeft(ValueText.durations(" , ")))
  })
})
