/**
 * Makes sure that the development packages are installed at the pinned versions, so that a fresh clone needs one command.
 *
 * `npm ci` is not used: it fails where the registry lacks an optional package of another platform.
 */
import { spawnSync } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { fileURLToPath } from "node:url"

export const repository = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..")

/** @param {string} file */
const readJson = (file) => JSON.parse(fs.readFileSync(file, "utf8"))

/** @param {string} name */
const installedVersion = (name) => {
  try {
    return readJson(path.join(repository, "node_modules", name, "package.json")).version
  } catch {
    return undefined
  }
}

/** The packages that are missing, or there in another version than `package.json` says. */
const outdated = () =>
  Object.entries(readJson(path.join(repository, "package.json")).devDependencies).filter(
    ([name, version]) => installedVersion(name) !== version
  )

/** The environment of a npm that was started by a script of another npm, without what that one was asked to do. */
const cleanEnvironment = () =>
  Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^npm_(config_(global|prefix|location)|command)$/i.test(name)
    )
  )

export const ensureInstalled = () => {
  const missing = outdated()
  if (missing.length === 0) return
  process.stderr.write(`esmtp: installing development packages (${missing.length} missing or outdated)\n`)
  const result = spawnSync(
    "npm",
    ["install", "--include=dev", "--ignore-scripts", "--no-audit", "--no-fund"],
    {
      cwd: repository,
      env: cleanEnvironment(),
      stdio: ["ignore", 2, 2]
    }
  )
  if (result.error !== undefined) throw result.error
  if (result.status !== 0) throw new Error(`npm install failed with status ${result.status}`)
  const left = outdated().map(([name, version]) => `${name}@${version}`)
  if (left.length > 0) throw new Error(`still missing after npm install: ${left.join(", ")}`)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) ensureInstalled()
