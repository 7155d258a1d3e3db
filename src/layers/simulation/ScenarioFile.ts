/** A scenario from its file: read, held against its form, and made a value. Every fault is told with its place. */
import { readFile } from "node:fs/promises"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import { ConfigError } from "../../domain/config/ConfigError.ts"
import type { Scenario } from "../../domain/simulation/Scenario.ts"
import { ScenarioDocument } from "../../domain/simulation/ScenarioSchema.ts"
import { scenarioOf } from "../../domain/simulation/ScenarioText.ts"
import { printable } from "../../domain/telemetry/Printable.ts"

const decodeJson = Schema.decodeUnknownEither(Schema.parseJson())
const decodeDocument = Schema.decodeUnknownEither(ScenarioDocument, {
  errors: "all",
  onExcessProperty: "error"
})

/** `relays[0].rules[2].delay` */
const placeOf = (keys: ReadonlyArray<PropertyKey>): string =>
  keys.reduce<string>((place, key) => {
    if (typeof key === "number") return `${place}[${key}]`
    return place === "" ? String(key) : `${place}.${String(key)}`
  }, "")

/** The deepest is the most telling: of the alternatives of a union it belongs to the one that was meant. */
const problemOf = (error: ParseResult.ParseError): string => {
  const issues = ParseResult.ArrayFormatter.formatErrorSync(error)
  const [issue] = [...issues].sort((one, other) => other.path.length - one.path.length)
  if (issue === undefined) return error.message
  const place = placeOf(issue.path)
  const message = issue._tag === "Unexpected" ? "is no property that a scenario knows here" : issue.message
  return `${place === "" ? "the file" : place}: ${printable(message.replace(/\s+/g, " "), 300)}`
}

/** `path`: for messages. */
export const parse = (text: string, path: string): Either.Either<Scenario, ConfigError> =>
  Either.gen(function* () {
    const json = yield* Either.mapLeft(
      decodeJson(text),
      (error) =>
        new ConfigError({
          path,
          reason: "Syntax",
          detail: `not JSON: ${printable(error.message.split("\n").at(-1)?.trim() ?? "", 200)}`
        })
    )
    const document = yield* Either.mapLeft(
      decodeDocument(json),
      (error) => new ConfigError({ path, reason: "Value", detail: problemOf(error) })
    )
    return scenarioOf(document)
  })

const reasons: ReadonlyMap<string, ConfigError["reason"]> = new Map([["ENOENT", "NotFound"]])

const unreadable = (path: string) => (cause: unknown) => {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : ""
  const reason = reasons.get(code) ?? "Unreadable"
  const detail = reason === "NotFound" ? `No scenario file found at ${path}` : `can't be read (${code})`
  return new ConfigError({ path, reason, detail })
}

export const read = (path: string): Effect.Effect<Scenario, ConfigError> =>
  Effect.tryPromise({ try: () => readFile(path, "utf8"), catch: unreadable(path) }).pipe(
    Effect.flatMap((text) => parse(text, path))
  )
