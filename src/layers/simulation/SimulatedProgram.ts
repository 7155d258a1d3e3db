/**
 * One start of the program in a simulation: command line and standard input in; exit status, standard output and standard
 * error out. Command lines are understood, failures worded and statuses chosen by the program's own code.
 *
 * What a command line names of this machine is left alone: no file is read for `-C` or written for `-X`.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import type { ConfigError } from "../../domain/config/ConfigError.ts"
import type { SysExit } from "../../domain/invocation/SysExit.ts"
import { UsageError } from "../../domain/invocation/UsageError.ts"
import type { World } from "../../domain/simulation/World.ts"
import type { OutputError } from "../../domain/telemetry/OutputError.ts"
import { BackgroundDelivery } from "../../services/BackgroundDelivery.ts"
import { Delivery, type Observe } from "../../services/Delivery.ts"
import { StandardStreams } from "../../services/StandardStreams.ts"
import { Submission, type SubmissionReport } from "../../services/Submission.ts"
import * as Program from "../invocation/Program.ts"
import * as Observers from "../telemetry/Observers.ts"
import * as Progress from "../telemetry/Progress.ts"
import * as DeliveryWorkflow from "../workflow/DeliveryWorkflow.ts"
import * as LegacyTakeover from "../workflow/LegacyTakeover.ts"
import * as ScopedRunner from "../workflow/ScopedRunner.ts"
import * as SubmissionWorkflow from "../workflow/SubmissionWorkflow.ts"
import * as MemoryStreams from "./MemoryStreams.ts"
import * as Simulation from "./Simulation.ts"

export interface Ran {
  readonly exitStatus: SysExit
  readonly out: string
  readonly error: string
  /** What became of the message, if one was taken. */
  readonly report?: SubmissionReport
}

export interface StartOptions {
  /** As Node has it in `process.argv` from its second element on: the program's name, and its arguments. */
  readonly argv: readonly [name: string, ...args: ReadonlyArray<string>]
  /** Standard input; `unreadable`: reading it fails. Default: empty. */
  readonly input?: string | Uint8Array
  readonly inputIsUnreadable?: boolean
  /** Sees what happens while the queue is drained. */
  readonly observe?: Observe
  /** Services that were made before, for many starts that are not to be verbose. */
  readonly resident?: Context.Context<Simulation.Services>
}

type Shared = Context.Context<Simulation.Surroundings>

const common = (world: World, shared: Shared) => (options: Program.QueueOptions) => {
  const { transcriptPath: _transcriptPath, record: also, ...observed } = options
  const { record } = Context.get(shared, Simulation.Watcher)
  return Simulation.mechanisms(world).pipe(
    Layer.provideMerge(
      Observers.layer({
        ...observed,
        record: (event) => (also === undefined ? record(event) : Effect.zipRight(record(event), also(event)))
      })
    ),
    Layer.provideMerge(Simulation.configuration(world)),
    Layer.provideMerge(Layer.succeedContext(shared))
  )
}

/** A runner that goes on when the program that started it has ended. */
const background = Layer.effect(
  BackgroundDelivery,
  Effect.gen(function* () {
    const { scope } = yield* Simulation.Residence
    const built = yield* Layer.buildWithScope(ScopedRunner.layer, scope)
    return Context.get(built, BackgroundDelivery)
  })
)

const reporting = (tell: (report: SubmissionReport) => void) =>
  Layer.effect(
    Submission,
    Effect.map(Submission, (submission) =>
      Submission.of({
        ...submission,
        submit: (request, input) =>
          Effect.tap(submission.submit(request, input), (report) => Effect.sync(() => tell(report)))
      })
    )
  )

/** Warnings and errors, as on the standard error of the real program. */
const logging: Layer.Layer<never, never, StandardStreams> = Layer.unwrapEffect(
  Effect.map(StandardStreams, ({ error }) =>
    Logger.replace(
      Logger.defaultLogger,
      Logger.make((options) => {
        if (LogLevel.lessThan(options.logLevel, LogLevel.Warning)) return
        Effect.runSync(error(`${Logger.logfmtLogger.log(options)}\n`))
      })
    )
  )
)

/** Whoever drains the queue, in the background too, is watched. */
const observed = (watch: Observe | undefined) => {
  if (watch === undefined) return DeliveryWorkflow.layer
  return Layer.effect(
    Delivery,
    Effect.map(Delivery, (delivery) =>
      Delivery.of({
        run: (request, observe) =>
          delivery.run(request, (event) => Effect.zipRight(observe(event), watch(event)))
      })
    )
  ).pipe(Layer.provide(DeliveryWorkflow.layer))
}

const inspection = (world: World) =>
  Either.match(Simulation.settingsOf(world), {
    onLeft: (problem) => ({ problems: [problem], warnings: [] }),
    onRight: ({ path }) => ({ problems: [], warnings: [], ...(path !== undefined && { path }) })
  })

const compositionOf = (
  world: World,
  shared: Shared,
  { argv, observe, resident }: StartOptions,
  tell: (report: SubmissionReport) => void
): Program.Composition => {
  const fresh = common(world, shared)
  const services = (
    options: Program.QueueOptions
  ): Layer.Layer<Simulation.Mechanisms, ConfigError | OutputError, StandardStreams> =>
    resident === undefined || options.verbose || options.record !== undefined
      ? fresh(options)
      : Layer.succeedContext(resident)
  const queueing = (options: Program.QueueOptions) =>
    Layer.merge(observed(observe), LegacyTakeover.layer).pipe(Layer.provideMerge(services(options)))
  return {
    beginning: Effect.void,
    handingOver: Effect.succeed(false),
    restricted: false,
    inspecting: () => Effect.succeed(inspection(world)),
    configuring: () => Simulation.configuration(world),
    logging: () => logging,
    observing: Progress.make,
    queueing,
    simulation: () =>
      Promise.resolve({
        simulate: () =>
          Effect.fail(new UsageError({ argument: "simulate", detail: "a simulation within a simulation" }))
      }),
    subcommands: () => import("../cli/Subcommands.ts"),
    submitting: (options) =>
      reporting(tell).pipe(
        Layer.provide(SubmissionWorkflow.layer(argv.slice(1))),
        Layer.provide(background),
        Layer.provide(queueing(options))
      )
  }
}

/** Starts the program once; what it leaves in the queue is there for the next start. */
export const start = (
  world: World,
  options: StartOptions
): Effect.Effect<Ran, never, Simulation.Surroundings> =>
  Effect.gen(function* () {
    const shared = yield* Effect.context<Simulation.Surroundings>()
    let report: SubmissionReport | undefined
    const composition = compositionOf(world, shared, options, (told) => {
      report = told
    })
    const input = options.inputIsUnreadable === true ? undefined : (options.input ?? "")
    return yield* Effect.gen(function* () {
      const exitStatus = yield* Program.perform(["node", ...options.argv], composition)
      const printed = yield* MemoryStreams.Probe
      const ran: Ran = {
        exitStatus,
        out: yield* printed.out,
        error: yield* printed.error,
        ...(report !== undefined && { report })
      }
      return ran
    }).pipe(Effect.provide(MemoryStreams.layer(input)))
  })
