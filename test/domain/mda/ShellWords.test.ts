import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import { faultText, splitWords, type Word } from "../../../src/domain/mda/ShellWords.ts"

const plain = (word: Word): string =>
  word
    .map((segment) => (segment._tag === "Text" ? segment.text : segment._tag === "Sender" ? "<F>" : "<T>"))
    .join("")

const split = (source: string): ReadonlyArray<string> | "shell" | string =>
  Either.match(splitWords(source, "places"), {
    onLeft: (fault) => fault,
    onRight: Option.match({ onNone: () => "shell", onSome: (words) => words.map(plain) })
  })

describe("words", () => {
  const cases: ReadonlyArray<readonly [string, ReadonlyArray<string>]> = [
    ["/usr/bin/procmail -d %T", ["/usr/bin/procmail", "-d", "<T>"]],
    ["  procmail\t-f  %F -d %T  ", ["procmail", "-f", "<F>", "-d", "<T>"]],
    ["procmail -d '%T'", ["procmail", "-d", "<T>"]],
    ['procmail -f"%F" -d "%T"', ["procmail", "-f<F>", "-d", "<T>"]],
    ["a '' \"\" b", ["a", "", "", "b"]],
    ["a 'b c'\"d e\"f\\ g", ["a", "b cd ef g"]],
    ['a \'\\\' "\\\\ \\" \\x"', ["a", "\\", '\\ " \\x']],
    ["a \\$HOME \\`id\\` \\|", ["a", "$HOME", "`id`", "|"]],
    ['a "\\$HOME \\`id\\`"', ["a", "$HOME `id`"]],
    ["a '$HOME `id` ; | & > < ( ) * ?'", ["a", "$HOME `id` ; | & > < ( ) * ?"]],
    ["a b#c d~e f!g h=i", ["a", "b#c", "d~e", "f!g", "h=i"]],
    ["a\\\nb c", ["ab", "c"]],
    ["a b\\", ["a", "b\\"]],
    ["a %% %s %x 100%", ["a", "%%", "%s", "%x", "100%"]],
    ["a \u00e4\u00f6 \u{1f600}", ["a", "\u00e4\u00f6", "\u{1f600}"]]
  ]

  it.each(cases)("of %j", (source, words) => {
    assert.deepStrictEqual(split(source), words)
  })

  const shellNeeded = [
    "formail | procmail -d %T",
    "procmail -d %T > log",
    "procmail -d %T 2>&1",
    "a; b",
    "a && b",
    "a &",
    "a $HOME",
    'a "$HOME"',
    "a `id`",
    'a "`id`"',
    "a *",
    "a [x]",
    "a ?",
    "a ~",
    "~/bin/mda %T",
    "a #comment",
    "! a",
    "(a)",
    "{ a; }",
    "a {b,c}",
    "a\nb",
    "FOO=bar a",
    "exec procmail -d %T",
    "if true",
    ". ~/profile"
  ]

  it.each(shellNeeded)("are left to a shell: %j", (source) => {
    assert.strictEqual(split(source), "shell")
  })

  it("need their quotes closed", () => {
    for (const source of ["a 'b", 'a "b', 'a "b\\"']) assert.strictEqual(split(source), "Unterminated")
    assert.include(faultText("Unterminated"), "not closed")
  })

  it("have no places of values where none are wanted", () => {
    const words = Option.getOrThrow(Either.getOrThrow(splitWords("date +%T %F", "literal")))
    assert.deepStrictEqual(words.map(plain), ["date", "+%T", "%F"])
  })
})
