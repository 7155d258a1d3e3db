import { spawnSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import { keywords } from "../../src/domain/config/Keywords.ts"
import { readSettings } from "../../src/domain/config/SettingsReader.ts"
import { modeLetters } from "../../src/domain/invocation/OperationMode.ts"
import { longOptions, sendmailFlags } from "../../src/domain/invocation/SendmailFlags.ts"
import { optionsOf, queueActions, subcommandNames } from "../../src/domain/invocation/SubcommandOptions.ts"
import { SysExit } from "../../src/domain/invocation/SysExit.ts"
import { programPath, requirePart } from "../support/requirePart.ts"

const pathOf = (page: string): string => fileURLToPath(new URL(`../../man/${page}`, import.meta.url))

const source = (page: string): string => readFileSync(pathOf(page), "utf8")

const pages = ["esmtp.1", "sendmail.1", "mailq.1", "deliver.1", "esmtprc.5"] as const

/** What stands at the head of the items of a page: `Fl b Ar mode`, `Cm queue hold`… */
const items = (page: string): ReadonlyArray<string> =>
  [...source(page).matchAll(/^\.It (.+)$/gm)].map(([, item = ""]) => item)

const hasFlag = (page: string, flag: string): boolean =>
  items(page).some((item) =>
    item.split(/ , | \| /).some((part) => new RegExp(`^Fl ${flag}(?: |$)`).test(part.trim()))
  )

const hasMandoc = requirePart("mandoc", "mandoc")

describe("the manual pages", () => {
  for (const page of pages) {
    it.runIf(hasMandoc)(`${page} is mdoc without a fault`, () => {
      const { status, stdout } = spawnSync(programPath("mandoc"), ["-T", "lint", pathOf(page)], {
        encoding: "utf8"
      })
      // Whether other pages are installed is a matter of the machine.
      const faults = stdout
        .split("\n")
        .filter((line) => line !== "" && !line.includes("referenced manual not found"))
      assert.deepStrictEqual(faults, [])
      assert.isAtMost(status ?? 99, 1)
    })

    it(`${page} refers to every other page and to none that is not there`, () => {
      const own = [...source(page).matchAll(/^\.Xr ([a-z]+) ([0-9])/gm)].map(
        ([, name, section]) => `${name}.${section}`
      )
      const others = pages.filter((other) => other !== page)
      for (const other of others) assert.include(own, other)
    })
  }

  it("newaliases.1 is sendmail.1", () => {
    assert.strictEqual(source("newaliases.1"), ".so man1/sendmail.1\n")
  })
})

describe("sendmail.1", () => {
  for (const { letter, argument, value, effect } of sendmailFlags) {
    it(`tells of -${letter} and its argument`, () => {
      assert.isTrue(hasFlag("sendmail.1", letter), `no item for -${letter}`)
      const glued =
        argument === "attached"
          ? `Fl ${letter} Ns O[op] Ar ${value}`
          : `Fl ${letter} Ar ${value?.replace(/=.*/, "")}`
      if (argument !== "none")
        assert.match(source("sendmail.1"), new RegExp(`^\\.It (?:.* , )?${glued}`, "m"))
      const ignored = source("sendmail.1").slice(source("sendmail.1").indexOf(".Ss Flags that are ignored"))
      const isThere = new RegExp(`^\\.It (?:.* , )?Fl ${letter}(?: |$)`, "m").test(ignored)
      assert.strictEqual(isThere, effect === "ignored" || effect === "unsupported" || effect === "debugFile")
    })
  }

  for (const { letter, mode } of modeLetters) {
    if (mode === undefined) continue
    it(`tells of -b${letter}`, () => assert.isTrue(hasFlag("sendmail.1", `b${letter}`)))
  }

  for (const long of longOptions) {
    it(`tells of --${long}`, () => assert.isTrue(hasFlag("sendmail.1", `-${long}`)))
  }

  it("tells of no other flag", () => {
    const known = new Set(sendmailFlags.map(({ letter }) => letter))
    for (const item of items("sendmail.1")) {
      for (const [, letter = ""] of item.matchAll(/Fl (?!-)(.)/g)) assert.include([...known], letter, item)
    }
  })

  it("tells of every exit status", () => {
    for (const status of Object.values(SysExit)) assert.include(items("sendmail.1"), String(status))
  })
})

describe("the pages of the commands", () => {
  const pageOf = (name: string) => (name === "deliver" || name === "mailq" ? `${name}.1` : "esmtp.1")

  for (const name of subcommandNames) {
    const page = pageOf(name)
    it(`${page} tells of each option of esmtp ${name}`, () => {
      for (const { long, letter } of optionsOf(name)) {
        assert.isTrue(hasFlag(page, `-${long}`), `no item for --${long}`)
        if (letter !== undefined) assert.isTrue(hasFlag(page, letter), `no item for -${letter}`)
      }
    })

    it(`esmtp.1 tells of esmtp ${name}`, () => {
      const heads =
        name === "queue" ? Object.keys(queueActions).map((action) => `Cm queue ${action}`) : [`Cm ${name}`]
      for (const head of heads) assert.include(items("esmtp.1"), head)
    })
  }

  it("tell of no option that is not there", () => {
    const known = new Set([
      "version",
      "completions",
      ...longOptions,
      ...subcommandNames.flatMap((name) => optionsOf(name).map(({ long }) => long))
    ])
    for (const page of pages) {
      for (const [, long = ""] of source(page).matchAll(/Fl -([a-z-]+)/g))
        assert.include([...known], long, page)
    }
  })
})

describe("esmtprc.5", () => {
  for (const { name, aliases, choices } of keywords.map((keyword) => ({ choices: [], ...keyword }))) {
    it(`tells of ${name}${aliases.length === 0 ? "" : `, ${aliases.join(", ")}`}, and what it may be`, () => {
      const item = items("esmtprc.5").findIndex((head) => new RegExp(`(?:^|, )Cm ${name}(?: |$)`).test(head))
      assert.isAtLeast(item, 0, `no item for ${name}`)
      const body = source("esmtprc.5").split(/^\.It /m)[item + 1] ?? ""
      for (const word of [...aliases, ...choices])
        assert.match(body, new RegExp(`(?:Cm|\\|) ${word}(?:[ ,.|\\n]|$)`, "m"), word)
    })
  }

  it("tells of no keyword that is not there", () => {
    const known = keywords.map(({ name }) => name)
    const headed = items("esmtprc.5").flatMap((item) =>
      item.split(" , ").flatMap((part) => [...(/^Cm ((?:force )?[a-z_0-9]+)/.exec(part)?.slice(1) ?? [])])
    )
    assert.deepStrictEqual(headed.toSorted(), known.toSorted())
  })

  const examples = [...source("esmtprc.5").matchAll(/^\.Bd -literal[^\n]*\n([\s\S]*?)^\.Ed/gm)].map(
    ([, text = ""]) => text
  )

  it("has examples", () => assert.isAtLeast(examples.length, 5))

  for (const [index, example] of examples.entries()) {
    it(`example ${index + 1} is a valid file`, () => {
      const settings = readSettings(example, { path: "/home/joe/.esmtprc", home: "/home/joe" })
      assert.isTrue(Either.isRight(settings), Either.isLeft(settings) ? settings.left.message : "")
    })
  }
})
