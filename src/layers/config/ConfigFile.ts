/**
 * The configuration from an esmtprc file: found, judged, read.
 *
 * Source: esmtp: parser.y (`rcfile_check`, `rcfile_parse`).
 * Deviations: `$ESMTPRC` comes after `-C`; a program started with more rights than its caller looks at neither, nor at `$HOME`; without
 * `$HOME` the user's entry in the user database tells where to look, after the system's file; every file is judged.
 */
import * as path from "node:path"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { ConfigError } from "../../domain/config/ConfigError.ts"
import * as FileSafety from "../../domain/config/FileSafety.ts"
import type { Settings } from "../../domain/config/Settings.ts"
import { allProblems, readSettings, type Source } from "../../domain/config/SettingsReader.ts"
import { isRestricted, type UserIds, type Variables } from "../../domain/process/Rights.ts"
import { Config } from "../../services/Config.ts"
import { LocalSystem } from "../../services/LocalSystem.ts"
import { type Candidate, type ConfigText, directoryFacts, readCandidate } from "./rcFileAccess.ts"

export interface ConfigFileOptions {
  /** `-C` */
  readonly configPath?: string
  readonly env: Variables
  /** Default `/etc/esmtprc`. */
  readonly systemPath?: string
  /** Nothing is sent: where no file is found, it is as if an empty one were. */
  readonly mayBeMissing?: boolean
  /** Default: of this process. */
  readonly ids?: UserIds
}

const idsOfProcess = (): UserIds => ({
  uid: process.getuid?.() ?? 0,
  euid: process.geteuid?.() ?? 0,
  gid: process.getgid?.() ?? 0,
  egid: process.getegid?.() ?? 0
})

const named = (file: string): Candidate => ({
  // An empty name names no file; resolved it would be the working directory.
  path: file === "" ? file : path.resolve(file),
  role: "named",
  isOptional: false,
  followsLinks: true
})

/** Where to look, in order. */
const candidates = (
  { configPath, env, systemPath = "/etc/esmtprc" }: ConfigFileOptions,
  userHome: string | undefined,
  restricted: boolean
): ReadonlyArray<Candidate> => {
  if (!restricted && configPath !== undefined) return [named(configPath)]
  if (!restricted && env["ESMTPRC"]) return [named(env["ESMTPRC"])]
  const system: Candidate = { path: systemPath, role: "system", isOptional: true, followsLinks: true }
  if (userHome === undefined) return [system]
  const user: Candidate = {
    path: path.join(userHome, ".esmtprc"),
    role: "user",
    isOptional: true,
    followsLinks: !restricted
  }
  return restricted || env["HOME"] ? [user, system] : [system, user]
}

interface Found extends ConfigText {
  readonly source: Source
  readonly reader: FileSafety.Reader
}

/** The first file there is, if it is safe to read. */
const find = Effect.fn("ConfigFile.find")(function* (options: ConfigFileOptions) {
  const { home } = yield* LocalSystem
  const ids = options.ids ?? idsOfProcess()
  const restricted = isRestricted(ids, options.env)
  if (restricted && (options.configPath ?? options.env["ESMTPRC"]) !== undefined) {
    yield* Effect.logWarning("-C and ESMTPRC ignored: esmtp was started with more rights than its caller has")
  }
  const places = candidates(options, home, restricted)
  const reader = { uid: ids.euid, gid: ids.egid }
  for (const candidate of places) {
    const read = yield* readCandidate(candidate, reader)
    if (Option.isNone(read)) continue
    const source = { path: candidate.path, ...(home === undefined ? {} : { home }) }
    const found: Found = { ...read.value, source, reader }
    return found
  }
  const searched = places.map((place) => place.path).join(" or ")
  return yield* new ConfigError({
    path: places.at(-1)?.path ?? "",
    reason: "NotFound",
    detail: `No configuration file found at ${searched}`
  })
})

/** Directories through which the file could be replaced. */
const directoryProblems = Effect.fnUntraced(function* (
  { reader, realPath, source }: Found,
  settings: Settings
) {
  const directories = new Set([path.dirname(source.path), path.dirname(realPath)])
  const problems: Array<ConfigError> = []
  for (const directory of directories) {
    const facts = yield* directoryFacts(directory)
    const problem = FileSafety.directoryProblem(directory, facts, reader, settings)
    if (problem !== undefined) problems.push(problem)
  }
  return problems
})

export interface Loaded {
  readonly settings: Settings
  /** What should be cured, but does not stop. */
  readonly warnings: ReadonlyArray<ConfigError>
}

const loadFound = Effect.fnUntraced(function* (found: Found) {
  const settings = yield* readSettings(found.text, found.source)
  const { problem, warning } = FileSafety.judgeSecret(
    found.source.path,
    found.role,
    found.facts,
    found.reader,
    settings
  )
  if (problem !== undefined) return yield* problem
  const [insecure] = yield* directoryProblems(found, settings)
  if (insecure !== undefined) return yield* insecure
  const loaded: Loaded = { settings, warnings: warning === undefined ? [] : [warning] }
  return loaded
})

const isNamed = ({ configPath, env }: ConfigFileOptions): boolean =>
  configPath !== undefined || Boolean(env["ESMTPRC"])

/** Finds, judges and reads the configuration; the first fault ends it. */
export const load = Effect.fn("ConfigFile.load")(function* (options: ConfigFileOptions) {
  const { home } = yield* LocalSystem
  const found = yield* Effect.either(find(options))
  if (Either.isRight(found)) return yield* loadFound(found.right)
  const error = found.left
  if (options.mayBeMissing !== true || error.reason !== "NotFound" || isNamed(options)) return yield* error
  const settings = yield* readSettings("", { path: error.path, ...(home !== undefined && { home }) })
  const loaded: Loaded = { settings, warnings: [] }
  return loaded
})

export interface Inspection {
  /** Absent if no file could be read. */
  readonly path?: string
  readonly problems: ReadonlyArray<ConfigError>
  readonly warnings: ReadonlyArray<ConfigError>
}

/** Everything that is wrong with the configuration, for whoever wants to put it right at once. */
export const inspect = Effect.fn("ConfigFile.inspect")(function* (options: ConfigFileOptions) {
  const result = yield* Effect.either(find(options))
  if (Either.isLeft(result)) {
    const inspection: Inspection = { problems: [result.left], warnings: [] }
    return inspection
  }
  const found = result.right
  const faults = allProblems(found.text, found.source)
  const settings = readSettings(found.text, found.source)
  if (Either.isLeft(settings)) {
    const inspection: Inspection = { path: found.source.path, problems: faults, warnings: [] }
    return inspection
  }
  const { problem, warning } = FileSafety.judgeSecret(
    found.source.path,
    found.role,
    found.facts,
    found.reader,
    settings.right
  )
  const insecure = yield* directoryProblems(found, settings.right)
  const inspection: Inspection = {
    path: found.source.path,
    problems: [...faults, ...(problem === undefined ? [] : [problem]), ...insecure],
    warnings: warning === undefined ? [] : [warning]
  }
  return inspection
})

/** Warnings are logged. */
export const layer = (options: ConfigFileOptions): Layer.Layer<Config, ConfigError, LocalSystem> =>
  Layer.effect(
    Config,
    Effect.gen(function* () {
      const { settings, warnings } = yield* load(options)
      for (const { detail, path: file } of warnings) {
        yield* Effect.logWarning("configuration file should be cured").pipe(
          Effect.annotateLogs({ path: file, detail })
        )
      }
      return settings
    })
  )
