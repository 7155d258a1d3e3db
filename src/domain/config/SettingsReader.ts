/**
 * From the text of an esmtprc file to validated settings.
 *
 * Source: esmtp: parser.y (sections, `SET_DEFAULT_IDENTITY`), esmtprc(5).
 */
import * as Either from "effect/Either"
import * as Order from "effect/Order"
import * as Redacted from "effect/Redacted"
import { ConfigError } from "./ConfigError.ts"
import { type GlobalPatch, globalDecoders, globalsFrom } from "./GlobalValues.ts"
import { makesDefault } from "./KeywordLookup.ts"
import type { GlobalKeyword, KeywordName, SectionKeyword } from "./Keywords.ts"
import * as RcFile from "./RcFile.ts"
import { shown } from "./RcProblem.ts"
import { identityFrom, plain, type SectionPatch, sectionDecoders } from "./SectionValues.ts"
import type { Settings } from "./Settings.ts"
import * as ValueText from "./ValueText.ts"

/** The file and the user that settings are read for. */
export interface Source {
  /** Absolute. */
  readonly path: string
  readonly home?: string
}

interface Section {
  readonly name?: string
  /** Of the first statement; 1 where there is none. */
  line?: number
  /** One for each keyword: the last statement wins. */
  readonly patches: Map<SectionKeyword, SectionPatch>
}

interface Sections {
  readonly all: ReadonlyArray<Section>
  readonly chosenDefault: Section
}

const decodeName = plain(ValueText.lineText, (name) => name)

const isGlobal = (keyword: KeywordName): keyword is GlobalKeyword => keyword in globalDecoders

const directoryOf = (path: string): string => path.slice(0, path.lastIndexOf("/")) || "/"

const valueProblem = (
  path: string,
  { keyword, value, valueAt }: RcFile.Statement,
  { expected, found }: ValueText.Mismatch
): ConfigError => {
  const what = found ?? (Redacted.isRedacted(value) ? "a secret" : shown(value ?? ""))
  const detail = `${keyword}: found ${what}, expected ${expected}`
  return new ConfigError({ path, reason: "Value", ...valueAt, found: what, expected, detail })
}

/** What the file's statements say; a value that can't be understood is reported, and says nothing. */
const gather = (file: RcFile.RcFile, source: Source, report: (problem: ConfigError) => void) => {
  const base = { ...source, directory: directoryOf(source.path) }
  const globals = new Map<GlobalKeyword, GlobalPatch>()
  let section: Section = { patches: new Map() }
  const all = [section]
  let declaredDefault: Section | undefined
  let firstWithRelay: Section | undefined

  const orReport = <A>(
    statement: RcFile.Statement,
    decoded: Either.Either<A, ValueText.Mismatch>,
    otherwise: A
  ): A =>
    Either.getOrElse(decoded, (mismatch) => {
      report(valueProblem(source.path, statement, mismatch))
      return otherwise
    })

  for (const statement of file.statements) {
    const { keyword, keywordAt, value } = statement
    if (keyword === "identity") {
      section = {
        name: orReport(statement, decodeName(value, base), ""),
        line: keywordAt.line,
        patches: new Map()
      }
      all.push(section)
    } else if (isGlobal(keyword)) {
      globals.set(keyword, orReport(statement, globalDecoders[keyword](value, base), {}))
    } else {
      section.line ??= keywordAt.line
      section.patches.set(keyword, orReport(statement, sectionDecoders[keyword](value, base), {}))
      if (keyword === "default") declaredDefault = section
      if (makesDefault(keyword)) firstWithRelay ??= section
    }
  }
  const sections: Sections = { all, chosenDefault: declaredDefault ?? firstWithRelay ?? section }
  return { sections, globals }
}

const identities = ({ all, chosenDefault }: Sections): Settings["identities"] =>
  all
    // Statements before the first `identity` are a section of their own, if there are any.
    .filter((section) => section.line !== undefined || section === chosenDefault)
    .map(({ line = 1, name, patches }, index, shownSections) => {
      const isDefault = shownSections[index] === chosenDefault
      return identityFrom({ line, isDefault, ...(name === undefined ? {} : { name }) }, patches.values())
    })

const byPosition = Order.combine(
  Order.mapInput(Order.number, (problem: ConfigError) => problem.line ?? 0),
  Order.mapInput(Order.number, (problem: ConfigError) => problem.column ?? 0)
)

interface Reading {
  readonly settings: Settings
  readonly problems: ReadonlyArray<ConfigError>
}

const readAll = (text: string, source: Source): Reading => {
  const { file, problems: faults } = RcFile.read(source.path, text)
  const problems = [...faults]
  const { globals, sections } = gather(file, source, (problem) => problems.push(problem))
  const settings = {
    path: source.path,
    identities: identities(sections),
    ...globalsFrom(source.home, globals.values())
  }
  return { settings, problems: problems.sort(byPosition) }
}

/** Everything that is wrong with a file, in its order; nothing if it can be used. */
export const allProblems = (text: string, source: Source): ReadonlyArray<ConfigError> =>
  readAll(text, source).problems

/** The settings that a file says, or the first thing that is wrong with it. */
export const readSettings = (text: string, source: Source): Either.Either<Settings, ConfigError> => {
  const { problems, settings } = readAll(text, source)
  const [first] = problems
  return first === undefined ? Either.right(settings) : Either.left(first)
}
