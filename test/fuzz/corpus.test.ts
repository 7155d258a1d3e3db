/** Replays what the fuzzer found, and shows that it finds. */
import * as fs from "node:fs"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { instrument } from "../../scripts/instrument.mjs"
import { targets } from "./allTargets.ts"
import * as Corpus from "./engine/Corpus.ts"
import { type Coverage, makeCoverage } from "./engine/Coverage.ts"
import { distil, fuzz } from "./engine/fuzz.ts"
import { makeRandom } from "./engine/Random.ts"
import { type Target, toOctets, toText } from "./Target.ts"

const corpus = path.resolve(import.meta.dirname, "../../fuzz/corpus")

describe("the corpus", () => {
  it.each(targets.map((target) => [target.name, target] as const))("of %s breaks no rule", (name, target) => {
    const inputs = Corpus.read(corpus, name)
    assert.isNotEmpty(inputs)
    for (const input of [...target.seeds.map(toOctets), ...inputs]) target.check(input)
  })

  it("holds inputs of no other target", () => {
    const names = targets.map(({ name }) => `${name}.jsonl`)
    assert.deepStrictEqual(fs.readdirSync(corpus).sort(), names.sort())
  })

  it("is written as plain text, and read as the octets it was", () => {
    const every = Uint8Array.from({ length: 256 }, (_, octet) => octet)
    assert.match(Corpus.lineOf(every), /^[ -~]+$/)
    assert.strictEqual(JSON.parse(Corpus.lineOf(every)), toText(every))
  })
})

/** A lock that opens to one word only, and says at each letter whether it was right. */
const lockSource = `
export const open = (text) => {
  const word = "fuZ7"
  for (let at = 0; at < 4; at++) {
    if (text[at] !== word[at]) return at
  }
  throw new TypeError("open")
}`

/** The code as the fuzzer runs it. */
const runInstrumented = (
  source: string
): { readonly open: (text: string) => number; readonly coverage: Coverage } => {
  const { code } = instrument(source, 0)
  const counters = new Uint8Array(256)
  const words: Array<{ first: number; end: number; words: ReadonlyArray<string> }> = []
  const body = code.replace("export const open =", "return").replaceAll("globalThis.", "")
  const make: unknown = new Function("fuzzCounters", "fuzzWords", body)
  if (typeof make !== "function") throw new TypeError("no function")
  return { open: make(counters, words), coverage: makeCoverage(counters, words) }
}

const lock = (): { readonly target: Target; readonly coverage: Coverage } => {
  const { coverage, open } = runInstrumented(lockSource)
  return { target: { name: "lock", seeds: [], check: (input) => void open(toText(input)) }, coverage }
}

describe("the fuzzer", () => {
  const budget = { millis: 20_000, runs: 300_000 }

  it("is led by what its inputs reach", () => {
    const { coverage, target } = lock()
    const { finding, runs } = fuzz({ target, corpus: [], coverage, random: makeRandom(1), budget })
    assert.strictEqual(finding?.problem, "TypeError: open")
    // Cut down to what is needed.
    assert.strictEqual(toText(finding?.input ?? new Uint8Array(0)), "fuZ7")
    assert.isBelow(runs, 200_000)
  })

  it("finds nothing there if it may not see what they reach", () => {
    const { target } = lock()
    const blind = makeCoverage(new Uint8Array(0), [])
    const few = { ...budget, runs: 50_000 }
    const result = fuzz({ target, corpus: [], coverage: blind, random: makeRandom(1), budget: few })
    assert.isUndefined(result.finding)
  })

  it("keeps as few inputs as reach everything", () => {
    const { coverage, target } = lock()
    const inputs = ["x", "f", "fx", "fy", "fu", "fuZ", "fuZZ"].map(toOctets)
    assert.deepStrictEqual(distil(target, inputs, coverage).map(toText), ["x", "f", "fu", "fuZ"])
  })
})

describe("instrumented code", () => {
  it("does what it did before", () => {
    const source = `
export const open = (text) => {
  const pick = (n) => n > 1 ? { n } : null ?? (n || 5)
  let made = ""
  for (const c of text) if (c === "a") made += "A"; else if (c === "b") { made += "B" } else made += c
  switch (text.length) { case 1: made += "1"; break; case 2: case 3: made += "2"; default: made += "d" }
  do made += "."; while (made.length < 9)
  try { text.at(0).x.y } catch { made += "!" }
  const late = async function* () { yield (await made) }
  class Box { get = () => (text, made) }
  return [made, pick(2), pick(0), new Box().get(), typeof late().next].join()
}`
    const body = source.replace("export const open =", "return")
    const plain: unknown = new Function(body)
    if (typeof plain !== "function") throw new TypeError("no function")
    for (const text of ["", "a", "ab", "abcdefghijk"]) {
      assert.strictEqual(runInstrumented(source).open(text), plain()(text))
    }
  })
})
