import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Redacted from "effect/Redacted"
import { keywords } from "../../../src/domain/config/Keywords.ts"
import { parse, print, type Statement } from "../../../src/domain/config/RcFile.ts"
import { complaints, pairs, reading } from "./statements.ts"

describe("statements", () => {
  it("know all names of a keyword", () => {
    const text = "host a user b pass c tls d passphrase e"
    assert.deepStrictEqual(pairs(reading(text)), [
      ["hostname", "a"],
      ["username", "b"],
      ["password", "c"],
      ["starttls", "d"],
      ["certificate_passphrase", "e"]
    ])
  })

  it("take keywords in any case", () => {
    assert.deepStrictEqual(pairs(reading("HELO a Force Sender b DEFAULT")), [
      ["helo", "a"],
      ["force sender", "b"],
      ["default"]
    ])
  })

  it("may have the two words of a keyword on two lines", () => {
    assert.deepStrictEqual(pairs(reading("force # both\n reverse_path=a")), [["force reverse_path", "a"]])
  })

  it("may follow a byte order mark", () => {
    const [statement] = reading("\uFEFFhelo a").file.statements
    assert.deepStrictEqual(statement?.keywordAt, { line: 1, column: 1 })
  })

  it("know where they stand, in code points", () => {
    const [first, second] = reading("helo 😀 default\n\n  sender # é\n  = x").file.statements.filter(
      ({ keyword }) => keyword !== "helo"
    )
    assert.deepStrictEqual(first?.keywordAt, { line: 1, column: 8 })
    assert.deepStrictEqual(second?.keywordAt, { line: 3, column: 3 })
    assert.deepStrictEqual(second?.valueAt, { line: 4, column: 5 })
  })

  it("hold secrets redacted", () => {
    const { file } = reading("password hunter2 passphrase hunter3 username kim")
    assert.notInclude(JSON.stringify(file), "hunter")
    assert.include(JSON.stringify(file), "kim")
  })

  it("are none in an empty file", () => {
    for (const text of ["", "\n", "# nothing", " \t\r\n,;:"]) assert.deepStrictEqual(pairs(reading(text)), [])
  })
})

const value = FastCheck.string({ unit: "binary", maxLength: 20 })

const statement = FastCheck.constantFrom(...keywords).chain((keyword): FastCheck.Arbitrary<Statement> => {
  const position = { line: 1, column: 1 }
  const places = { keyword: keyword.name, keywordAt: position, valueAt: position }
  if (keyword.value === "none") return FastCheck.constant(places)
  return value.map((text) => ({
    ...places,
    value: keyword.value === "secret" ? Redacted.make(text) : text
  }))
})

describe("print", () => {
  it.prop(
    "gives a text that is read as the same statements",
    [FastCheck.array(statement, { maxLength: 12 })],
    ([statements]) => {
      const found = reading(print({ statements }))
      assert.deepStrictEqual(complaints(found), [])
      assert.deepStrictEqual(pairs(found), pairs({ file: { statements }, problems: [] }))
    }
  )

  it("sets sections apart", () => {
    const file = Either.getOrThrow(parse("rc", "helo a identity b@example.org default password 'c \" d'"))
    assert.strictEqual(print(file), 'helo "a"\n\nidentity "b@example.org"\ndefault\npassword "c \\x22 d"\n')
  })
})

const pieces = FastCheck.constantFrom(
  ...keywords.flatMap(({ name, aliases }) => [name, ...aliases]),
  ..."\"'\\#=,;: \n\r\t\0\uFEFFxé😀1%[]".split(/(?:)/u)
)

const soup = FastCheck.oneof(
  FastCheck.string({ unit: "binary" }),
  FastCheck.array(pieces, { maxLength: 60 }).map((parts) => parts.join(""))
)

describe("read", () => {
  it.prop("never throws, and places every problem inside the text", [soup], ([text]) => {
    const lines = text.split("\n")
    for (const { column = 0, line = 0 } of reading(text).problems) {
      assert.isAtLeast(column, 1)
      assert.isAtMost(column, [...(lines[line - 1] ?? "")].length + 1)
    }
  })

  it.prop("reads a printed reading as the same statements", [soup], ([text]) => {
    const once = reading(text)
    assert.deepStrictEqual(pairs(reading(print(once.file))), pairs(once))
  })

  it("takes time in proportion to the text", () => {
    const started = performance.now()
    for (const piece of ['password "', "helo\n", "a,", "force ", "\"' ", "# ", "sender a,default;", "\\\n"]) {
      reading(piece.repeat(100_000))
    }
    assert.isBelow(performance.now() - started, 15_000)
  })
})
