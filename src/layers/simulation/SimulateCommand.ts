/**
 * `esmtp simulate`: plays a scenario, or one command line over a relay that takes everything, and shows what came of it.
 *
 * The configuration is that of `-C`, else the scenario's, else the user's own. Exit status: 65 where something is not as
 * the scenario expects, else that of the run.
 */
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import type { ConfigError } from "../../domain/config/ConfigError.ts"
import type { Invocation } from "../../domain/invocation/Invocation.ts"
import { SysExit } from "../../domain/invocation/SysExit.ts"
import type { EsmtpError } from "../../domain/invocation/SysExits.ts"
import { firstMismatch, type Mismatch } from "../../domain/simulation/Expectations.ts"
import { empty, type Scenario } from "../../domain/simulation/Scenario.ts"
import * as TimelineText from "../../domain/simulation/TimelineText.ts"
import { Config } from "../../services/Config.ts"
import { LocalSystem } from "../../services/LocalSystem.ts"
import { StandardInput } from "../../services/StandardInput.ts"
import { StandardStreams } from "../../services/StandardStreams.ts"
import * as ScenarioFile from "./ScenarioFile.ts"
import * as ScenarioRun from "./ScenarioRun.ts"

type Request = Extract<Invocation, { readonly _tag: "Simulate" }>

type Needs = StandardInput | StandardStreams | LocalSystem

const defaultColumns = 80

/** The scenario in its file, or one without surprises. */
const told = ({ scenarioPath }: Request): Effect.Effect<Scenario, ConfigError> =>
  scenarioPath === undefined ? Effect.succeed(empty) : ScenarioFile.read(scenarioPath)

/** The message of the command line takes the place of the scenario's own. */
const withMessage = (scenario: Scenario, { invocation, sendmail = [] }: Request) =>
  Effect.gen(function* () {
    if (invocation === undefined) return scenario
    const { expect: _expect, ...rest } = scenario
    const { message } = yield* StandardInput
    const input =
      invocation._tag === "Submit" ? message({ ignoreDots: invocation.request.ignoreDots }) : Stream.empty
    const octets = Chunk.toReadonlyArray(
      yield* Stream.runCollect(Stream.map(input, (chunk) => chunk.slice()))
    )
    const arrival = {
      at: scenario.startAt,
      count: 1,
      everyMillis: 0,
      argv: sendmail,
      input: new TextDecoder("latin1").decode(concat(octets))
    }
    return { ...rest, arrivals: [arrival] }
  })

const concat = (parts: ReadonlyArray<Uint8Array>): Uint8Array => {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

const withWorld = (
  scenario: Scenario,
  { common, scenarioPath, seed }: Request,
  configuration: Layer.Layer<Config, ConfigError, LocalSystem>
) =>
  Effect.gen(function* () {
    const isOwn = common.configPath !== undefined || scenario.world.rc === undefined
    const settings = isOwn ? yield* Effect.provide(Config, configuration) : undefined
    const { fullName, home, hostName, userName } = yield* LocalSystem
    const user = { userName, home: home ?? "/", hostName, ...(fullName !== undefined && { fullName }) }
    return {
      ...scenario,
      world: {
        ...(scenarioPath === undefined && { user }),
        ...scenario.world,
        ...(settings !== undefined && { settings }),
        ...(seed !== undefined && { seed }),
        keepsEvents: scenarioPath === undefined || common.verbose
      }
    }
  })

/** Events before and after the first that is wrong. */
const context = { before: 12, after: 6 }

const trace = (
  { events, startAt }: ScenarioRun.Played,
  { after = events.length, expected, found }: Mismatch
): ReadonlyArray<string> => {
  const lines = (from: number, to: number) =>
    events.slice(Math.max(0, from), to).flatMap((event) => TimelineText.eventLine(startAt, event) || [])
  return [
    "",
    "not as expected",
    ...lines(after - context.before, after).map((line) => `  ${line}`),
    `> expected ${expected}`,
    `> found    ${found}`,
    ...lines(after, after + context.after).map((line) => `  ${line}`)
  ]
}

const spoken = ({ events, transcript }: ScenarioRun.Played): ReadonlyArray<string> => [
  ...(transcript === "" ? [] : [transcript.replaceAll("\r", "").trimEnd(), ""]),
  ...events.flatMap((event) =>
    event._tag === "Ran" && event.error + event.out !== "" ? [`${event.out}${event.error}`.trimEnd(), ""] : []
  )
]

/** Few enough to be told one by one. */
const maxLines = 40

const report = (scenario: Scenario, played: ScenarioRun.Played, isShort: boolean): ReadonlyArray<string> => {
  const { endAt, events, startAt, totals } = played
  const lines = events.flatMap((event) => TimelineText.eventLine(startAt, event) || [])
  return [
    ...(isShort ? spoken(played) : [scenario.title, `from ${new Date(startAt).toISOString()}`, ""]),
    ...(isShort ? [] : [...TimelineText.chart(startAt, endAt, events, defaultColumns), ""]),
    ...(lines.length <= maxLines && !isShort ? [...lines, ""] : []),
    ...TimelineText.outcomeLines(startAt, events),
    TimelineText.totalsLine(totals)
  ]
}

const json = (played: ScenarioRun.Played, mismatch: Mismatch | undefined): ReadonlyArray<string> => [
  ...played.events.map(TimelineText.jsonLine),
  JSON.stringify({
    event: "end",
    at: new Date(played.endAt).toISOString(),
    exitStatus: mismatch === undefined ? played.exitStatus : SysExit.DataError,
    ...played.totals,
    ...(mismatch !== undefined && { expected: mismatch.expected, found: mismatch.found })
  })
]

/** Nobody reads the traces of errors that a script makes by the thousand, and they cost more than the rest. */
const withoutStackTraces = Effect.acquireRelease(
  Effect.sync(() => {
    const { stackTraceLimit } = Error
    Error.stackTraceLimit = 0
    return stackTraceLimit
  }),
  (limit) =>
    Effect.sync(() => {
      Error.stackTraceLimit = limit
    })
)

export const simulate = (
  request: Request,
  configuration: Layer.Layer<Config, ConfigError, LocalSystem>
): Effect.Effect<SysExit, EsmtpError, Needs> =>
  Effect.gen(function* () {
    yield* withoutStackTraces
    const { out } = yield* StandardStreams
    const spokenOf = yield* withMessage(yield* told(request), request)
    const scenario = yield* withWorld(spokenOf, request, configuration)
    const played = yield* ScenarioRun.play(scenario)
    const mismatch = firstMismatch(scenario, played.events, played.totals, played.exitStatus)
    const isShort = request.scenarioPath === undefined || request.common.verbose
    const lines = request.json
      ? json(played, mismatch)
      : [...report(scenario, played, isShort), ...(mismatch === undefined ? [] : trace(played, mismatch))]
    yield* out(`${lines.join("\n")}\n`)
    if (mismatch !== undefined) return SysExit.DataError
    return scenario.expect?.exitStatus === undefined ? played.exitStatus : SysExit.Ok
  }).pipe(Effect.scoped)
