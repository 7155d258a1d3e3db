/** `esmtp check`: the configuration, then everything a delivery does short of sending mail. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import type { ConfigError } from "../../domain/config/ConfigError.ts"
import type { Identity, Settings } from "../../domain/config/Settings.ts"
import * as CheckReport from "../../domain/invocation/CheckReport.ts"
import type { SysExit } from "../../domain/invocation/SysExit.ts"
import type { EsmtpError } from "../../domain/invocation/SysExits.ts"
import { UsageError } from "../../domain/invocation/UsageError.ts"
import { printable } from "../../domain/telemetry/Printable.ts"
import type { SessionEvent } from "../../domain/telemetry/SessionEvent.ts"
import { Config } from "../../services/Config.ts"
import { Hooks } from "../../services/Hooks.ts"
import type { LocalSystem } from "../../services/LocalSystem.ts"
import { SmtpTransport } from "../../services/SmtpTransport.ts"
import { StandardStreams } from "../../services/StandardStreams.ts"

/** Of the configuration file, everything that is wrong with it at once. */
export interface Inspection {
  readonly path?: string
  readonly problems: ReadonlyArray<ConfigError>
  readonly warnings: ReadonlyArray<ConfigError>
}

export type Watch = (event: SessionEvent) => Effect.Effect<void>

export interface CheckOptions<R> {
  readonly identity?: string
  readonly json: boolean
  readonly inspection: Effect.Effect<Inspection, ConfigError, LocalSystem>
  /** The live services, with somebody who watches. */
  readonly sending: (watch: Watch) => Layer.Layer<SmtpTransport | Config | Hooks, EsmtpError, R>
}

const chosen = ({ identities }: Settings, name: string | undefined): Effect.Effect<Identity, UsageError> => {
  const found =
    name === undefined
      ? identities.find(({ isDefault }) => isDefault)
      : identities.find((identity) => identity.name === name)
  return found === undefined
    ? Effect.fail(new UsageError({ detail: `no identity called ${printable(name ?? "")}` }))
    : Effect.succeed(found)
}

const session = ({ relay }: Identity, events: ReadonlyArray<SessionEvent>) =>
  Effect.gen(function* () {
    const transport = yield* SmtpTransport
    const opened = yield* Effect.either(Effect.scoped(transport.open(relay)))
    const seen = CheckReport.sessionFindings(events, relay, yield* Clock.currentTimeMillis)
    return opened._tag === "Left" ? [...seen, CheckReport.failed("session", opened.left)] : seen
  })

/** A tunnel has to stand before there is an address to connect to. */
const network = (one: Identity, events: ReadonlyArray<SessionEvent>) =>
  Effect.gen(function* () {
    const transport = yield* SmtpTransport
    const hooks = yield* Hooks
    const { preconnect, relay } = one
    if (preconnect !== undefined) {
      const ran = yield* Effect.either(hooks.run("preconnect", preconnect))
      if (ran._tag === "Left") return [CheckReport.failed("preconnect", ran.left)]
    }
    const surveyed = yield* Effect.either(transport.survey(relay))
    return surveyed._tag === "Left"
      ? [CheckReport.failed("dns", surveyed.left)]
      : [...CheckReport.addressFindings(relay, surveyed.right), ...(yield* session(one, events))]
  })

const findings = <R>({ identity, inspection, sending }: CheckOptions<R>) =>
  Effect.gen(function* () {
    const { path, problems, warnings } = yield* Effect.catchAll(inspection, (problem) =>
      Effect.succeed<Inspection>({ problems: [problem], warnings: [] })
    )
    const configuration = CheckReport.configurationFindings(path, problems, warnings)
    if (problems.length > 0) return configuration
    const events: Array<SessionEvent> = []
    const watch: Watch = (event) => Effect.sync(() => void events.push(event))
    const seen = Effect.gen(function* () {
      const one = yield* chosen(yield* Config, identity)
      return [CheckReport.relayFinding(one.relay), ...(yield* network(one, events))]
    })
    return [...configuration, ...(yield* Effect.provide(seen, sending(watch)))]
  })

/** Nothing is sent. The exit status is for monitoring. */
export const check = <R>(
  options: CheckOptions<R>
): Effect.Effect<SysExit, EsmtpError, R | StandardStreams | LocalSystem> =>
  Effect.gen(function* () {
    const { out } = yield* StandardStreams
    const found = yield* findings(options)
    const lines = options.json
      ? [JSON.stringify(CheckReport.checkJson(found))]
      : found.map(CheckReport.findingLine)
    yield* out(`${lines.join("\n")}\n`)
    return CheckReport.checkStatus(found)
  })
