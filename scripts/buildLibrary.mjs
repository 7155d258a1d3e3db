/**
 * Compiles what programs import (`esmtp`, `esmtp/simulation`) into `dist/lib/`: a module for each source file, with its
 * types. Nothing is bundled: `effect` is that of the program, as its services must be the same for both.
 */
import { spawnSync } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import { repository } from "./ensureInstalled.mjs"

const target = path.join(repository, "dist/lib")

/** The compiler leaves `.ts` in declarations, which only a compiler that is told so would accept. @param {string} text */
const withRealExtensions = (text) =>
  text.replace(/(\bfrom |\bimport\()("\.{1,2}\/[^"]+)\.ts"/g, (_, before, path) => `${before}${path}.js"`)

/** @param {string} directory */
const compile = (directory) => {
  const compiler = path.join(repository, "node_modules/typescript/bin/tsc")
  const args = [compiler, "--project", "tsconfig.library.json", "--outDir", directory]
  const result = spawnSync(process.execPath, args, { cwd: repository, stdio: ["ignore", 2, 2] })
  if (result.error !== undefined) throw result.error
  if (result.status !== 0) throw new Error(`tsc failed with status ${result.status}`)
}

/** @param {string} directory */
const filesIn = (directory) =>
  fs
    .readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(directory, path.join(entry.parentPath, entry.name)))

/** @param {string} file */
const textIn = (file) => (fs.existsSync(file) ? fs.readFileSync(file, "utf8") : undefined)

/** Through a temporary name and only where something changed, so that whoever reads meanwhile finds all there is. */
const replaceFile = (/** @type {string} */ file, /** @type {string} */ text) => {
  if (textIn(file) === text) return
  fs.mkdirSync(path.dirname(file), { recursive: true })
  const temporary = `${file}.${process.pid}.new`
  fs.writeFileSync(temporary, text)
  fs.renameSync(temporary, file)
}

export const buildLibrary = () => {
  const fresh = fs.mkdtempSync(path.join(os.tmpdir(), "esmtp-lib-"))
  try {
    compile(fresh)
    const current = filesIn(fresh)
    for (const name of current) {
      const text = fs.readFileSync(path.join(fresh, name), "utf8")
      replaceFile(path.join(target, name), name.endsWith(".d.ts") ? withRealExtensions(text) : text)
    }
    for (const name of filesIn(target)) {
      if (!current.includes(name)) fs.rmSync(path.join(target, name), { force: true })
    }
  } finally {
    fs.rmSync(fresh, { recursive: true, force: true })
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) buildLibrary()
