/** Real shells judge: what they make of a rewritten template, and of a line that was split without them. */
import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import { parse, toArgv } from "../../../src/domain/mda/MdaTemplate.ts"
import { splitWords, textOf } from "../../../src/domain/mda/ShellWords.ts"
import { requirePart } from "../../support/requirePart.ts"

let directory = ""
let recorder = ""

beforeAll(() => {
  directory = fs.mkdtempSync(path.join(os.tmpdir(), "esmtp-test-"))
  recorder = path.join(directory, "recorder")
  fs.writeFileSync(recorder, "#!/bin/sh\nfor argument; do printf '%s\\0' \"$argument\"; done\n", {
    mode: 0o700
  })
})

afterAll(() => fs.rmSync(directory, { recursive: true }))

const run = (file: string, args: ReadonlyArray<string>): ReadonlyArray<string> => {
  const env = { PATH: process.env["PATH"] ?? "" }
  const output = execFileSync(file, args, { cwd: directory, env, stdio: ["ignore", "pipe", "ignore"] })
  return output.toString("utf8").split("\0").slice(0, -1)
}

const shells = ["/bin/sh", "/bin/bash"].filter((shell) => shell === "/bin/sh" || requirePart("bash", shell))

/** Every character that ever ended a quotation somewhere, and some letters. */
const tricky = FastCheck.string({
  unit: FastCheck.constantFrom(..."ab '\"`$()|&;<>\\\n\r\t*?[]{}~#!%T=^@-\u0001\u007f\u00e4\u{1f600}"),
  minLength: 1,
  maxLength: 12
})

const hostile = FastCheck.oneof(
  tricky,
  FastCheck.constantFrom(
    "`touch marker`",
    "$(touch marker)",
    ";touch marker",
    "'; touch marker; '",
    "|touch marker"
  )
).filter((value) => !value.startsWith("-"))

/** Argument lists as the recorder must see them; R is where it stands. */
const templates: ReadonlyArray<
  readonly [string, (sender: string, recipients: ReadonlyArray<string>) => ReadonlyArray<string>]
> = [
  ["true | R %T", (_, to) => to],
  ["true | R '%T'", (_, to) => to],
  ['true | R "%T"', (_, to) => to],
  ["true | R -f %F -d %T", (from, to) => ["-f", from, "-d", ...to]],
  ["true | R -f'%F' -d \"%F\" %F", (from) => [`-f${from}`, "-d", from, from]],
  ["true | R --to=%T", (_, [first = "", ...rest]) => [`--to=${first}`, ...rest]],
  [
    "true | R '--to='%T'.'",
    (_, to) => [...to.slice(0, -1), `${to.at(-1)}.`].map((a, i) => (i === 0 ? `--to=${a}` : a))
  ],
  ['true | R "$(printf %s. %T)"', (_, to) => [to.map((one) => `${one}.`).join("")]],
  ["true | R \"`printf %s. '%T'`\"", (_, to) => [to.map((one) => `${one}.`).join("")]],
  ['true | R "`printf %s. "%T"`"', (_, to) => [to.map((one) => `${one}.`).join("")]],
  ["true | (R %T) # it's %T", (_, to) => to],
  ["if true; then R %T; fi", (_, to) => to],
  ["true | { R %T; }", (_, to) => to],
  ["R 'a'\\''b' %T;", (_, to) => ["a'b", ...to]]
]

describe.each(shells)("%s", (shell) => {
  it.each(templates)("gives the recorder each value untouched: %j (L4)", (source, expected) => {
    const template = Either.getOrThrow(parse(source.replaceAll("R ", `${recorder} `)))
    FastCheck.assert(
      FastCheck.property(
        FastCheck.array(hostile, { minLength: 1, maxLength: 3 }),
        hostile,
        (recipients, sender) => {
          const { args } = Either.getOrThrow(toArgv(template, { sender, recipients }))
          assert.deepStrictEqual(run(shell, args), expected(sender, recipients))
        }
      ),
      { numRuns: 40 }
    )
    assert.isFalse(fs.existsSync(path.join(directory, "marker")))
  })

  it("runs no part of an address, even in a template that quotes badly (L4)", () => {
    const source = FastCheck.array(
      FastCheck.constantFrom("'", '"', "`", "$(", ")", "\\", " ", "%T", "%F", "a", "$"),
      {
        minLength: 1,
        maxLength: 10
      }
    ).map((parts) => `: | ${recorder} ${parts.join("")}`)
    FastCheck.assert(
      FastCheck.property(source, (text) => {
        const values = { sender: "$(touch marker)", recipients: ["`touch marker`", ";touch marker;"] }
        const argv = Either.flatMap(parse(text), (template) =>
          toArgv({ ...template, plainValues: false }, values)
        )
        if (Either.isLeft(argv)) return
        try {
          run(shell, argv.right.args)
        } catch {
          // A syntax error is the template's own.
        }
        assert.isFalse(fs.existsSync(path.join(directory, "marker")), text)
      }),
      { numRuns: 150 }
    )
  })

  it("splits words as we do, wherever we do without it", () => {
    const line = FastCheck.string({
      unit: FastCheck.constantFrom(..."ab '\"\\\t\u00e4-=#~!%,:+@/."),
      maxLength: 14
    })
    FastCheck.assert(
      FastCheck.property(line, (text) => {
        const source = `${recorder} ${text}`
        const words = Option.flatten(Either.getRight(splitWords(source, "literal")))
        if (Option.isNone(words)) return
        assert.deepStrictEqual(run(shell, ["-c", source]), words.value.slice(1).map(textOf))
      }),
      { numRuns: 200 }
    )
  })
})
