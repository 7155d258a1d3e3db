import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import { unfit } from "../../../src/domain/mda/AddressArgument.ts"

const isFit = (address: string, mustBePlain = false): boolean => Option.isNone(unfit(address, mustBePlain))

describe("an address as an argument", () => {
  it("may not look like an option, be empty, or be cut short by NUL (L5)", () => {
    for (const address of ["-d", "--", "-", "-joe@x", "", "a\0b", "\ud800"])
      assert.isFalse(isFit(address), address)
  })

  it("may otherwise be anything", () => {
    for (const address of ["joe", "a-b", "$(id)", '"a b"@x', "a\nb", "\u{1f600}"])
      assert.isTrue(isFit(address), address)
  })

  it("is plain only without any character of a shell's syntax", () => {
    const syntax = '`$|&;<>()\\"*?[]{}~#!^/ \t\n\r\u0001'
    FastCheck.assert(
      FastCheck.property(FastCheck.constantFrom(...syntax), FastCheck.string(), (character, rest) => {
        assert.isFalse(isFit(`a${character}${rest}`, true))
      })
    )
    for (const address of ["joe", "o'brien@x.example", "a+b=c%d:e,f_g-h@x", "j\u00f6rg"])
      assert.isTrue(isFit(address, true))
  })

  it("is refused with a reason that names no more than it must", () => {
    assert.deepStrictEqual(Option.getOrThrow(unfit("-d", false)), {
      address: "-d",
      because: "begins with -, as an option would"
    })
  })
})
