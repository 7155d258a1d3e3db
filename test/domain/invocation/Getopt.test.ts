import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import { type FlagShape, type FlagTable, scan, type Token } from "../../../src/domain/invocation/Getopt.ts"

const shapes = (...flags: ReadonlyArray<FlagShape>): ReadonlyMap<string, FlagShape> =>
  new Map(flags.map((flag) => [flag.name, flag]))

const table: FlagTable = {
  short: shapes(
    { name: "v", argument: "none" },
    { name: "t", argument: "none" },
    { name: "f", argument: "required" },
    { name: "q", argument: "attached" },
    { name: "o", argument: "required", valueTakesNext: new Set(["Mr"]) }
  ),
  long: shapes({ name: "json", argument: "none" }, { name: "sender", argument: "required" })
}

/** `v` flag, `f=x` flag with value, `"x"` operand, `! detail` problem. */
const spell = (token: Token): string => {
  switch (token._tag) {
    case "Option":
      return token.value === undefined ? token.name : `${token.name}=${token.value}`
    case "Operand":
      return `"${token.text}"`
    case "Problem":
      return `! ${token.error.message}`
  }
}

const cases: ReadonlyArray<readonly [args: ReadonlyArray<string>, tokens: ReadonlyArray<string>]> = [
  [[], []],
  [
    ["a", "b"],
    ['"a"', '"b"']
  ],
  [
    ["a", "-v", "b"],
    ['"a"', "v", '"b"']
  ],
  [["-vt"], ["v", "t"]],
  [
    ["-vtfx", "y"],
    ["v", "t", "f=x", '"y"']
  ],
  [
    ["-vtf", "x", "y"],
    ["v", "t", "f=x", '"y"']
  ],
  [["-f", "-v"], ["f=-v"]],
  [["-f", "--"], ["f=--"]],
  [["-f", ""], ["f="]],
  [
    ["-q", "x"],
    ["q", '"x"']
  ],
  [["-qx"], ["q=x"]],
  [["-vq30m"], ["v", "q=30m"]],
  [
    ["-oMr", "esmtp", "a"],
    ["o=Mr", '"a"']
  ],
  [
    ["-oMresmtp", "a"],
    ["o=Mresmtp", '"a"']
  ],
  [["-oMr"], ["o=Mr"]],
  [["-"], ['"-"']],
  [
    ["-v", "--", "-v", "--", "a"],
    ["v", '"-v"', '"--"', '"a"']
  ],
  [
    ["--json", "a"],
    ["json", '"a"']
  ],
  [["--sender", "x"], ["sender=x"]],
  [["--sender=x"], ["sender=x"]],
  [["--sender="], ["sender="]],
  [["--sender=a=b"], ["sender=a=b"]],
  [["--sender", "--json"], ["sender=--json"]],
  [["-f"], ["! option requires an argument -- 'f'"]],
  [
    ["-vx", "a"],
    ["v", "! invalid option -- 'x'"]
  ],
  [["-é"], ["! invalid option -- 'é'"]],
  [["-🙂"], ["! invalid option -- '🙂'"]],
  [["-\u001b[2J"], ["! invalid option -- '\\x1b'"]],
  [["--jso"], ["! unrecognized option '--jso'"]],
  [["--jso=x"], ["! unrecognized option '--jso'"]],
  [["--json=1"], ["! option '--json' doesn't allow an argument"]],
  [["--sender"], ["! option '--sender' requires an argument"]],
  [["-x", "-f"], ["! invalid option -- 'x'"]]
]

describe("scan", () => {
  for (const [args, tokens] of cases) {
    it(`reads ${JSON.stringify(args)}`, () => assert.deepStrictEqual(scan(table, args).map(spell), tokens))
  }

  it("tells a glued value from one that follows", () => {
    const glued = scan(table, ["-fx", "-f", "x"]).map((token) => token._tag === "Option" && token.isAttached)
    assert.deepStrictEqual(glued, [true, false])
  })

  it("never throws, and a problem is always last", () => {
    const word = FastCheck.oneof(
      FastCheck.string({ unit: "binary", maxLength: 8 }),
      FastCheck.constantFrom("-", "--", "-v", "-f", "-q", "--json", "--sender", "-oMr", "a@x")
    )
    FastCheck.assert(
      FastCheck.property(FastCheck.array(word, { maxLength: 8 }), (args) => {
        const tokens = scan(table, args)
        assert.isTrue(tokens.slice(0, -1).every(({ _tag }) => _tag !== "Problem"))
      })
    )
  })

  it("keeps everything after -- as it is", () => {
    FastCheck.assert(
      FastCheck.property(FastCheck.array(FastCheck.string({ unit: "binary" })), (operands) => {
        const tokens = scan(table, ["-v", "--", ...operands])
        assert.deepStrictEqual(
          tokens.slice(1),
          operands.map((text) => ({ _tag: "Operand", text }))
        )
      })
    )
  })

  it("reads a hundred thousand arguments in no time", () => {
    const args = Array.from({ length: 100_000 }, (_, index) => `user${index}@example.org`)
    assert.strictEqual(scan(table, args).length, 100_000)
  })
})
