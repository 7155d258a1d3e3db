/**
 * Fuzzes the parsers: `npm run fuzz [-- target…]`. Without targets: all of them, one after the other.
 *
 * FUZZ_SECONDS: time for each target, 60 if not given. FUZZ_RUNS: inputs for each target instead. FUZZ_SEED: repeats a run.
 * FUZZ_KEEP=1: what reached something new goes into `fuzz/corpus`, as little of it as reaches everything.
 * What breaks a rule is cut down, printed, and kept in `fuzz/findings`; then the status is 1.
 */
import { spawnSync } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import * as esbuild from "esbuild"
import { repository } from "./ensureInstalled.mjs"
import { counterCount, instrument } from "./instrument.mjs"

/** What is written for the fuzzer's eyes: the domain, whose code decides. @returns {esbuild.Plugin} */
const instrumented = () => {
  let counter = 0
  return {
    name: "instrumented",
    setup: (build) => {
      build.onLoad({ filter: /\/src\/domain\/.*\.ts$/ }, async ({ path: file }) => {
        const { code } = await esbuild.transform(fs.readFileSync(file, "utf8"), { loader: "ts" })
        const made = instrument(code, counter)
        counter = made.nextCounter
        return { contents: made.code, loader: "js" }
      })
    }
  }
}

/** Bundles the fuzzer with its targets. @param {string} outfile */
export const buildFuzzer = (outfile) =>
  esbuild.build({
    absWorkingDir: repository,
    entryPoints: ["test/fuzz/fuzzProgram.ts"],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    banner: {
      js: `globalThis.fuzzCounters = new Uint8Array(${counterCount}); globalThis.fuzzWords = [];`
    },
    plugins: [instrumented()],
    logLevel: "warning"
  })

const main = async () => {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "esmtp-fuzz-"))
  const program = path.join(directory, "fuzz.mjs")
  try {
    await buildFuzzer(program)
    const run = (/** @type {ReadonlyArray<string>} */ ...args) =>
      spawnSync(process.execPath, [program, path.join(repository, "fuzz"), ...args], {
        stdio: ["ignore", args.length === 0 ? "pipe" : "inherit", "inherit"],
        encoding: "utf8"
      })
    const asked = process.argv.slice(2)
    const targets = asked.length > 0 ? asked : run().stdout.trim().split("\n")
    const failed = targets.filter((target) => run(target).status !== 0)
    if (failed.length === 0) return 0
    process.stderr.write(`fuzz: broken: ${failed.join(", ")}\n`)
    return 1
  } finally {
    fs.rmSync(directory, { recursive: true })
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = await main()
