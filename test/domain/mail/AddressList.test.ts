import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import { parseAddressList } from "../../../src/domain/mail/AddressList.ts"
import { hasControl } from "../../../src/domain/telemetry/Printable.ts"

/** `mailbox`, or `mailbox {display name}`. */
const addressesOf = (text: string): ReadonlyArray<string> =>
  parseAddressList(text).addresses.map(({ displayName, mailbox }) =>
    displayName === undefined ? mailbox : `${mailbox} {${displayName}}`
  )

/** `note@position detail`. */
const problemsOf = (text: string): ReadonlyArray<string> =>
  parseAddressList(text).problems.map(({ detail, position, severity }) => `${severity}@${position} ${detail}`)

type Sound = readonly [what: string, text: string, addresses: ReadonlyArray<string>]

const sound: ReadonlyArray<Sound> = [
  ["a bare address", "joe@example.org", ["joe@example.org"]],
  ["an address in brackets", "<joe@example.org>", ["joe@example.org"]],
  ["a name and an address", "Joe Q. Doe <joe@x.org>", ["joe@x.org {Joe Q. Doe}"]],
  ["a name without a blank after it", '"Joe"<joe@x.org>', ["joe@x.org {Joe}"]],
  [
    "a quoted name with all that quotes are for",
    '"Doe, Joe (\\"J\\") <j>" <joe@x.org>',
    ['joe@x.org {Doe, Joe ("J") <j>}']
  ],
  ["an encoded word", "=?utf-8?B?SsO2cmc=?= <j@x.org>", ["j@x.org {=?utf-8?B?SsO2cmc=?=}"]],
  ["an encoded word with a comma in it", "=?utf-8?Q?Doe,_J?= <j@x.org>", ["j@x.org {=?utf-8?Q?Doe,_J?=}"]],
  ["a UTF-8 name, address and domain", "Jörg <jörg@bücher.example>", ["jörg@bücher.example {Jörg}"]],
  ["a list", "a@x.org, b@x.org,c@x.org", ["a@x.org", "b@x.org", "c@x.org"]],
  ["a folded list", "a@x.org,\r\n\tb@x.org ,\r\n c@x.org", ["a@x.org", "b@x.org", "c@x.org"]],
  ["empty elements", ", a@x.org,, ,b@x.org,", ["a@x.org", "b@x.org"]],
  ["semicolons, as Outlook writes them", "a@x.org; b@x.org;", ["a@x.org", "b@x.org"]],
  ["a group", "Team: a@x.org, Bo <b@x.org>;", ["a@x.org", "b@x.org {Bo}"]],
  ["a group among others", "a@x.org, T: b@x.org;, c@x.org", ["a@x.org", "b@x.org", "c@x.org"]],
  ["a group and no comma after it", "T: b@x.org; c@x.org", ["b@x.org", "c@x.org"]],
  ["an empty group", "undisclosed-recipients:;", []],
  ["an empty group with blanks and quotes", '"undisclosed recipients" : ;', []],
  ["a local user", "root", ["root"]],
  ["a local user with his name", "root (Charlie Root)", ["root {Charlie Root}"]],
  ["a local user in brackets", "Charlie <root>", ["root {Charlie}"]],
  ["an address with a name in a comment", "joe@x.org (Joe Doe)", ["joe@x.org {Joe Doe}"]],
  [
    "comments inside comments",
    "joe@x.org (Joe (the (real) one) \\) Doe)",
    ["joe@x.org {Joe (the (real) one) ) Doe}"]
  ],
  ["a quoted local part", '"joe doe"@x.org', ['"joe doe"@x.org']],
  ["a quoted local part that needs no quotes", '"joe"@x.org', ["joe@x.org"]],
  ["quotes in part of a local part", '"joe".doe@x.org', ["joe.doe@x.org"]],
  ["a quoted local part that is folded", '"joe\r\n doe"@x.org', ['"joe doe"@x.org']],
  ["an obsolete route", "<@a.org,@b.org:joe@x.org>", ["joe@x.org"]],
  ["an address literal", "joe@[192.0.2.1], joe@[IPv6:::1]", ["joe@[192.0.2.1]", "joe@[IPv6:::1]"]],
  ["dots that are no dot-atom", "joe.@docomo.ne.jp", ['"joe."@docomo.ne.jp']],
  ["a domain that ends with a dot", "joe@x.org.", ["joe@x.org"]],
  ["a name that is the address", "joe@x.org <JOE@x.org>", ["JOE@x.org {joe@x.org}"]],
  ["a name with an at sign in it", "Joe @ Work <joe@x.org>", ["joe@x.org {Joe @ Work}"]],
  ["a list tag in a name", "[List] Joe <joe@x.org>", ["joe@x.org {[List] Joe}"]],
  ["a Windows account", "CORP\\joe", ['"CORP\\\\joe"']],
  [
    "blanks of other scripts and of no width",
    "\u3000a@x.org\u00a0,\u200bb@x.org\ufeff",
    ["a@x.org", "b@x.org"]
  ],
  ["nothing", "", []],
  ["nothing but a comment", "(nobody)", []],
  // RFC 5322 appendix A.
  [
    "A.1.2",
    "Mary Smith <mary@x.test>, jdoe@example.org, Who? <one@y.test>",
    ["mary@x.test {Mary Smith}", "jdoe@example.org", "one@y.test {Who?}"]
  ],
  [
    "A.1.2, quoted",
    '<boss@nil.test>, "Giant; \\"Big\\" Box" <sysservices@example.net>',
    ["boss@nil.test", 'sysservices@example.net {Giant; "Big" Box}']
  ],
  [
    "A.5",
    "A Group(Some people)\r\n     :Chris Jones <c@(Chris's host.)public.example>,\r\n         joe@example.org,\r\n  John <jdoe@one.test> (my dear friend); (the end of the group)",
    ["c@public.example {Chris Jones}", "joe@example.org", "jdoe@one.test {John}"]
  ],
  [
    "A.5, comments everywhere",
    "Pete(A nice \\) chap) <pete(his account)@silly.test(his host)>",
    ["pete@silly.test {Pete}"]
  ],
  [
    "A.6.1",
    "Mary Smith <@node.test:mary@example.net>, , jdoe@test  . example",
    ["mary@example.net {Mary Smith}", "jdoe@test.example"]
  ],
  ["A.6.3", "John Doe <jdoe(my comment)@machine(comment).  example>", ["jdoe@machine.example {John Doe}"]]
]

type Broken = readonly [
  what: string,
  text: string,
  addresses: ReadonlyArray<string>,
  problems: ReadonlyArray<string>
]

/** There is only one way to read them. */
const noted: ReadonlyArray<Broken> = [
  ["a comma missing at a fold", "b@x.org\r\n c@x.org", ["b@x.org", "c@x.org"], ["note@0 comma missing"]],
  [
    "a comma missing between brackets",
    "A <a@x.org> B <b@x.org>",
    ["a@x.org {A}", "b@x.org {B}"],
    ["note@12 comma missing"]
  ],
  [
    "a comma missing before a name",
    "a@x.org Bo <b@x.org>",
    ["a@x.org", "b@x.org {Bo}"],
    ["note@0 comma missing"]
  ],
  ["a comma missing after brackets", "<a@x.org> b@x.org", ["a@x.org", "b@x.org"], ["note@10 comma missing"]],
  [
    "brackets missing",
    "Joe Doe joe@x.org",
    ["joe@x.org"],
    ["note@0 name without brackets around the address"]
  ],
  [
    "a bracket that is never closed",
    "Joe <joe@x.org, b@x.org",
    ["joe@x.org {Joe}", "b@x.org"],
    ["note@5 bracket that is never closed"]
  ],
  ["a bracket that was never opened", "joe@x.org>", ["joe@x.org"], ["note@9 bracket that was never opened"]],
  [
    "brackets doubled",
    "<<a@x.org>>",
    ["a@x.org"],
    ["note@1 bracket opened twice", "note@10 bracket that was never opened"]
  ],
  [
    "brackets around two",
    "<a@x.org,b@x.org>",
    ["a@x.org", "b@x.org"],
    ["note@1 bracket that is never closed", "note@16 bracket that was never opened"]
  ],
  ["brackets around nothing", "a@x.org, <>", ["a@x.org"], ["note@11 brackets without an address"]],
  ["a link", "<mailto:a@x.org>", ["a@x.org"], ["note@7 a link, not an address"]],
  ["a link without brackets", "mailto:a@x.org", ["a@x.org"], ["note@0 a link, not an address"]],
  ["double quotes around an address", '"joe@x.org"', ["joe@x.org"], ["note@0 quotes around an address"]],
  ["single quotes around an address", "'joe@x.org'", ["joe@x.org"], ["note@0 quotes around an address"]],
  [
    "another address in place of a name",
    "a@x.org <b@y.org>",
    ["b@y.org {a@x.org}"],
    ["note@0 address in place of a name"]
  ],
  [
    "a quote that is never closed",
    '"Joe <joe@x.org>, b@x.org',
    ["joe@x.org {Joe}", "b@x.org"],
    ["note@0 quote that is never closed"]
  ],
  [
    "a parenthesis that is never closed",
    "(a@x.org, b@x.org",
    ["a@x.org", "b@x.org"],
    ["note@0 parenthesis that is never closed"]
  ],
  [
    "a parenthesis that was never opened",
    "a@x.org)",
    ["a@x.org"],
    ["note@7 parenthesis that was never opened"]
  ],
  ["a group that is never closed", "Team: a@x.org", ["a@x.org"], ["note@0 group that is never closed"]],
  ["a group inside a group", "A: B: a@x.org;", ["a@x.org"], ["note@3 group inside a group"]]
]

/** An address may be missing, or wrong. */
const faulty: ReadonlyArray<Broken> = [
  ["a name alone", "Joe Doe", [], ["fault@0 no address"]],
  ["two users without a comma", "root postmaster", [], ["fault@0 no address"]],
  [
    "a user and an address without a comma",
    "root a@x.org",
    ["a@x.org"],
    ["fault@0 a name, or an address without a comma"]
  ],
  [
    "an address and a user without a comma",
    "a@x.org root",
    ["a@x.org"],
    ["fault@8 a name, or an address without a comma"]
  ],
  ["text after brackets", "<a@x.org> root", ["a@x.org"], ["note@10 comma missing", "fault@10 no address"]],
  ["no local part", "@x.org", [], ["fault@0 no local part"]],
  ["no domain", "joe@", [], ["fault@0 no domain"]],
  ["two at signs", "joe@x@y.org, b@x.org", ["b@x.org"], ["fault@0 second @"]],
  ["two dots in a domain", "joe@x..org", [], ["fault@0 empty label in the domain"]],
  ["a slash in a domain", "joe@x.org/home", [], ["fault@0 character that no domain holds"]],
  ["two words in brackets", "<joe doe@x.org>", ["doe@x.org"], ["fault@1 more than an address in brackets"]],
  [
    "an address inside a name",
    "Joe a@x.org <b@y.org>",
    ["b@y.org {Joe a@x.org}"],
    ["fault@4 address inside a name"]
  ],
  [
    "quotes that pair up wrongly",
    '"A <a@x.org>, "B" <b@x.org>',
    ["b@x.org {A <a@x.org>, B}"],
    ["fault@16 quote that is never closed"]
  ],
  ["a whole address in quotes", '"Joe <joe@x.org>"', [], ["fault@0 address inside quotes"]],
  ["colons in the middle", "a@x.org: b@x.org", ["a@x.org", "b@x.org"], ["fault@0 colon out of place"]],
  ["a colon in front", ": b@x.org", ["b@x.org"], ["fault@0 colon out of place"]],
  ["L5: a hyphen in front", "-f@x.org, b@x.org", ["b@x.org"], ["fault@0 local part begins with a hyphen"]],
  ["L5: a hyphen in quotes", '"-f"@x.org', [], ["fault@0 local part begins with a hyphen"]],
  ["S5: an escape character", "a\u001bb@x.org", [], ["fault@0 control character in the local part"]],
  ["S5: NUL", "a@x.org\0", [], ["fault@0 control character in the domain"]],
  ["half a literal", "a@[192.0.2.1", [], ["fault@0 not an address literal"]],
  ["an empty local part", '""@x.org', [], ["fault@0 no local part"]],
  ["an encoded word with a dot", "=?utf-8?q?@?=.", [], ["fault@0 no address"]],
  ["a quoted address behind a dot", 'c."a@x.org"', [], ["fault@0 no address"]]
]

describe("parseAddressList", () => {
  for (const [what, text, addresses] of sound) {
    it(`reads ${what}`, () => {
      assert.deepStrictEqual(addressesOf(text), addresses)
      assert.deepStrictEqual(problemsOf(text), [])
    })
  }

  for (const [what, text, addresses, problems] of noted) {
    it(`makes good and notes ${what}`, () => {
      assert.deepStrictEqual(addressesOf(text), addresses)
      assert.deepStrictEqual(problemsOf(text), problems)
    })
  }

  for (const [what, text, addresses, problems] of faulty) {
    it(`doesn't pass over ${what}`, () => {
      assert.deepStrictEqual(addressesOf(text), addresses)
      assert.deepStrictEqual(problemsOf(text), problems)
    })
  }

  it("shows what it found, printable and short", () => {
    const [problem] = parseAddressList(`${"\u001b".repeat(500)} x`).problems
    assert.match(problem?.found ?? "", /^(?:\\x1b){20}…$/)
  })

  it("reports a fault even behind a hundred notes", () => {
    const { problems } = parseAddressList(`${"a@x.org>,".repeat(100)}@x.org`)
    assert.strictEqual(problems.filter(({ severity }) => severity === "note").length, 20)
    assert.deepStrictEqual(problems.at(-1)?.severity, "fault")
  })

  it("S9: reads ten thousand recipients", () => {
    const text = Array.from({ length: 10_000 }, (_, at) => `User ${at} <user${at}@example.org>`).join(
      ",\r\n "
    )
    assert.strictEqual(addressesOf(text).length, 10_000)
    assert.deepStrictEqual(problemsOf(text), [])
  })
})

/** What address lists are made of, in any order. */
const debris = FastCheck.array(
  FastCheck.constantFrom(
    ..."()<>[]@,;:\\\".'",
    ...[
      " ",
      "\r\n ",
      "\t",
      "\0",
      "\u001b",
      "joe",
      "x.org",
      "a@x.org",
      "=?utf-8?q?",
      "?=",
      "ü",
      "\ud83d",
      "IPv6:",
      "-"
    ]
  ),
  { maxLength: 30 }
).map((pieces) => pieces.join(""))

describe("parseAddressList, given anything", () => {
  it("S5: gives no mailbox that holds a control character or could pass for an option", () => {
    FastCheck.assert(
      FastCheck.property(debris, (text) => {
        for (const { mailbox } of parseAddressList(text).addresses) {
          assert.isFalse(hasControl(mailbox))
          assert.notMatch(mailbox, /^-|^$/)
        }
      }),
      { numRuns: 2000 }
    )
  })

  it("reads what it gives as that again", () => {
    FastCheck.assert(
      FastCheck.property(debris, (text) => {
        for (const { mailbox } of parseAddressList(text).addresses) {
          assert.deepStrictEqual(parseAddressList(`<${mailbox}>`), { addresses: [{ mailbox }], problems: [] })
        }
      }),
      { numRuns: 1000 }
    )
  })

  it("never drops a clear address in silence", () => {
    FastCheck.assert(
      FastCheck.property(debris, debris, (before, after) => {
        const { addresses, problems } = parseAddressList(`${before},clear@example.org,${after}`)
        const isThere = addresses.some(({ mailbox }) => mailbox === "clear@example.org")
        // Quotes, comments and names may rightly hold it: they were closed around it.
        const isEnclosed = /["(<\\[:]|=\?/.test(before)
        assert.isTrue(isThere || isEnclosed || problems.some(({ severity }) => severity === "fault"))
      }),
      { numRuns: 2000 }
    )
  })

  const hostile = [
    "(",
    '"',
    "<",
    "[",
    "\\",
    "@",
    ":",
    "a ",
    "<a",
    "(a",
    '"\\',
    "<@",
    "=?",
    "=?x?q?",
    "a . ",
    "()",
    ")"
  ]
  for (const piece of hostile) {
    it(`takes a megabyte of ${piece} in the time of its length`, () => {
      const startedAt = performance.now()
      const { problems } = parseAddressList(piece.repeat((1024 * 1024) / piece.length))
      assert.isAtMost(problems.length, 40)
      // A fraction of a second where nothing else runs; what is not linear takes minutes.
      assert.isBelow(performance.now() - startedAt, 20_000)
    }, 30_000)
  }
})
