/** The loop: an input is changed, thrown at the target, and kept if it reached something new. */
import type { Target } from "../Target.ts"
import type { Coverage } from "./Coverage.ts"
import { mutate } from "./mutate.ts"
import type { Random } from "./Random.ts"

export interface Finding {
  readonly input: Uint8Array
  readonly problem: string
}

export interface Budget {
  readonly millis: number
  readonly runs: number
}

export interface Options {
  readonly target: Target
  readonly corpus: ReadonlyArray<Uint8Array>
  readonly coverage: Coverage
  readonly random: Random
  readonly budget: Budget
  /** Told before each run, for whoever watches that it ends. */
  readonly beforeRun?: (input: Uint8Array) => void
  readonly progress?: (runs: number, inputs: number, places: number) => void
}

export interface Fuzzed {
  readonly runs: number
  readonly corpus: ReadonlyArray<Uint8Array>
  readonly finding?: Finding
}

/** Far beyond what linear work on `maxLength` octets takes; more means that it grows faster than the input. */
const slowMillis = 400

/** Longer inputs are thrown too, but would slow down everything if all came of them. */
const parentLength = 1024

const isSlow = (problem: string): boolean => problem.startsWith("slow")

const problemOf = (target: Target, input: Uint8Array): string | undefined => {
  const startedAt = performance.now()
  try {
    target.check(input)
  } catch (problem) {
    return problem instanceof Error ? `${problem.name}: ${problem.message}` : String(problem)
  }
  return performance.now() - startedAt > slowMillis ? `slow: ${input.length} octets` : undefined
}

/** Machines have other things to do: what is slow must be so again, by the time of the processor. */
const confirmed = (target: Target, input: Uint8Array, problem: string): string | undefined => {
  if (!isSlow(problem)) return problem
  const before = process.cpuUsage()
  target.check(input)
  const { system, user } = process.cpuUsage(before)
  return (system + user) / 1000 > slowMillis ? problem : undefined
}

/** The rule that was broken, without what is particular to the input. */
const kindOf = (problem: string): string => problem.slice(0, 24)

/** Leaves out what is not needed for the same kind of problem. */
const cutDown = (target: Target, finding: Finding): Finding => {
  if (isSlow(finding.problem)) return finding
  let { input, problem } = finding
  for (let size = Math.ceil(input.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < input.length; ) {
      const shorter = Uint8Array.from([...input.subarray(0, at), ...input.subarray(at + size)])
      const again = problemOf(target, shorter)
      if (again !== undefined && kindOf(again) === kindOf(problem)) {
        input = shorter
        problem = again
      } else at += size
    }
  }
  return { input, problem }
}

/** As few of `inputs` as reach everything, the shortest first. */
export const distil = (
  target: Target,
  inputs: ReadonlyArray<Uint8Array>,
  coverage: Coverage
): ReadonlyArray<Uint8Array> => {
  const reached = new Set<number>()
  return [...inputs]
    .sort((one, other) => one.length - other.length)
    .filter((input) => {
      coverage.reset()
      if (problemOf(target, input) !== undefined) return false
      const before = reached.size
      for (const place of coverage.reached()) reached.add(place)
      return reached.size > before
    })
}

const latin1 = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, "latin1"))

export const fuzz = ({ target, corpus, coverage, random, budget, ...watch }: Options): Fuzzed => {
  const kept: Array<Uint8Array> = []
  let words: ReadonlyArray<Uint8Array> = []
  let runs = 0

  const tryOut = (input: Uint8Array): Finding | undefined => {
    runs += 1
    watch.beforeRun?.(input)
    coverage.reset()
    const problem = problemOf(target, input)
    const isNews = coverage.learn() > 0
    const real = problem === undefined ? undefined : confirmed(target, input, problem)
    if (real !== undefined) return cutDown(target, { input, problem: real })
    if (isNews && input.length <= parentLength) kept.push(input)
    return undefined
  }

  for (const input of [...target.seeds.map(latin1), ...corpus, new Uint8Array(0)]) {
    const finding = tryOut(input)
    if (finding !== undefined) return { runs, corpus: kept, finding }
  }
  const learnWords = () => {
    words = coverage.wordsReached().map((word) => Uint8Array.from(Buffer.from(word)))
  }
  learnWords()
  const endsAt = performance.now() + budget.millis
  while (runs < budget.runs) {
    if (runs % 4096 === 0) {
      learnWords()
      watch.progress?.(runs, kept.length, coverage.total())
    }
    if (runs % 64 === 0 && performance.now() > endsAt) break
    // What was found last leads further most often.
    const recent = kept.length - 1 - random.below(Math.min(kept.length, 32))
    const parent = kept[random.rarely(3) ? recent : random.below(kept.length)] ?? new Uint8Array(0)
    const finding = tryOut(mutate(parent, { random, words, others: kept }))
    if (finding !== undefined) return { runs, corpus: kept, finding }
  }
  watch.progress?.(runs, kept.length, coverage.total())
  return { runs, corpus: kept }
}
