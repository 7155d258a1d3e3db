/**
 * Bundles the program into `dist/`: one executable entry, with chunks that load only on the path that needs them.
 *
 * The licence texts of everything bundled go with it, as those licences ask.
 */
import * as fs from "node:fs"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import * as esbuild from "esbuild"
import { repository } from "./ensureInstalled.mjs"

const outdir = path.join(repository, "dist")

/** `node_modules/a/b.js` → `a`; `node_modules/@s/a/b.js` → `@s/a`. @param {string} input */
const packageOf = (input) => {
  const tail = input.split("node_modules/").at(-1) ?? ""
  const [first = "", second = ""] = tail.split("/")
  return first.startsWith("@") ? `${first}/${second}` : first
}

/** @param {ReadonlyArray<string>} packages */
const licenceTexts = (packages) =>
  packages
    .map((name) => {
      const directory = path.join(repository, "node_modules", name)
      const { version, license } = JSON.parse(fs.readFileSync(path.join(directory, "package.json"), "utf8"))
      const file = fs.readdirSync(directory).find((entry) => /^licen[cs]e/i.test(entry))
      const text = file === undefined ? "" : fs.readFileSync(path.join(directory, file), "utf8").trim()
      return `${name} ${version} (${license})\n\n${text}\n`
    })
    .join(`\n${"-".repeat(72)}\n\n`)

/** Writes through a temporary name, so that no program that starts meanwhile sees half a file. */
const replaceFile = (
  /** @type {string} */ file,
  /** @type {string | Uint8Array} */ contents,
  mode = 0o644
) => {
  const temporary = `${file}.${process.pid}.new`
  fs.writeFileSync(temporary, contents, { mode })
  fs.chmodSync(temporary, mode)
  fs.renameSync(temporary, file)
}

/** Builds into `dist/` and returns esbuild's account of what went where. */
export const build = async () => {
  const { metafile, outputFiles } = await esbuild.build({
    absWorkingDir: repository,
    entryPoints: ["src/main.ts"],
    outdir: "dist",
    outExtension: { ".js": ".mjs" },
    bundle: true,
    splitting: true,
    platform: "node",
    format: "esm",
    target: "node20",
    metafile: true,
    write: false,
    logLevel: "warning"
  })
  const bundled = Object.keys(metafile.inputs).filter((input) => input.includes("node_modules/"))
  const packages = [...new Set(bundled.map(packageOf))].sort()

  fs.mkdirSync(outdir, { recursive: true })
  const chunks = outputFiles.filter((file) => path.basename(file.path) !== "main.mjs")
  const entry = outputFiles.filter((file) => path.basename(file.path) === "main.mjs")
  for (const file of chunks) replaceFile(file.path, file.contents)
  for (const file of entry) replaceFile(file.path, file.contents, 0o755)
  replaceFile(path.join(outdir, "THIRD-PARTY-LICENSES.txt"), licenceTexts(packages))

  const current = new Set([
    "THIRD-PARTY-LICENSES.txt",
    ...outputFiles.map((file) => path.basename(file.path))
  ])
  for (const entry of fs.readdirSync(outdir, { withFileTypes: true })) {
    // Directories are the library's: `buildLibrary.mjs`.
    if (entry.isFile() && !current.has(entry.name)) fs.rmSync(path.join(outdir, entry.name))
  }
  return metafile
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await build()
