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

const isCount = (found: unknown, max: number): found is number =>
  typeof found === "number" && Number.isSafeInteger(found) && found >= 0 && found <= max

const nothing: Readonly<Record<string, unknown>> = {}

/** A class, as one is made for each object in each line of a long listing: closures would cost more than the reading. */
class FieldsReader implements Fields {
  private readonly source: Readonly<Record<string, unknown>>
  private readonly where: string
  private readonly findings: Findings
  private readonly asked: Array<string> = []
  private readonly children: Array<Fields> = []

  constructor(value: unknown, where: string, findings: Findings) {
    this.source = isObject(value) ? value : nothing
    this.where = where
    this.findings = findings
    if (!isObject(value)) this.note(`${where === "" ? "entry" : where}: not an object`)
  }

  private note(problem: string): void {
    this.findings.problem ??= problem
  }

  private get(name: string): unknown {
    this.asked.push(name)
    return Object.hasOwn(this.source, name) ? this.source[name] : undefined
  }

  private path(name: string): string {
    return this.where === "" ? name : `${this.where}.${name}`
  }

  private wrong<A>(name: string, expected: string, otherwise: A): A {
    this.note(`${this.path(name)}: expected ${expected}`)
    return otherwise
  }

  private list(name: string): ReadonlyArray<unknown> {
    const found = this.get(name)
    return Array.isArray(found) ? found : this.wrong(name, "a list", [])
  }

  private nested(found: unknown, place: string): Fields {
    const fields = new FieldsReader(found, place, this.findings)
    this.children.push(fields)
    return fields
  }

  problem(): string | undefined {
    return this.findings.problem
  }

  complete(): string | undefined {
    for (const name of Object.keys(this.source)) {
      if (!this.asked.includes(name)) this.note(`${this.path(name)}: unknown field`)
    }
    for (const fields of this.children) fields.complete()
    return this.findings.problem
  }

  has(name: string): boolean {
    return this.get(name) !== undefined
  }

  integer(name: string, max = Number.MAX_SAFE_INTEGER): number {
    const found = this.get(name)
    return isCount(found, max) ? found : this.wrong(name, "a whole number", 0)
  }

  text(name: string): string {
    const found = this.get(name)
    return typeof found === "string" && !hasControl(found)
      ? found
      : this.wrong(name, "text without control characters", "")
  }

  texts(name: string): ReadonlyArray<string> {
    return this.list(name).map((found) =>
      typeof found === "string" ? found : this.wrong(name, "a list of texts", "")
    )
  }

  isText(name: string): boolean {
    return typeof this.get(name) === "string"
  }

  flag(name: string): boolean {
    const found = this.get(name)
    return typeof found === "boolean" ? found : this.wrong(name, "true or false", false)
  }

  integers(name: string, max: number): ReadonlyArray<number> {
    return this.list(name).map((found) =>
      isCount(found, max) ? found : this.wrong(name, "a list of whole numbers", 0)
    )
  }

  oneOf<A extends string>(name: string, choices: ReadonlyArray<A>, otherwise: A): A {
    const found = this.get(name)
    return choices.find((choice) => choice === found) ?? this.wrong(name, choices.join(" or "), otherwise)
  }

  someOf<A extends string>(name: string, choices: ReadonlyArray<A>): ReadonlyArray<A> {
    return this.list(name).flatMap((found) => {
      const known = choices.find((choice) => choice === found)
      return known === undefined ? this.wrong(name, `a list of ${choices.join(", ")}`, []) : [known]
    })
  }

  object(name: string): Fields {
    return this.nested(this.get(name), this.path(name))
  }

  objects(name: string): ReadonlyArray<Fields> {
    return this.list(name).map((found, index) => this.nested(found, `${this.path(name)}[${index}]`))
  }
}

export const fieldsOf = (value: unknown): Fields => new FieldsReader(value, "", { problem: undefined })

/** `undefined` for text that is not JSON. */
export const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
