/**
 * The whole program over simulated surroundings: every workflow is the real one, and nothing leaves memory. No network, no
 * file, no child program, no clock of the machine.
 *
 * Time is whatever clock the effects run by: `TestClock` in a test, or `VirtualClock`, by which days pass at once.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Random from "effect/Random"
import type * as Scope from "effect/Scope"
import type { ConfigError } from "../../domain/config/ConfigError.ts"
import type { Settings } from "../../domain/config/Settings.ts"
import { readSettings } from "../../domain/config/SettingsReader.ts"
import * as RetryPolicy from "../../domain/queue/RetryPolicy.ts"
import * as World from "../../domain/simulation/World.ts"
import type { SessionEvent } from "../../domain/telemetry/SessionEvent.ts"
import { transcriptText } from "../../domain/telemetry/TranscriptText.ts"
import { Config } from "../../services/Config.ts"
import type { Delivery } from "../../services/Delivery.ts"
import type { Dialer } from "../../services/Dialer.ts"
import type { Hooks } from "../../services/Hooks.ts"
import type { IdentityResolver } from "../../services/IdentityResolver.ts"
import type { LegacyQueue } from "../../services/LegacyQueue.ts"
import { LocalSystem } from "../../services/LocalSystem.ts"
import type { MdaRunner } from "../../services/MdaRunner.ts"
import type { MessageIntake } from "../../services/MessageIntake.ts"
import { MimeConverter } from "../../services/MimeConverter.ts"
import type { Queue } from "../../services/Queue.ts"
import type { SaslDigests } from "../../services/SaslDigests.ts"
import type { Secrets } from "../../services/Secrets.ts"
import type { SmtpTransport } from "../../services/SmtpTransport.ts"
import type { Submission } from "../../services/Submission.ts"
import { TrafficLog } from "../../services/TrafficLog.ts"
import * as Identities from "../identity/ConfiguredIdentities.ts"
import * as SpoolIntake from "../mail/SpoolIntake.ts"
import { convert } from "../mime/SevenBitMessage.ts"
import * as DialledTransport from "../smtp/DialledTransport.ts"
import * as DeliveryWorkflow from "../workflow/DeliveryWorkflow.ts"
import * as LegacyTakeover from "../workflow/LegacyTakeover.ts"
import * as ScopedRunner from "../workflow/ScopedRunner.ts"
import * as SubmissionWorkflow from "../workflow/SubmissionWorkflow.ts"
import * as FaultyQueue from "./FaultyQueue.ts"
import * as NoDigests from "./NoDigests.ts"
import * as RecordingHooks from "./RecordingHooks.ts"
import * as RecordingMda from "./RecordingMda.ts"
import * as ScriptedRelay from "./ScriptedRelay.ts"
import * as ScriptedSecrets from "./ScriptedSecrets.ts"

/** What happened, for whoever tests. Each reading is as of now. */
export class Probe extends Context.Tag("esmtp/layers/simulation/Simulation/Probe")<
  Probe,
  {
    /** Complete messages that relays keep, in the order in which they came. */
    readonly relayed: Effect.Effect<ReadonlyArray<ScriptedRelay.TakenMessage>>
    /** Connections made, or tried. */
    readonly calls: Effect.Effect<ReadonlyArray<ScriptedRelay.Call>>
    /** Messages that the MDA has taken. */
    readonly local: Effect.Effect<ReadonlyArray<RecordingMda.LocalMail>>
    readonly hookRuns: Effect.Effect<ReadonlyArray<RecordingHooks.HookRun>>
    /** Every step of every session, without secrets. */
    readonly events: Effect.Effect<ReadonlyArray<SessionEvent>>
    /** The sessions as `-X` would write them. */
    readonly transcript: Effect.Effect<string>
  }
>() {}

/** What stays while programs come and go: relays, queue, MDA, and what is remembered of them. */
export type Surroundings =
  | Dialer
  | Queue
  | LocalSystem
  | Probe
  | ScriptedRelay.Probe
  | RecordingMda.Probe
  | RecordingHooks.Probe
  | Watcher
  | Residence

/** Where fibers live that outlive a program: its background delivery. */
export class Residence extends Context.Tag("esmtp/layers/simulation/Simulation/Residence")<
  Residence,
  { readonly scope: Scope.Scope }
>() {}

/** Whoever keeps the events of all sessions. */
export class Watcher extends Context.Tag("esmtp/layers/simulation/Simulation/Watcher")<
  Watcher,
  { readonly record: (event: SessionEvent) => Effect.Effect<void> }
>() {}

export const settingsOf = (world: World.World): Either.Either<Settings, ConfigError> =>
  world.settings === undefined
    ? readSettings(world.rc, { path: `${world.user.home}/.esmtprc`, home: world.user.home })
    : Either.right(world.settings)

/** The configuration in the text, read as the program reads a file. */
export const configuration = (world: World.World): Layer.Layer<Config, ConfigError> =>
  Layer.effect(
    Config,
    Effect.suspend(() => settingsOf(world))
  )

const day = 86_400_000

const policyOf = (world: World.World): RetryPolicy.RetryPolicy =>
  Either.match(settingsOf(world), {
    onLeft: () => ({ delaysMillis: [day], lifetimeMillis: day }),
    onRight: RetryPolicy.fromSettings
  })

const system = ({ user }: World.World): Layer.Layer<LocalSystem> =>
  Layer.succeed(LocalSystem, LocalSystem.of({ ...user, utcOffsetMinutes: () => 0, processId: 1 }))

const watching = (
  keepsEvents: boolean
): Layer.Layer<Watcher | Probe, never, ScriptedRelay.Probe | RecordingMda.Probe | RecordingHooks.Probe> =>
  Layer.effectContext(
    Effect.gen(function* () {
      const relays = yield* ScriptedRelay.Probe
      const mda = yield* RecordingMda.Probe
      const hooks = yield* RecordingHooks.Probe
      const events: Array<SessionEvent> = []
      const watcher = Watcher.of({
        record: (event) => (keepsEvents ? Effect.sync(() => void events.push(event)) : Effect.void)
      })
      const probe = Probe.of({
        relayed: relays.messages,
        calls: relays.calls,
        local: mda.taken,
        hookRuns: hooks.runs,
        events: Effect.sync(() => [...events]),
        transcript: Effect.sync(() => events.map(transcriptText).join(""))
      })
      return Context.make(Watcher, watcher).pipe(Context.add(Probe, probe))
    })
  )

/** Everything random comes from the seed. */
export const surroundings = (world: World.World): Layer.Layer<Surroundings> =>
  watching(world.keepsEvents).pipe(
    Layer.provideMerge(
      Layer.mergeAll(
        ScriptedRelay.layer(world.relays, world.seed),
        RecordingMda.probe(world.mda),
        RecordingHooks.probe(world.hooks),
        FaultyQueue.layer(world.queueFaults, policyOf(world)),
        system(world),
        Layer.scoped(
          Residence,
          Effect.map(Effect.scope, (scope) => Residence.of({ scope }))
        )
      )
    ),
    Layer.provideMerge(Layer.setRandom(Random.make(world.seed)))
  )

/** However large, for there is no file to keep it in. */
const intake = SpoolIntake.layerWith({ inMemoryBytes: Number.POSITIVE_INFINITY, directory: () => "" })

const converter = Layer.succeed(MimeConverter, MimeConverter.of({ convert }))

/** The mechanisms of a program, under whatever configuration and watchers it has. */
export const mechanisms = (world: World.World) =>
  Layer.mergeAll(
    DialledTransport.layer,
    RecordingMda.layer,
    RecordingHooks.layer,
    Identities.layer,
    intake,
    converter
  ).pipe(Layer.provideMerge(Layer.merge(ScriptedSecrets.layer(world.secrets), NoDigests.layer)))

/** `argv`: the command line, kept with a queued message. */
export const workflows = (argv: ReadonlyArray<string>) =>
  SubmissionWorkflow.layer(argv).pipe(
    Layer.provide(ScopedRunner.layer),
    Layer.provideMerge(Layer.merge(DeliveryWorkflow.layer, LegacyTakeover.layer))
  )

const watched: Layer.Layer<TrafficLog, never, Watcher> = Layer.effect(
  TrafficLog,
  Effect.map(Watcher, ({ record }) => TrafficLog.of({ record }))
)

/** What the workflows are made of. */
export type Mechanisms =
  | Config
  | IdentityResolver
  | MessageIntake
  | MimeConverter
  | SmtpTransport
  | MdaRunner
  | Hooks
  | Secrets
  | SaslDigests
  | TrafficLog
  | Surroundings

export type Services = Submission | Delivery | LegacyQueue | Mechanisms

export const layerOf = (world: World.World): Layer.Layer<Services, ConfigError> =>
  workflows([]).pipe(
    Layer.provideMerge(mechanisms(world)),
    Layer.provideMerge(Layer.merge(watched, configuration(world))),
    Layer.provideMerge(surroundings(world))
  )

/**
 * All services of the program, and a probe. Mail for `delivery_mode = background` is delivered by a fiber that lives as
 * long as this layer. Fails where the `rc` text is wrong.
 */
export const layer = (options: World.WorldOptions = {}): Layer.Layer<Services, ConfigError> =>
  layerOf(World.make(options))
