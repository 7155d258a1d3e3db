import { assert, describe, it } from "@effect/vitest"
import { complaints, reading } from "./statements.ts"

describe("a fault is told with its place and cure", () => {
  it.each([
    [
      "a misspelt keyword",
      "\n  starttels=enabled",
      '2:3 unknown keyword "starttels": did you mean "starttls"?'
    ],
    ["another word", "xyzzy 5", '1:1 unknown keyword "xyzzy"'],
    ["a value alone", "enabled", '1:1 unknown keyword "enabled"'],
    ["an equals sign alone", "= a", '1:1 "=" where a keyword must be'],
    ["default with a value", "default=yes", '1:8 "=" where a keyword must be'],
    [
      "a blank in a bare value",
      "mda /bin/mda -d",
      '1:14 "-d" after the value of mda: quote a value that holds blanks or quotes'
    ],
    ["half a keyword", "force helo a", '1:7 "helo" after "force", expected "sender" or "reverse_path"'],
    [
      "half a keyword at the end",
      "force",
      '1:6 the end of the file after "force", expected "sender" or "reverse_path"'
    ],
    ["no value at the end", "helo a\nsender =", '2:1 "sender" has no value'],
    ["no value before a keyword", "helo\nmda x", '1:1 "helo" has no value; if "mda" is meant, quote it'],
    [
      "no value before an assignment",
      "username=\npassword=x",
      '1:1 "username" has no value; if "password" is meant, quote it'
    ],
    [
      "no value before a new keyword",
      "auth\ntimeout 5s",
      '1:1 "auth" has no value; if "timeout" is meant, quote it'
    ],
    [
      "a keyword taken for a password",
      "pass\nstarttls required",
      '2:10 "required" after the value of password: "starttls" was taken for the value of password on line 1; an empty value is written ""'
    ],
    ["an open quote", 'helo "a b', '1:9 "b" after the value of helo: the quote on line 1 is never closed'],
    [
      "an open quote that another closes",
      'helo "a\nsender "b"',
      '2:9 "b\\"" after the value of helo: that value began on line 1'
    ]
  ])("%s", (_what, text, expected) => {
    assert.deepStrictEqual(complaints(reading(text)), [expected.replace('b\\"', 'b"')])
  })

  it("with found and expected as facts", () => {
    const [problem] = reading("identity a@example.org\n  hostnam x").problems
    assert.strictEqual(problem?.path, "/home/kim/.esmtprc")
    assert.strictEqual(problem?.reason, "Syntax")
    assert.strictEqual(problem?.found, '"hostnam"')
    assert.strictEqual(problem?.expected, "a keyword")
    assert.strictEqual(
      problem?.message,
      '/home/kim/.esmtprc:2:3: unknown keyword "hostnam": did you mean "hostname"?'
    )
  })
})

describe("a fault never shows a secret", () => {
  it.each([
    ["the rest of a password", "password my hunter2"],
    ["the rest of a quoted password", 'password "it" "hunter2"'],
    ["a password glued to its keyword", 'password"hunter2"'],
    ["a password in typographic quotes glued to its keyword", "pass“hunter2”"],
    ["a passphrase glued to its keyword", "certificate_passphrase'hunter2'"],
    ["a password behind a colon", "password: hunter2"]
  ])("%s", (_what, text) => {
    const { problems } = reading(text)
    assert.isNotEmpty(problems)
    assert.notInclude(JSON.stringify(problems.map((problem) => [problem, problem.message])), "hunter2")
  })
})

describe("reading goes on after a fault", () => {
  it("and tells every other one", () => {
    const text = "hostnam a b c\nhelo\nforce x\nmda y z\nsender d\nforce mda q\n"
    assert.deepStrictEqual(
      complaints(reading(text)).map((complaint) => complaint.split(" ")[0]),
      ["1:1", "2:1", "3:7", "4:7", "6:7"]
    )
  })

  it("and shows foreign text fit for one line", () => {
    const [complaint] = complaints(reading(`\u001b[31m${"x".repeat(500)}`))
    assert.notInclude(complaint ?? "", "\u001b")
    assert.isBelow((complaint ?? "").length, 80)
  })
})
