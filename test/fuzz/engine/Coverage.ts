/** What an input reached: the counters that `scripts/instrument.mjs` puts into the code. */

interface FileWords {
  readonly first: number
  readonly end: number
  readonly words: ReadonlyArray<string>
}

export interface Coverage {
  readonly reset: () => void
  /** How many counters were at a new height; they are remembered. */
  readonly learn: () => number
  /** What was reached, as a set of counter and height. */
  readonly reached: () => ReadonlySet<number>
  /** The texts in the files of which something was reached. */
  readonly wordsReached: () => ReadonlyArray<string>
  readonly total: () => number
}

/** 1, 2, 3, 4–7, 8–15, 16–31, 32–127, 128 and more: once more often is only news at small numbers. */
const heights = Uint8Array.from({ length: 256 }, (_, count) => {
  if (count < 4) return count === 0 ? 0 : 1 << (count - 1)
  if (count < 8) return 8
  if (count < 16) return 16
  if (count < 32) return 32
  return count < 128 ? 64 : 128
})

export const makeCoverage = (counters: Uint8Array, files: ReadonlyArray<FileWords>): Coverage => {
  const end = Math.max(0, ...files.map((file) => file.end))
  const seen = new Uint8Array(end)
  const reached = () => {
    const set = new Set<number>()
    for (let at = 0; at < end; at++) {
      const count = counters[at] ?? 0
      if (count > 0) set.add(at * 256 + (heights[count] ?? 0))
    }
    return set
  }
  return {
    reset: () => {
      counters.fill(0, 0, end)
    },
    learn: () => {
      let news = 0
      for (let at = 0; at < end; at++) {
        const count = counters[at] ?? 0
        if (count === 0) continue
        const height = heights[count] ?? 0
        const before = seen[at] ?? 0
        if ((before & height) !== 0) continue
        seen[at] = before | height
        news += 1
      }
      return news
    },
    reached,
    wordsReached: () =>
      files
        .filter((file) => seen.subarray(file.first, file.end).some((height) => height > 0))
        .flatMap(({ words }) => words),
    total: () => seen.reduce((sum, height) => sum + (height > 0 ? 1 : 0), 0)
  }
}

/** Of this process. Nothing is counted where the code is not instrumented. */
export const ofThisProcess = (): Coverage => {
  const counters: unknown = Reflect.get(globalThis, "fuzzCounters")
  const files: unknown = Reflect.get(globalThis, "fuzzWords")
  return makeCoverage(
    counters instanceof Uint8Array ? counters : new Uint8Array(0),
    Array.isArray(files) ? files : []
  )
}
