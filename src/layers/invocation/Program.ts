/**
 * One invocation, from what was asked for to the exit status. Modules that a sent message does not need are loaded only
 * by the invocation that does.
 */
import { writeSync } from "node:fs"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import type { ConfigError } from "../../domain/config/ConfigError.ts"
import type { CommonOptions, Invocation } from "../../domain/invocation/Invocation.ts"
import { parse, programName } from "../../domain/invocation/SendmailArgv.ts"
import { SysExit } from "../../domain/invocation/SysExit.ts"
import type { EsmtpError } from "../../domain/invocation/SysExits.ts"
import { UsageError } from "../../domain/invocation/UsageError.ts"
import { printable } from "../../domain/telemetry/Printable.ts"
import type { Config } from "../../services/Config.ts"
import type { Delivery, Observe } from "../../services/Delivery.ts"
import type { Hooks } from "../../services/Hooks.ts"
import type { LegacyQueue } from "../../services/LegacyQueue.ts"
import type { LocalSystem } from "../../services/LocalSystem.ts"
import type { Queue } from "../../services/Queue.ts"
import type { SmtpTransport } from "../../services/SmtpTransport.ts"
import type { StandardInput } from "../../services/StandardInput.ts"
import type { StandardStreams } from "../../services/StandardStreams.ts"
import type { Submission } from "../../services/Submission.ts"
import type { Inspection, Watch } from "./Check.ts"
import { tellError } from "./Reporting.ts"
import { submit } from "./Submit.ts"

type Surroundings = StandardInput | StandardStreams | LocalSystem

export interface ObserveOptions {
  /** Machines read it. */
  readonly json: boolean
  /** Nobody reads it. */
  readonly quiet: boolean
}

export interface QueueOptions extends CommonOptions {
  /** The queue is only looked at, which needs no relay. */
  readonly mayBeMissing?: boolean
  /** Sees every step of the sessions. */
  readonly record?: Watch
}

/** How each kind of invocation gets its services. */
export interface Composition {
  /** What comes before everything else. It may never end: another process may take over. */
  readonly beginning: Effect.Effect<void, ConfigError>
  /** The caller may not choose files: the program was started with more rights than the caller has. */
  readonly restricted: boolean
  /** The door of `@effect/cli`, which takes its time to load. `Handled`: that was all. */
  readonly subcommands: () => Promise<{
    readonly parseSubcommand: (
      args: ReadonlyArray<string>
    ) => Effect.Effect<Invocation | "Handled", UsageError>
  }>
  readonly logging: (common: CommonOptions) => Layer.Layer<never, never, StandardStreams>
  readonly observing: (options: ObserveOptions) => Effect.Effect<Observe, never, StandardStreams>
  /** Another process goes on in the background with what this one was asked to do. False: none could be started. */
  readonly handingOver: Effect.Effect<boolean>
  readonly submitting: (common: CommonOptions) => Layer.Layer<Submission, EsmtpError, Surroundings>
  readonly queueing: (
    common: QueueOptions
  ) => Layer.Layer<Queue | Delivery | LegacyQueue | Config | SmtpTransport | Hooks, EsmtpError, Surroundings>
  readonly inspecting: (common: CommonOptions) => Effect.Effect<Inspection, ConfigError, LocalSystem>
  readonly configuring: (common: QueueOptions) => Layer.Layer<Config, ConfigError, LocalSystem>
  /** Everything that stands for the world in a simulation; takes its time to load. */
  readonly simulation: () => Promise<{
    readonly simulate: (
      invocation: Extract<Invocation, { _tag: "Simulate" }>,
      configuration: Layer.Layer<Config, ConfigError, LocalSystem>
    ) => Run
  }>
}

type Run = Effect.Effect<SysExit, EsmtpError, Surroundings>

/** Without the files that a caller has named, where a caller may name none. */
const permitted = <A extends Invocation>(composition: Composition, invocation: A) =>
  Effect.gen(function* () {
    if (!composition.restricted || !("common" in invocation)) return invocation
    const { configPath, transcriptPath, ...common } = invocation.common
    const ignored = [configPath !== undefined && "-C", transcriptPath !== undefined && "-X"].filter(Boolean)
    if (ignored.length > 0) {
      yield* Effect.logWarning(
        `${ignored.join(" and ")} ignored: esmtp was started with more rights than its caller has`
      )
    }
    return { ...invocation, common }
  })

const subcommand = (composition: Composition, args: ReadonlyArray<string>): Run =>
  Effect.gen(function* () {
    const { parseSubcommand } = yield* Effect.promise(composition.subcommands)
    const parsed = yield* parseSubcommand(args)
    if (parsed === "Handled") return SysExit.Ok
    return yield* dispatch(composition, yield* permitted(composition, parsed))
  })

const listQueue = (composition: Composition, invocation: Extract<Invocation, { _tag: "ListQueue" }>): Run =>
  Effect.gen(function* () {
    const { list } = yield* Effect.promise(() => import("./QueueListing.ts"))
    return yield* list({ json: invocation.json, filters: invocation.filters ?? [] })
  }).pipe(Effect.provide(composition.queueing({ ...invocation.common, mayBeMissing: true })))

const runQueue = (composition: Composition, invocation: Extract<Invocation, { _tag: "RunQueue" }>): Run =>
  Effect.gen(function* () {
    const { run } = yield* Effect.promise(() => import("./QueueRun.ts"))
    const { request } = invocation
    // The services stand, so that the configuration is good; from here on nobody would hear of a fault.
    if (request.background === true && (yield* composition.handingOver)) return SysExit.Ok
    const observe = yield* composition.observing({
      json: request.json,
      quiet: request.quiet === true || request.repeat === "linger"
    })
    return yield* run(request, observe)
  }).pipe(Effect.provide(composition.queueing(invocation.common)))

const controlQueue = (
  composition: Composition,
  invocation: Extract<Invocation, { _tag: "ControlQueue" }>
): Run =>
  Effect.gen(function* () {
    const { control } = yield* Effect.promise(() => import("./QueueControl.ts"))
    return yield* control(invocation)
  }).pipe(Effect.provide(composition.queueing(invocation.common)))

const explain = (composition: Composition, invocation: Extract<Invocation, { _tag: "Explain" }>): Run =>
  Effect.gen(function* () {
    const { explain } = yield* Effect.promise(() => import("./Explain.ts"))
    return yield* explain(invocation.request, invocation.json)
  }).pipe(Effect.provide(composition.submitting(invocation.common)))

const check = (composition: Composition, invocation: Extract<Invocation, { _tag: "Check" }>): Run =>
  Effect.gen(function* () {
    const { check } = yield* Effect.promise(() => import("./Check.ts"))
    const { common, identity, json } = invocation
    return yield* check({
      json,
      ...(identity !== undefined && { identity }),
      inspection: composition.inspecting(common),
      sending: (record) => composition.queueing({ ...common, record })
    })
  })

/** The client on the other end of the pipe is told too when there is no configuration to serve it by. */
const receive = (composition: Composition, invocation: Extract<Invocation, { _tag: "Receive" }>): Run =>
  Effect.gen(function* () {
    const { receive, tellUnready } = yield* Effect.promise(() => import("./Receive.ts"))
    const services = yield* Effect.either(Layer.build(composition.submitting(invocation.common)))
    if (Either.isLeft(services)) return yield* tellUnready(services.left)
    return yield* Effect.provide(receive(invocation.request), services.right)
  }).pipe(Effect.scoped)

const simulate = (composition: Composition, invocation: Extract<Invocation, { _tag: "Simulate" }>): Run =>
  Effect.gen(function* () {
    if (composition.restricted) {
      const detail = "simulate reads files, which esmtp does not do with more rights than its caller has"
      return yield* new UsageError({ argument: "simulate", detail })
    }
    const { simulate } = yield* Effect.promise(composition.simulation)
    return yield* simulate(invocation, composition.configuring({ ...invocation.common, mayBeMissing: true }))
  })

const dispatch = (composition: Composition, invocation: Invocation): Run => {
  switch (invocation._tag) {
    case "Submit":
      return submit(invocation.request, { verbose: invocation.common.verbose }).pipe(
        Effect.provide(composition.submitting(invocation.common))
      )
    case "ListQueue":
      return listQueue(composition, invocation)
    case "RunQueue":
      return runQueue(composition, invocation)
    case "ControlQueue":
      return controlQueue(composition, invocation)
    case "Receive":
      return receive(composition, invocation)
    case "NewAliases":
      return Effect.succeed(SysExit.Ok)
    case "Subcommand":
      return subcommand(composition, invocation.args)
    case "Explain":
      return explain(composition, invocation)
    case "Check":
      return check(composition, invocation)
    case "Simulate":
      return simulate(composition, invocation)
  }
}

const toldOf = (composition: Composition, invocation: Invocation) => {
  if (!("common" in invocation)) return dispatch(composition, invocation)
  const { common } = invocation
  return Effect.flatMap(permitted(composition, invocation), (asked) => dispatch(composition, asked)).pipe(
    Effect.catchAll((error) => tellError(error, { verbose: common.verbose })),
    Effect.provide(composition.logging(common))
  )
}

const invocationOf = ([, script = "esmtp", ...args]: ReadonlyArray<string>) =>
  // What the links called sendmail, mailq… lead to; under its own name it has no second one.
  parse(programName(script) === "main" ? "esmtp" : script, args)

/** A defect in one line: the first of its message, as a secret can't be in it but a server's text can. */
const defectLine = (cause: Cause.Cause<unknown>): string => {
  const [first = ""] = Cause.pretty(cause).split("\n", 1)
  return `esmtp: internal error: ${printable(first)}\n`
}

/** For whatever ended the program without a status of its own; a signal leaves nothing half done, so try again. */
const statusOf = (exit: Exit.Exit<SysExit, never>): SysExit => {
  if (Exit.isSuccess(exit)) return exit.value
  return Cause.isInterruptedOnly(exit.cause) ? SysExit.TempFail : SysExit.Software
}

const leaveStatus = (exit: Exit.Exit<SysExit, never>): Effect.Effect<void> =>
  Effect.sync(() => {
    process.exitCode = statusOf(exit)
    if (Exit.isFailure(exit) && !Cause.isInterruptedOnly(exit.cause)) writeSync(2, defectLine(exit.cause))
  })

/** Tells of every failure. `argv`: as Node has it. */
export const perform = (
  argv: ReadonlyArray<string>,
  composition: Composition
): Effect.Effect<SysExit, never, Surroundings> =>
  composition.beginning.pipe(
    Effect.zipRight(invocationOf(argv)),
    Effect.flatMap((asked) => toldOf(composition, asked)),
    Effect.catchAll((error) => tellError(error, { verbose: false }))
  )

/** Leaves the exit status to the process. */
export const main = (
  argv: ReadonlyArray<string>,
  composition: Composition
): Effect.Effect<SysExit, never, Surroundings> => Effect.onExit(perform(argv, composition), leaveStatus)

/** Nothing that is still open (a socket that says goodbye, a timer) holds up the caller. */
export const runtimeOptions = {
  disableErrorReporting: true,
  disablePrettyLogger: true,
  teardown: () => process.exit()
}
