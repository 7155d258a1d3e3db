/**
 * External programs that a test needs: found, or reported. In CI a missing part fails; elsewhere it skips, loudly.
 *
 * Use: `describe.runIf(requirePart("postfix", "/usr/sbin/postfix"))("…", () => { … })`.
 */
import * as fs from "node:fs"
import * as path from "node:path"
import { fileURLToPath } from "node:url"

const repository = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..")

/** Where `.ci/run` unpacks Debian packages that can't be installed beside each other. */
export const partsPrefix = process.env["ESMTP_PARTS"] ?? path.join(repository, ".parts")

const systemDirs = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"]

const isExecutableFile = (file: string): boolean => {
  try {
    fs.accessSync(file, fs.constants.X_OK)
    return fs.statSync(file).isFile()
  } catch {
    return false
  }
}

/**
 * The path of a program. `probe` is an absolute path or a bare name; a name is looked up on PATH and in the system's
 * directories (sbin included). Both are then looked up under `partsPrefix`.
 */
export const findProgram = (probe: string): string | undefined => {
  const searchPath = (process.env["PATH"] ?? "").split(":").filter((dir) => path.isAbsolute(dir))
  const candidates = path.isAbsolute(probe)
    ? [probe, path.join(partsPrefix, probe)]
    : [...searchPath, ...systemDirs, ...systemDirs.map((dir) => path.join(partsPrefix, dir))].map((dir) =>
        path.join(dir, probe)
      )
  return candidates.find(isExecutableFile)
}

const reported = new Set<string>()

/**
 * Whether the part `name` is there. `probe`: a program (see `findProgram`), or any condition of the test's own.
 * Missing with CI=true: throws, so that the test file fails.
 */
export const requirePart = (name: string, probe: string | (() => boolean)): boolean => {
  const isPresent = typeof probe === "string" ? findProgram(probe) !== undefined : probe()
  if (isPresent) return true
  const what = typeof probe === "string" ? `${name} (${probe})` : name
  if (process.env["CI"] === "true") {
    throw new Error(`missing part: ${what}; .ci/packages lists what the tests need`)
  }
  if (!reported.has(what)) {
    reported.add(what)
    process.stderr.write(`\n*** SKIPPED: tests that need ${what}, which is not installed here ***\n\n`)
  }
  return false
}

/** The path of a program that a test has already required. */
export const programPath = (probe: string): string => {
  const found = findProgram(probe)
  if (found === undefined) throw new Error(`missing part: ${probe}`)
  return found
}
