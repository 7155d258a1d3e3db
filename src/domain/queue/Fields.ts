/**
 * Reads a decoded JSON object field by field, and remembers the first thing that is not as it should be.
 *
 * Total and without a schema library: it runs before every listing line and on the start-up path of `sendmail`.
 * Strict: a field that nobody asked for is a problem too, because its meaning would be lost.
 */
import { hasControl } from "../telemetry/Printable.ts"

export interface Fields {
  /** The first problem met, `undefined` as long as all is well. */
  readonly problem: () => string | undefined
  /** As `problem`, and no field may be left unread. To be asked last. */
  readonly complete: () => string | undefined
  readonly has: (name: string) => boolean
  readonly integer: (name: string, max?: number) => number
  /** Without control characters. */
  readonly text: (name: string) => string
  /** Any text at all: command line arguments. */
  readonly texts: (name: string) => ReadonlyArray<string>
  readonly isText: (name: string) => boolean
  readonly flag: (name: string) => boolean
  readonly integers: (name: string, max: number) => ReadonlyArray<number>
  readonly oneOf: <A extends string>(name: string, choices: ReadonlyArray<A>, otherwise: A) => A
  readonly someOf: <A extends string>(name: string, choices: ReadonlyArray<A>) => ReadonlyArray<A>
  readonly object: (name: string) => Fields
  readonly objects: (name: string) => ReadonlyArray<Fields>
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

interface Findings {
  problem: string | undefined
}

const readingFrom = (value: unknown, where: string, findings: Findings): Fields => {
  const source = isObject(value) ? value : {}
  const asked = new Set<string>()
  const note = (problem: string) => {
    findings.problem ??= problem
  }
  if (!isObject(value)) note(`${where === "" ? "entry" : where}: not an object`)
  const get = (name: string): unknown => {
    asked.add(name)
    return Object.hasOwn(source, name) ? source[name] : undefined
  }
  const path = (name: string) => (where === "" ? name : `${where}.${name}`)
  const wrong = <A>(name: string, expected: string, otherwise: A): A => {
    note(`${path(name)}: expected ${expected}`)
    return otherwise
  }
  const list = (name: string): ReadonlyArray<unknown> => {
    const found = get(name)
    return Array.isArray(found) ? found : wrong(name, "a list", [])
  }
  const isCount = (found: unknown, max: number): found is number =>
    typeof found === "number" && Number.isSafeInteger(found) && found >= 0 && found <= max
  const children: Array<Fields> = []
  const nested = (found: unknown, place: string): Fields => {
    const fields = readingFrom(found, place, findings)
    children.push(fields)
    return fields
  }
  return {
    problem: () => findings.problem,
    complete: () => {
      for (const name of Object.keys(source)) if (!asked.has(name)) note(`${path(name)}: unknown field`)
      for (const fields of children) fields.complete()
      return findings.problem
    },
    has: (name) => get(name) !== undefined,
    integer: (name, max = Number.MAX_SAFE_INTEGER) => {
      const found = get(name)
      return isCount(found, max) ? found : wrong(name, "a whole number", 0)
    },
    text: (name) => {
      const found = get(name)
      return typeof found === "string" && !hasControl(found)
        ? found
        : wrong(name, "text without control characters", "")
    },
    texts: (name) =>
      list(name).map((found) => (typeof found === "string" ? found : wrong(name, "a list of texts", ""))),
    isText: (name) => typeof get(name) === "string",
    flag: (name) => {
      const found = get(name)
      return typeof found === "boolean" ? found : wrong(name, "true or false", false)
    },
    integers: (name, max) =>
      list(name).map((found) => (isCount(found, max) ? found : wrong(name, "a list of whole numbers", 0))),
    oneOf: (name, choices, otherwise) => {
      const found = get(name)
      return choices.find((choice) => choice === found) ?? wrong(name, choices.join(" or "), otherwise)
    },
    someOf: (name, choices) =>
      list(name).flatMap((found) => {
        const known = choices.find((choice) => choice === found)
        return known === undefined ? wrong(name, `a list of ${choices.join(", ")}`, []) : [known]
      }),
    object: (name) => nested(get(name), path(name)),
    objects: (name) => list(name).map((found, index) => nested(found, `${path(name)}[${index}]`))
  }
}

export const fieldsOf = (value: unknown): Fields => readingFrom(value, "", { problem: undefined })

/** `undefined` for text that is not JSON. */
export const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
