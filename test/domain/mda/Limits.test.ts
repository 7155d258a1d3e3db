import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as Limits from "../../../src/domain/mda/Limits.ts"
import { parse } from "../../../src/domain/mda/MdaTemplate.ts"
import { faultText } from "../../../src/domain/mda/ShellWords.ts"

const commandOf = (characters: number): string => "mda %T ".padEnd(characters, "x")

describe("a command", () => {
  it("may have commandCharacters, and not one more", () => {
    assert.isTrue(Either.isRight(parse(commandOf(Limits.commandCharacters))))
    assert.deepStrictEqual(parse(commandOf(Limits.commandCharacters + 1)), Either.left("TooLong"))
    assert.strictEqual(faultText("TooLong"), "the command is longer than 4096 characters")
  })
})
