/** A project with this one's rules and nothing in it but the files of a test. */
import * as fs from "node:fs"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { PartFailed } from "../support/PartFailed.ts"
import { type RunResult, run } from "../support/runProgram.ts"
import { makeTempDir, writeFiles } from "../support/TempDir.ts"

export const repository = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..")

const ruleFiles = ["biome.json", "tsconfig.json", "package.json", ".gitignore"]

/** Lays out `files` beside copies of the rules; the packages are those of the repository. */
export const scratchProject = (
  files: Readonly<Record<string, string>>
): Effect.Effect<string, never, Scope.Scope> =>
  Effect.map(makeTempDir, (directory) => {
    for (const name of ruleFiles) fs.copyFileSync(path.join(repository, name), path.join(directory, name))
    fs.symlinkSync(path.join(repository, "node_modules"), path.join(directory, "node_modules"))
    writeFiles(directory, files)
    return directory
  })

/** Runs one command of this project's `package.json` as it stands there, in `directory`. */
export const runTool = (directory: string, commandLine: string): Effect.Effect<RunResult, PartFailed> =>
  run({
    file: "/bin/sh",
    args: ["-c", commandLine],
    cwd: directory,
    env: {
      PATH: `${repository}/node_modules/.bin:${process.env["PATH"] ?? "/usr/bin:/bin"}`,
      HOME: directory
    },
    timeoutMillis: 60_000
  })

/** The text of an npm script. */
export const npmScript = (name: string): string => {
  const packageFile = fs.readFileSync(path.join(repository, "package.json"), "utf8")
  const { scripts }: { readonly scripts: Readonly<Record<string, string>> } = JSON.parse(packageFile)
  return scripts[name] ?? `missing script ${name}`
}
