import { assert, describe, it } from "@effect/vitest"
import { complaints, pairs, reading } from "./statements.ts"

const assertReads = (text: string, expected: ReadonlyArray<ReadonlyArray<string>>): void => {
  const found = reading(text)
  assert.deepStrictEqual(complaints(found), [])
  assert.deepStrictEqual(pairs(found), expected)
}

describe("between keyword and value", () => {
  it.each([
    ["a blank", "helo a"],
    ["a tab", "helo\ta"],
    ["an equals sign", "helo=a"],
    ["an equals sign between blanks", "helo  =  a"],
    ["a line end", "helo\na"],
    ["CRLF", "helo\r\na"],
    ["an equals sign on a line of its own", "helo\n=\na"],
    ["a comment", "helo # name\n = # of this machine\n a"],
    ["a lone backslash before a line end", "helo \\\n a"],
    ["a lone backslash before CRLF", "helo \\\r\n a"],
    ["separators", "helo ,;: a"]
  ])("%s may stand", (_what, text) => {
    assertReads(text, [["helo", "a"]])
  })
})

describe("a bare value", () => {
  it.each([
    ["a number sign inside it", "sender a#b", "a#b"],
    ["an address", "sender kim+x@example.org", "kim+x@example.org"],
    ["digits", "sender 12345", "12345"],
    ["a negative number", "sender -5", "-5"],
    ["digits and letters", "sender 12a", "12a"],
    ["an IPv4 address", "sender 127.0.0.1", "127.0.0.1"],
    ["an equals sign", "sender a=b", "a=b"],
    ["equals signs at the end", "sender=YWJj==", "YWJj=="],
    ["an equals sign at the start", "sender==a", "=a"],
    ["a comma", "sender a,b", "a,b"],
    ["a semicolon", "sender a;b", "a;b"],
    ["a colon", "sender a:b", "a:b"],
    ["an IPv6 address", "sender a::1", "a::1"],
    ["a word that ends like a keyword", "sender a,helomates", "a,helomates"],
    ["a keyword after an equals sign", "sender a=helo", "a=helo"],
    ["quotes inside", "sender a\"b'c", "a\"b'c"],
    ["a quoted text that goes on", 'sender "a"b', '"a"b'],
    ["typographic quotes", "sender “a”", "“a”"],
    ["an escaped blank's backslash", "sender a\\", "a\\"],
    ["an escape", "sender a\\x41b", "aAb"],
    ["a keyword on the same line", "sender host", "host"]
  ])("may hold %s", (_what, text, value) => {
    assertReads(text, [["sender", value]])
  })

  it.each([
    ["a blank", "a default"],
    ["a comma before a blank", "a, default"],
    ["a comma before a keyword", "a,default"],
    ["a semicolon before a keyword", "a;default"],
    ["a colon before a keyword", "a:default"],
    ["several separators before a keyword", "a;;,:default"],
    ["a comma before a comment", "a,#b\ndefault"],
    ["a comma before a continued line", "a,\\\ndefault"],
    ["a comma at the end of a line", "a,\ndefault"]
  ])("ends at %s", (_what, rest) => {
    assertReads(`helo ${rest}`, [["helo", "a"], ["default"]])
  })

  it("keeps colons after the keywords whose values have them, even before a keyword", () => {
    assertReads("hostname a:default", [["hostname", "a:default"]])
    assertReads("hostname :25", [["hostname", ":25"]])
  })

  it("may be a keyword on the next line after those keywords", () => {
    assertReads("password\nstarttls default", [["password", "starttls"], ["default"]])
  })

  it("of a keyword that C esmtp does not know keeps a colon before a keyword", () => {
    assertReads("tls_ca_file a:default", [["tls_ca_file", "a:default"]])
  })

  it("goes on over blanks where it is a list of durations", () => {
    assertReads("retry_schedule 1m 5m, 15m\n30m helo a", [
      ["retry_schedule", "1m 5m, 15m\n30m"],
      ["helo", "a"]
    ])
  })
})

describe("a quoted value", () => {
  it.each([
    ["blanks", '"a b"', "a b"],
    ["the other quotes", `"it's"`, "it's"],
    ["double quotes inside single ones", `'say "hi" now'`, 'say "hi" now'],
    ["separators and an equals sign", '"a,b;c:d=e"', "a,b;c:d=e"],
    ["a number sign", '"#a"', "#a"],
    ["a line end", '"a\nb"', "a\nb"],
    ["nothing", '""', ""],
    ["a backslash before the closing quote", '"a\\"', "a\\"],
    ["escapes", '"\\x41\\065\\66\\n\\t\\b\\r\\\\\\q"', "A5B\n\t\b\r\\q"]
  ])("may hold %s", (_what, quoted, value) => {
    assertReads(`sender ${quoted}`, [["sender", value]])
    assertReads(`sender=${quoted},default`, [["sender", value], ["default"]])
  })

  it("ends at the first quote of its kind, unless the bare word is longer", () => {
    assertReads('sender "a b"default', [["sender", "a b"], ["default"]])
    assertReads('sender "ab"default', [["sender", '"ab"default']])
  })

  it("that is never closed is a bare word, as in C", () => {
    assertReads('sender "ab', [["sender", '"ab']])
  })
})

describe("a comment", () => {
  it("begins only where a word would", () => {
    assertReads("helo a # b\n#c\n # d\nsender e#f", [
      ["helo", "a"],
      ["sender", "e#f"]
    ])
  })

  it("is not continued by a backslash", () => {
    assertReads("# a \\\nhelo b", [["helo", "b"]])
  })

  it("may end the file without a newline", () => {
    assertReads("helo a\n# b", [["helo", "a"]])
    assertReads("helo a # b", [["helo", "a"]])
  })

  it("on the last line is a value if C takes it for one", () => {
    assertReads("password #x", [["password", "#x"]])
    assertReads("helo #x default", [["helo", "#x"], ["default"]])
    assert.deepStrictEqual(complaints(reading("password # to do")), ['1:1 "password" has no value'])
    assert.deepStrictEqual(complaints(reading("password #x\n")), ['1:1 "password" has no value'])
  })
})
