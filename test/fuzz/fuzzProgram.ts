/**
 * The fuzzer as a program, bundled by `scripts/fuzz.mjs`: a thread that runs one target, and one that watches it.
 *
 * Arguments: the directory of corpus and findings, the target. Without a target: prints their names. A run that does not
 * end, or needs too much memory, is a finding too.
 */
import { createHash } from "node:crypto"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { isatty } from "node:tty"
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads"
import { targets } from "./allTargets.ts"
import * as Corpus from "./engine/Corpus.ts"
import * as Coverage from "./engine/Coverage.ts"
import { distil, type Finding, fuzz } from "./engine/fuzz.ts"
import { maxLength } from "./engine/mutate.ts"
import { makeRandom } from "./engine/Random.ts"

/** What the threads share: how many runs there were, the length of the input being run, and the input. */
const headerBytes = 8
const hangMillis = 20_000
const memoryMebibytes = 512

interface Task {
  readonly directory: string
  readonly name: string
  readonly seed: number
  readonly shared: SharedArrayBuffer
}

/** At once, from either thread. */
const tell = (text: string): void => {
  fs.writeSync(2, text)
}

const keepFinding = (directory: string, name: string, { input, problem }: Finding): void => {
  const findings = path.join(directory, "findings")
  fs.mkdirSync(findings, { recursive: true })
  const hash = createHash("sha256").update(input).digest("hex").slice(0, 12)
  const file = path.join(findings, `${name}-${hash}`)
  fs.writeFileSync(file, input)
  tell(`${name}: ${problem}\n  input, in ${file}:\n  ${Corpus.lineOf(input).slice(0, 2000)}\n`)
}

const work = ({ directory, name, seed, shared }: Task): void => {
  const target = targets.find((one) => one.name === name)
  if (target === undefined) throw new TypeError(`no such target: ${name}`)
  const counts = new Uint32Array(shared, 0, 2)
  const octets = new Uint8Array(shared, headerBytes)
  const corpusDirectory = path.join(directory, "corpus")
  const coverage = Coverage.ofThisProcess()
  const runs = Number(process.env["FUZZ_RUNS"] ?? Number.POSITIVE_INFINITY)
  const seconds = Number(process.env["FUZZ_SECONDS"] ?? (Number.isFinite(runs) ? 1e6 : 60))
  const startedAt = performance.now()
  const isTerminal = isatty(2)
  let summary = ""
  const result = fuzz({
    target,
    corpus: Corpus.read(corpusDirectory, name),
    coverage,
    random: makeRandom(seed),
    budget: { millis: seconds * 1000, runs },
    beforeRun: (input) => {
      counts[1] = input.length
      octets.set(input)
      counts[0] = (counts[0] ?? 0) + 1
    },
    progress: (done, inputs, places) => {
      const rate = Math.round(done / Math.max(0.001, (performance.now() - startedAt) / 1000))
      summary = `${name}: ${done} runs (${rate}/s), ${inputs} inputs, ${places} places `
      if (isTerminal) tell(`\r${summary}`)
    }
  })
  tell(isTerminal ? "\n" : `${summary}\n`)
  if (result.finding !== undefined) keepFinding(directory, name, result.finding)
  if (process.env["FUZZ_KEEP"] === "1") {
    Corpus.write(corpusDirectory, name, distil(target, result.corpus, coverage))
  }
  parentPort?.postMessage(result.finding === undefined ? 0 : 1)
}

const watch = (directory: string, name: string): void => {
  const seed = Number(process.env["FUZZ_SEED"] ?? Date.now() & 0xffffff)
  tell(`${name}: FUZZ_SEED=${seed}\n`)
  os.setPriority(os.constants.priority.PRIORITY_LOW)
  const shared = new SharedArrayBuffer(headerBytes + maxLength)
  const counts = new Uint32Array(shared, 0, 2)
  const current = () => Uint8Array.from(new Uint8Array(shared, headerBytes, counts[1] ?? 0))
  const found = (problem: string) => {
    keepFinding(directory, name, { input: current(), problem })
    process.exit(1)
  }
  const task: Task = { directory, name, seed, shared }
  const worker = new Worker(new URL(import.meta.url), {
    workerData: task,
    resourceLimits: { maxOldGenerationSizeMb: memoryMebibytes }
  })
  worker.on("message", (status: number) => process.exit(status))
  worker.on("error", (error) => found(`ended the thread: ${error.message}`))
  let [before, since] = [0, performance.now()]
  setInterval(() => {
    const now = counts[0] ?? 0
    if (now !== before) [before, since] = [now, performance.now()]
    else if (performance.now() - since > hangMillis) found("does not end")
  }, 500)
}

if (isMainThread) {
  const [directory = "", name] = process.argv.slice(2)
  if (name === undefined) process.stdout.write(`${targets.map((one) => one.name).join("\n")}\n`)
  else watch(directory, name)
} else {
  const task: Task = workerData
  work(task)
}
