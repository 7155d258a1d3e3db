import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import { parseCommandLine } from "../../../src/domain/mda/CommandLine.ts"

const argv = (text: string): unknown =>
  Either.match(parseCommandLine(text), {
    onLeft: (fault) => fault,
    onRight: ({ file, args }) => [file, ...args]
  })

describe("a command line", () => {
  it("is run by its words", () => {
    assert.deepStrictEqual(argv(" pass show mail/work "), ["pass", "show", "mail/work"])
    assert.deepStrictEqual(argv("secret-tool lookup user 'me@x' \"a b\""), [
      "secret-tool",
      "lookup",
      "user",
      "me@x",
      "a b"
    ])
  })

  it("is left to a shell where it needs one", () => {
    for (const text of [
      "pass x | head -n 1",
      "~/bin/pw",
      "$HOME/bin/pw",
      "cat <pw",
      "PW=1 cmd",
      "exec cmd"
    ]) {
      assert.deepStrictEqual(argv(text), ["/bin/sh", "-c", text])
    }
  })

  it("has no places for values", () => {
    assert.deepStrictEqual(argv("date +%T %F"), ["date", "+%T", "%F"])
  })

  it("is refused if it is none", () => {
    assert.deepStrictEqual(["", "  ", "a 'b", "a\0"].map(argv), ["Empty", "Empty", "Unterminated", "Nul"])
  })
})
