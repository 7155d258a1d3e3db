import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import { makeLexer, type Token } from "../../../src/domain/mail/AddressLexer.ts"

const tokensOf = (text: string): ReadonlyArray<Token> => {
  const lexer = makeLexer(text, () => undefined)
  const tokens: Array<Token> = []
  for (let token = lexer.next(); token !== undefined; token = lexer.next()) tokens.push(token)
  return tokens
}

const shown = (text: string) => tokensOf(text).map(({ _tag, text: content }) => `${_tag} ${content}`)

describe("makeLexer", () => {
  it("cuts atoms, specials, quotes, literals and comments", () => {
    assert.deepStrictEqual(shown('Joe "Q. \\"X" <j.doe@[::1]> (him),'), [
      "Atom Joe",
      'Quoted Q. "X',
      "Special <",
      "Atom j.doe",
      "Special @",
      "Literal [::1]",
      "Special >",
      "Comment him",
      "Special ,"
    ])
  })

  it("keeps an encoded word in one piece, specials and all", () => {
    assert.deepStrictEqual(shown("=?utf-8?Q?a,b@c_<d>?= x"), ["Atom =?utf-8?Q?a,b@c_<d>?=", "Atom x"])
  })

  it("tells where each token stood", () => {
    FastCheck.assert(
      FastCheck.property(FastCheck.string({ maxLength: 30 }), (text) => {
        let end = 0
        for (const token of tokensOf(text)) {
          assert.isAtLeast(token.start, end)
          assert.isAbove(token.end, token.start)
          end = token.end
        }
        assert.isAtMost(end, text.length)
      })
    )
  })

  it("leaves out nothing but blanks and delimiters that have no partner", () => {
    FastCheck.assert(
      FastCheck.property(FastCheck.string({ maxLength: 30 }), (text) => {
        let rest = text
        for (const { end, start } of [...tokensOf(text)].reverse())
          rest = rest.slice(0, start) + rest.slice(end)
        assert.match(rest, /^[\s"()]*$/)
      })
    )
  })
})
