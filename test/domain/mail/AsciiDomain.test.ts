import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import { asciiDomain } from "../../../src/domain/mail/AsciiDomain.ts"

describe("asciiDomain", () => {
  const converted: ReadonlyArray<readonly [what: string, domain: string, ascii: string]> = [
    ["leaves ASCII alone, its case too", "Example.ORG", "Example.ORG"],
    ["converts labels that need it", "bücher.example", "xn--bcher-kva.example"],
    ["folds case", "BÜCHER.Example", "xn--bcher-kva.example"],
    ["knows the ideographic full stop", "日本。jp", "xn--wgv71a.jp"],
    ["keeps ß", "faß.de", "xn--fa-hia.de"],
    ["composes what came apart", "bu\u0308cher.example", "xn--bcher-kva.example"],
    ["keeps underscores", "a_b.ü.org", "a_b.xn--tda.org"],
    ["converts what is converted in part", "xn--bcher-kva.exämple", "xn--bcher-kva.xn--exmple-cua"]
  ]
  for (const [what, domain, ascii] of converted) {
    it(what, () => assert.deepStrictEqual(asciiDomain(domain), Option.some(ascii)))
  }

  const refused: ReadonlyArray<readonly [what: string, domain: string]> = [
    ["refuses what turns into an IP address", "１２７.0.0.1"],
    ["refuses what turns into a number", "１２７"],
    ["refuses ports", "bü:80"],
    ["refuses user names", "bü@x.org"],
    ["refuses percent signs", "bü%41"],
    ["refuses what folds into a slash", "bü／x"],
    ["refuses empty labels", "ü..org"],
    ["refuses control characters", "ü\u0085.org"],
    ["refuses half a surrogate pair", "ü\ud800.org"]
  ]
  for (const [what, domain] of refused) {
    it(what, () => assert.deepStrictEqual(asciiDomain(domain), Option.none()))
  }

  it("gives letters, digits, hyphens, underscores and dots, whatever comes in", () => {
    FastCheck.assert(
      FastCheck.property(FastCheck.string({ unit: "binary", maxLength: 20 }), (tail) => {
        Option.map(asciiDomain(`ü${tail}`), (domain) => assert.match(domain, /^[a-z0-9._-]+$/))
      })
    )
  })
})
