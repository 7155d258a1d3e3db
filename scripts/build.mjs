/**
 * Bundles the program into `dist/`: the program in one file, and a small executable that runs it from its code cache.
 *
 * The licence texts of everything bundled go with it, as those licences ask.
 */
import { spawnSync } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import * as esbuild from "esbuild"
import { identityLength, shortDigest } from "./codeCacheFile.mjs"
import { repository } from "./ensureInstalled.mjs"
import { lighterEffect } from "./lighterEffect.mjs"

const outdir = path.join(repository, "dist")

/** `node_modules/a/b.js` → `a`; `node_modules/@s/a/b.js` → `@s/a`. @param {string} input */
const packageOf = (input) => {
  const tail = input.split("node_modules/").at(-1) ?? ""
  const [first = "", second = ""] = tail.split("/")
  return first.startsWith("@") ? `${first}/${second}` : first
}

/** Whatever is bundled of others. @param {import("esbuild").Metafile} metafile */
export const packagesIn = ({ inputs }) => {
  const bundled = Object.keys(inputs).filter((input) => input.includes("node_modules/"))
  return [...new Set(bundled.map(packageOf))].sort()
}

/** @param {ReadonlyArray<string>} packages */
export const licenceTexts = (packages) =>
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

/** Of everything that is bundled. @satisfies {import("esbuild").BuildOptions} */
export const bundleOptions = {
  absWorkingDir: repository,
  bundle: true,
  platform: /** @type {const} */ ("node"),
  plugins: [lighterEffect],
  target: "node20",
  logLevel: /** @type {const} */ ("warning")
}

/**
 * The whole program as one function of `require`, with a digest at the end by which its code cache is told from those of
 * others. CommonJS, as that is what V8's code cache is good for; what is imported when it is needed stays so.
 */
export const bundleProgram = async () => {
  const { metafile, outputFiles } = await esbuild.build({
    ...bundleOptions,
    entryPoints: ["src/main.ts"],
    format: "cjs",
    supported: { "dynamic-import": false },
    minify: true,
    legalComments: "none",
    metafile: true,
    write: false
  })
  const code = (outputFiles[0]?.text ?? "").replace(/^#!.*\n/, "")
  const identity = shortDigest(code)
  return { metafile, text: `(function (require) {${code}})\n//${identity}\n` }
}

/** One of the small programs around it. @param {string} name */
export const bundleScript = async (name) => {
  const { outputFiles } = await esbuild.build({
    ...bundleOptions,
    entryPoints: [`scripts/${name}.mjs`],
    format: "cjs",
    write: false
  })
  return outputFiles[0]?.text ?? ""
}

const hashbang = "#!/usr/bin/env node\n"

/** Builds into `dist/` and returns esbuild's account of what went where. */
export const build = async () => {
  const [program, launcher, codeCache] = await Promise.all([
    bundleProgram(),
    bundleScript("launcher"),
    bundleScript("codeCache")
  ])
  const packages = packagesIn(program.metafile)

  fs.mkdirSync(outdir, { recursive: true })
  /** @type {ReadonlyArray<readonly [name: string, text: string, mode?: number]>} */
  const files = [
    ["program.cjs", program.text],
    ["codeCache.cjs", codeCache],
    ["main.cjs", `${hashbang}${launcher}`, 0o755],
    // For whoever calls it by the name that it had.
    ["main.mjs", `${hashbang}import "./main.cjs"\n`, 0o755],
    ["THIRD-PARTY-LICENSES.txt", licenceTexts(packages)]
  ]
  for (const [name, text, mode] of files) replaceFile(path.join(outdir, name), text, mode)
  spawnSync(process.execPath, [path.join(outdir, "codeCache.cjs")], { stdio: "ignore" })

  const identity = program.text.slice(-identityLength - 1, -1)
  const isCurrent = (/** @type {string} */ name) =>
    files.some(([file]) => file === name) || name.startsWith(`program.cjs.${identity}.`)
  for (const entry of fs.readdirSync(outdir, { withFileTypes: true })) {
    // Directories are the library's: `buildLibrary.mjs`.
    if (entry.isFile() && !isCurrent(entry.name)) fs.rmSync(path.join(outdir, entry.name))
  }
  return program.metafile
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await build()
