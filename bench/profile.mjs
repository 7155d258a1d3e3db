/**
 * `npm run profile`: where the processor's time goes, module by module, from the start of a `sendmail` to its end, and while
 * a queue of 1,000 messages is drained.
 *
 * What is profiled is a bundle of its own, neither minified nor cached, in which the bundler's comments tell where each
 * module begins: compiling shows here, which the code cache of the installed program saves.
 */
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import * as esbuild from "esbuild"
import { makeCertificates } from "../scripts/certificates.mjs"
import { messageOf, repository } from "./clients/client.mjs"
import { installFrom } from "./clients/ours.mjs"
import { run } from "./commands.mjs"
import { startNetwork } from "./network.mjs"

/** @typedef {{ readonly id: number, readonly callFrame: { readonly url: string, readonly lineNumber: number, readonly functionName: string } }} ProfileNode */
/** @typedef {{ readonly nodes: ReadonlyArray<ProfileNode>, readonly samples: ReadonlyArray<number>, readonly timeDeltas: ReadonlyArray<number> }} Profile */

const shownModules = 15

/** @type {Map<string, ReadonlyArray<string>>} */
const texts = new Map()

/** @param {string} file */
const linesOf = (file) => {
  const known = texts.get(file)
  if (known !== undefined) return known
  const lines = fs.existsSync(file) ? fs.readFileSync(file, "utf8").split("\n") : []
  texts.set(file, lines)
  return lines
}

/** The name that the bundler wrote above the module. @param {ProfileNode["callFrame"]} frame */
const moduleOf = ({ url, lineNumber, functionName }) => {
  if (url.startsWith("node:")) return `Node: ${url.replace(/^node:(internal\/)?/, "").split("/")[0]}`
  if (url === "") return functionName.startsWith("(") ? functionName : `Node: ${functionName} (native)`
  const file = url.startsWith("file:") ? fileURLToPath(url) : url
  const lines = linesOf(file)
  for (let line = lineNumber; line >= 0; line--) {
    const [, name] = /^\s*\/\/ ((?:src|node_modules)\/\S+)$/.exec(lines[line] ?? "") ?? []
    if (name !== undefined) return name.replace(/^node_modules\//, "").replace("/dist/esm/", "/")
  }
  return path.basename(file)
}

/** Milliseconds of self-time by module, longest first. @param {Profile} profile */
const summarise = ({ nodes, samples, timeDeltas }) => {
  const modules = new Map(nodes.map(({ id, callFrame }) => [id, moduleOf(callFrame)]))
  /** @type {Map<string, number>} */
  const totals = new Map()
  for (const [index, id] of samples.entries()) {
    const name = modules.get(id) ?? "unknown"
    totals.set(name, (totals.get(name) ?? 0) + (timeDeltas[index] ?? 0) / 1000)
  }
  totals.delete("(idle)")
  return [...totals].sort(([, a], [, b]) => b - a)
}

/** @param {string} directory */
const bundle = async (directory) => {
  await esbuild.build({
    absWorkingDir: repository,
    entryPoints: ["src/main.ts"],
    outdir: path.join(directory, "program"),
    outExtension: { ".js": ".mjs" },
    ...{ bundle: true, splitting: true, platform: "node", format: "esm", target: "node20" },
    logLevel: "warning"
  })
  const program = path.join(directory, "program/main.mjs")
  fs.chmodSync(program, 0o755)
  return program
}

/** @param {string} title @param {string} directory */
const report = (title, directory) => {
  const [name] = fs.readdirSync(directory).filter((file) => file.endsWith(".cpuprofile"))
  if (name === undefined) throw new Error("no profile was written")
  const totals = summarise(JSON.parse(fs.readFileSync(path.join(directory, name), "utf8")))
  const sum = totals.reduce((total, [, millis]) => total + millis, 0)
  const lines = totals
    .slice(0, shownModules)
    .map(
      ([module, millis]) =>
        `${millis.toFixed(1).padStart(9)} ms ${((100 * millis) / sum).toFixed(0).padStart(3)} %  ${module}`
    )
  process.stdout.write(`${title}: ${sum.toFixed(0)} ms\n${lines.join("\n")}\n\n`)
}

/** `args[0]` is one of our names. @param {string} work @param {string} part @param {ReadonlyArray<string>} args @param {string} [stdin] */
const profiled = async (work, part, args, stdin) => {
  const directory = path.join(work, part)
  fs.mkdirSync(directory)
  const flags = ["--cpu-prof", "--cpu-prof-interval", "200", "--cpu-prof-dir", directory]
  await run({ file: process.execPath, args: [...flags, ...args], env: { HOME: work } }, stdin)
  return directory
}

const work = fs.mkdtempSync(path.join(os.tmpdir(), "esmtp-profile-"))
const { certificate, key } = await makeCertificates()
const network = startNetwork({ certificate, key })
try {
  const { port, security } = await network.open({ security: "plain", offersChunking: true })
  const { submit, fill } = await installFrom(await bundle(work))({ port, security, authorityPath: "", work })
  const message = messageOf(4096)
  await run(submit, message)
  report("One message", await profiled(work, "start", [submit.file, ...submit.args], message))
  await fill?.(message, 1000)
  report("Draining 1,000 messages", await profiled(work, "drain", [path.join(work, "deliver")]))
} finally {
  network.stop()
  fs.rmSync(work, { recursive: true, force: true })
}
