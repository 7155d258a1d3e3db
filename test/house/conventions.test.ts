/** What no linter sees: headers, references, names, and walls behind import types and roundabout paths. */
import * as fs from "node:fs"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { repository } from "./scratchProject.ts"

interface SourceFile {
  /** Relative to the repository. */
  readonly name: string
  readonly text: string
}

const filesUnder = (directory: string, extension: RegExp): ReadonlyArray<SourceFile> =>
  fs
    .readdirSync(path.join(repository, directory), { recursive: true, encoding: "utf8" })
    .map((name) => path.join(directory, name))
    .filter((name) => extension.test(name))
    .map((name) => ({ name, text: fs.readFileSync(path.join(repository, name), "utf8") }))

const sources = filesUnder("src", /\.ts$/)
const tests = filesUnder("test", /\.ts$/)
const scripts = ["scripts", "bench"].flatMap((directory) => filesUnder(directory, /\.mjs$/))

/** Names of the files in which `isWrong`. */
const offenders = (files: ReadonlyArray<SourceFile>, isWrong: (file: SourceFile) => boolean) =>
  files.filter(isWrong).map(({ name }) => name)

/** Lines of `files` that match, as `name:line: text`. */
const linesLike = (files: ReadonlyArray<SourceFile>, pattern: RegExp): ReadonlyArray<string> =>
  files.flatMap(({ name, text }) =>
    text
      .split("\n")
      .map((line, index) => `${name}:${index + 1}: ${line.trim()}`)
      .filter((line) => pattern.test(line.slice(name.length)))
  )

/** Everything that a file imports: statically, dynamically or as a type. */
const specifiers = (text: string): ReadonlyArray<string> =>
  [
    ...text.matchAll(
      /^(?:import|export)\b[^"(]*?\bfrom "([^"]+)"|^\} from "([^"]+)"|^import "([^"]+)"|\bimport\("([^"]+)"/gm
    )
  ].flatMap((match) => match.slice(1).filter((specifier) => specifier !== undefined))

/** What it imports from this repository, resolved. */
const importedFiles = ({ name, text }: SourceFile): ReadonlyArray<string> =>
  specifiers(text)
    .filter((specifier) => specifier.startsWith("."))
    .map((specifier) => path.join(path.dirname(name), specifier))

/** The folders of `src` that a file may import from; absent: anything. */
const openRooms = (name: string): ReadonlyArray<string> | undefined => {
  const [, room, folder] = name.split(path.sep)
  if (room === "domain") return ["src/domain/"]
  if (room === "services") return ["src/domain/", "src/services/"]
  if (room === "layers" && folder !== "simulation")
    return ["src/domain/", "src/services/", `src/layers/${folder}/`]
  return undefined
}

describe("the conventions of the house", () => {
  it("every source file and script opens with what it is for", () => {
    const headless = offenders(
      [...sources, ...scripts],
      ({ text }) => !/^(#!.*\n)?\/\*\*[\s\S]*?\w[\s\S]*?\*\//.test(text)
    )
    assert.deepStrictEqual(headless, [])
  })

  it("a reference to an RFC has the form `RFC n` or `RFC n §s`", () => {
    const odd = /\brfc[ -]\d|\bRFC-?\d|\bRFC \d+[,:]? (?:[Ss]ec(?:tion|\.)|§ |\d+\.\d)/
    assert.deepStrictEqual(linesLike([...sources, ...tests, ...scripts].filter(isNotThisFile), odd), [])
  })

  it("there are no index, barrel or utility files", () => {
    const vague = offenders([...sources, ...tests], ({ name }) =>
      /(^|\/)(index|utils?|helpers?|common|misc)\.ts$/i.test(name)
    )
    assert.deepStrictEqual(vague, [])
  })

  it("main.ts composes and does nothing else: at most 60 lines", () => {
    const main = sources.filter(({ name }) => name === "src/main.ts")
    assert.deepStrictEqual(
      offenders(main, ({ text }) => text.trimEnd().split("\n").length > 60),
      []
    )
  })

  it("the library's entries name what is exported and do nothing else", () => {
    const entries = sources.filter(({ name }) => /^src\/library\/[a-z]\w*\.ts$/.test(name))
    assert.isAbove(entries.length, 0)
    const busy = linesLike(
      entries.map(({ name, text }) => ({ name, text: text.replace(/^\/\*\*[\s\S]*?\*\/\n/, "") })),
      /^:\d+: (?!$|export (?:type )?(?:\* as \w+|\{ (?:type )?\w+ \}) from "[^"]+"$)/
    )
    assert.deepStrictEqual(busy, [])
  })

  it("nobody imports the library", () => {
    const importers = sources
      .filter((file) => !file.name.startsWith("src/library/"))
      .filter((file) => importedFiles(file).some((target) => target.startsWith("src/library/")))
    assert.deepStrictEqual(
      importers.map(({ name }) => name),
      []
    )
  })

  it("no import leaves its room, by type or by a roundabout path", () => {
    const breaches = sources.flatMap((file) => {
      const rooms = openRooms(file.name)
      return importedFiles(file)
        .filter((target) => target === "src/main.ts" || rooms?.every((room) => !target.startsWith(room)))
        .map((target) => `${file.name} → ${target}`)
    })
    assert.deepStrictEqual(breaches, [])
  })

  it("the domain and the services know no package but effect, not even by type", () => {
    const pure = sources.filter(({ name }) => /^src\/(domain|services)\//.test(name))
    const foreign = pure.flatMap(({ name, text }) =>
      specifiers(text)
        .filter((specifier) => !/^(\.|effect\/)/.test(specifier))
        .map((specifier) => `${name} → ${specifier}`)
    )
    assert.deepStrictEqual(foreign, [])
  })

  it("nothing is silenced or left for later", () => {
    const silenced = /\bas any\b|\bas unknown as\b|@ts-(?:ignore|expect-error|nocheck)|\b(?:TODO|FIXME|XXX)\b/
    assert.deepStrictEqual(linesLike([...sources, ...scripts], silenced), [])
  })
})

/** This file spells the forms that it forbids. */
const isNotThisFile = ({ name }: SourceFile): boolean => name !== "test/house/conventions.test.ts"
