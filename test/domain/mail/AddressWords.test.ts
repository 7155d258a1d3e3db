import { assert, describe, it } from "@effect/vitest"
import { makeLexer, type Token } from "../../../src/domain/mail/AddressLexer.ts"
import { itemsOf, type Place } from "../../../src/domain/mail/AddressWords.ts"

const items = (text: string, place: Place) => {
  const lexer = makeLexer(text, () => undefined)
  const tokens: Array<Token> = []
  for (let token = lexer.next(); token !== undefined; token = lexer.next()) tokens.push(token)
  return itemsOf(tokens, place).map((item) => {
    if (item._tag === "AddrSpec") return `${item.localPart} at ${item.domain}`
    return item._tag === "Word" ? item.text : `! ${item.detail}`
  })
}

describe("itemsOf", () => {
  it("finds addresses among words", () => {
    assert.deepStrictEqual(items("Joe a@x.org b@y.org root", "phrase"), [
      "Joe",
      "a at x.org",
      "b at y.org",
      "root"
    ])
  })

  it("binds words by dots that stand alone", () => {
    assert.deepStrictEqual(items("jdoe@test  . example", "phrase"), ["jdoe at test.example"])
    assert.deepStrictEqual(items("j . doe@x.org", "phrase"), ["j.doe at x.org"])
  })

  it("leaves initials alone in a phrase", () => {
    assert.deepStrictEqual(items("J. R. Doe", "phrase"), ["J.", "R.", "Doe"])
  })

  it("binds by every dot in brackets, where no initials stand", () => {
    assert.deepStrictEqual(items("jdoe@machine.  example", "brackets"), ["jdoe at machine.example"])
  })

  it("takes no quotes in a domain", () => {
    assert.deepStrictEqual(items('a@x."y"', "phrase"), ["a at x.", "y"])
  })

  it("takes what is broken in one piece", () => {
    assert.deepStrictEqual(items("a@b@c@d e@f", "phrase"), ["! second @", "e at f"])
    assert.deepStrictEqual(items("@@x a@y", "phrase"), ["! no local part", "a at y"])
  })
})
