/** Inputs as files of the repository: one a line, a JSON text with one character for each octet. */
import * as fs from "node:fs"
import * as path from "node:path"

/** What is longer has its place in a test of its own. */
const keptLength = 160
/** Of one target. The shortest come first. */
const keptInputs = 120

const fileOf = (directory: string, target: string): string => path.join(directory, `${target}.jsonl`)

export const read = (directory: string, target: string): ReadonlyArray<Uint8Array> => {
  const file = fileOf(directory, target)
  if (!fs.existsSync(file)) return []
  return fs
    .readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const text: unknown = JSON.parse(line)
      return Uint8Array.from(Buffer.from(String(text), "latin1"))
    })
}

export const lineOf = (input: Uint8Array): string =>
  // Everything but plain ASCII is spelled out, so that no editor, diff or terminal acts on it.
  JSON.stringify(Buffer.from(input).toString("latin1")).replace(
    /[\x7f-\xff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`
  )

export const write = (directory: string, target: string, inputs: ReadonlyArray<Uint8Array>): void => {
  fs.mkdirSync(directory, { recursive: true })
  const short = inputs.filter(({ length }) => length <= keptLength).slice(0, keptInputs)
  const lines = short.map((input) => `${lineOf(input)}\n`)
  fs.writeFileSync(fileOf(directory, target), lines.join(""))
}
