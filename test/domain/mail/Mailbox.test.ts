import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import {
  domainOf,
  fromParts,
  identityKey,
  isAscii,
  isLocal,
  isSame,
  localPartOf,
  Mailbox,
  withAsciiDomain,
  withDomain,
  withoutDuplicates
} from "../../../src/domain/mail/Mailbox.ts"
import { hasControl } from "../../../src/domain/telemetry/Printable.ts"

describe("fromParts", () => {
  const accepted: ReadonlyArray<
    readonly [what: string, localPart: string, domain: string | undefined, mailbox: string]
  > = [
    ["joins what needs no quotes", "joe.doe+tag", "example.org", "joe.doe+tag@example.org"],
    ["takes every character of an atom", "!#$%&'*+/=?^_`{|}~-", "x", "!#$%&'*+/=?^_`{|}~-@x"],
    ["quotes blanks", "joe doe", "x.org", '"joe doe"@x.org'],
    ["quotes and escapes quotes and backslashes", 'a"b\\c', "x.org", '"a\\"b\\\\c"@x.org'],
    ["quotes an @", "joe@home", "x.org", '"joe@home"@x.org'],
    ["quotes angle brackets", "<a>", "x.org", '"<a>"@x.org'],
    ["quotes dots at an end, as mobile operators have them", "joe.", "docomo.ne.jp", '"joe."@docomo.ne.jp'],
    ["quotes dots in a row", "a..b", "docomo.ne.jp", '"a..b"@docomo.ne.jp'],
    ["takes a user of this machine", "root", undefined, "root"],
    ["quotes a user of this machine", "CORP\\joe", undefined, '"CORP\\\\joe"'],
    ["takes UTF-8", "jörg", "bücher.example", "jörg@bücher.example"],
    ["takes characters beyond the first plane", "🙂", "x.org", "🙂@x.org"],
    ["takes an IPv4 literal", "a", "[192.0.2.1]", "a@[192.0.2.1]"],
    ["takes an IPv6 literal", "a", "[IPv6:2001:db8::1]", "a@[IPv6:2001:db8::1]"],
    ["takes underscores", "a", "my_host.local", "a@my_host.local"],
    ["drops a final dot", "a", "example.org.", "a@example.org"],
    [
      "takes long local parts, as mailing lists make them",
      "x".repeat(256),
      "x.org",
      `${"x".repeat(256)}@x.org`
    ],
    ["takes labels of 63 octets", "a", `${"b".repeat(63)}.org`, `a@${"b".repeat(63)}.org`]
  ]
  for (const [what, localPart, domain, mailbox] of accepted) {
    it(what, () => assert.deepStrictEqual(fromParts(localPart, domain), Either.right(Mailbox(mailbox))))
  }

  const refused: ReadonlyArray<readonly [what: string, localPart: string, domain: string | undefined]> = [
    ["refuses an empty local part", "", "x.org"],
    ["refuses an empty user", "", undefined],
    ["refuses blanks alone", "  ", "x.org"],
    ["refuses dots alone", "..", undefined],
    ["L5: refuses what an MDA takes for an option", "-x", undefined],
    ["L5: refuses it with a domain too", "-oQ/tmp", "x.org"],
    ["S5: refuses CR", "a\rb", "x.org"],
    ["S5: refuses LF", "a\nb", "x.org"],
    ["S5: refuses NUL", "a\0b", "x.org"],
    ["S5: refuses a tab", "a\tb", "x.org"],
    ["S5: refuses DEL", "a\x7f", "x.org"],
    ["S5: refuses C1 controls", "a\x85b", "x.org"],
    ["S5: refuses line separators", "a\u2028b", "x.org"],
    ["S5: refuses controls in the domain", "a", "x\r.org"],
    ["refuses half a surrogate pair", "a\ud800", "x.org"],
    ["refuses 257 octets", "x".repeat(257), "x.org"],
    ["counts octets, not characters", "ü".repeat(129), "x.org"],
    ["refuses a domain of 256 octets", "a", `${"b.".repeat(127)}bb`],
    ["refuses a label of 64 octets", "a", `${"b".repeat(64)}.org`],
    ["refuses an empty domain", "a", ""],
    ["refuses a domain of a dot", "a", "."],
    ["refuses empty labels", "a", "x..org"],
    ["refuses a dot in front", "a", ".org"],
    ["refuses blanks in a domain", "a", "x org"],
    ["refuses no-break blanks in a domain", "a", "x\u00a0org"],
    ["S5: refuses a bracket in a domain", "a", "x>"],
    ["refuses a port", "a", "x:25"],
    ["refuses half a literal", "a", "[192.0.2.1"],
    ["refuses an empty literal", "a", "[]"],
    ["refuses a literal of nothing known", "a", "[home]"]
  ]
  for (const [what, localPart, domain] of refused) {
    it(what, () => assert.isTrue(Either.isLeft(fromParts(localPart, domain))))
  }

  it("S5: never lets a control character through, whatever comes in", () => {
    const text = FastCheck.string({ unit: "binary", maxLength: 12 })
    FastCheck.assert(
      FastCheck.property(text, FastCheck.option(text, { nil: undefined }), (localPart, domain) => {
        const made = fromParts(localPart, domain)
        if (Either.isLeft(made)) return
        assert.isFalse(hasControl(made.right))
        assert.notMatch(made.right, /[\r\n\0]|^-/)
      })
    )
  })

  it("keeps both parts apart, whatever the local part holds", () => {
    FastCheck.assert(
      FastCheck.property(FastCheck.string({ minLength: 1, maxLength: 12 }), (localPart) => {
        const made = fromParts(localPart, "x.org")
        if (Either.isLeft(made)) return
        assert.deepStrictEqual(domainOf(made.right), Option.some("x.org"))
        assert.strictEqual(`${localPartOf(made.right)}@x.org`, made.right)
      })
    )
  })
})

describe("reading a mailbox", () => {
  it("tells local users from addresses", () => {
    assert.isTrue(isLocal(Mailbox("root")))
    assert.isTrue(isLocal(Mailbox('"joe@home"')))
    assert.isFalse(isLocal(Mailbox("root@localhost")))
    assert.isFalse(isLocal(Mailbox('"joe@home"@x.org')))
  })

  it("gives local part and domain", () => {
    assert.strictEqual(localPartOf(Mailbox('"a@b"@x.org')), '"a@b"')
    assert.deepStrictEqual(domainOf(Mailbox('"a@b"@x.org')), Option.some("x.org"))
    assert.strictEqual(localPartOf(Mailbox("root")), "root")
    assert.deepStrictEqual(domainOf(Mailbox("root")), Option.none())
  })

  it("tells ASCII", () => {
    assert.isTrue(isAscii(Mailbox("a@x.org")))
    assert.isFalse(isAscii(Mailbox("ä@x.org")))
  })
})

describe("the same mailbox", () => {
  it("may be written with another case in the domain", () => {
    assert.isTrue(isSame(Mailbox("joe@Example.ORG"), Mailbox("joe@example.org")))
  })

  it("may not be written with another case in the local part", () => {
    assert.isFalse(isSame(Mailbox("Joe@example.org"), Mailbox("joe@example.org")))
    assert.isFalse(isSame(Mailbox("Root"), Mailbox("root")))
  })

  it("has one key", () => {
    assert.strictEqual(identityKey(Mailbox('"A@B"@C')), '"A@B"@c')
  })

  it("occurs once in a list, where it first stood", () => {
    const list = ["b@x", "a@x", "b@X", "root", "a@x", "root"].map((text) => Mailbox(text))
    assert.deepStrictEqual(withoutDuplicates(list), [Mailbox("b@x"), Mailbox("a@x"), Mailbox("root")])
  })
})

describe("another domain", () => {
  it("takes the place of one that was there", () => {
    assert.deepStrictEqual(withDomain(Mailbox('"a@b"@x'), "y.org"), Either.right(Mailbox('"a@b"@y.org')))
    assert.deepStrictEqual(withDomain(Mailbox("root"), "y.org"), Either.right(Mailbox("root@y.org")))
  })

  it("is refused if it is none", () => {
    assert.isTrue(Either.isLeft(withDomain(Mailbox("root"), "y org")))
    assert.isTrue(Either.isLeft(withDomain(Mailbox("root"), "")))
  })

  it("H23: is written with A-labels for servers that know ASCII only", () => {
    assert.deepStrictEqual(
      withAsciiDomain(Mailbox("joe@bücher.example")),
      Option.some(Mailbox("joe@xn--bcher-kva.example"))
    )
  })

  it("H23: changes nothing of the local part", () => {
    assert.deepStrictEqual(withAsciiDomain(Mailbox("jörg@ü.org")), Option.some(Mailbox("jörg@xn--tda.org")))
  })

  it("H23: is left alone where it is ASCII, a literal, or missing", () => {
    for (const text of ["joe@X.org", "joe@[192.0.2.1]", "jörg"]) {
      assert.deepStrictEqual(withAsciiDomain(Mailbox(text)), Option.some(Mailbox(text)))
    }
  })

  it("H23: may have no such form", () => {
    assert.deepStrictEqual(withAsciiDomain(Mailbox("joe@１２７.0.0.1")), Option.none())
  })
})
