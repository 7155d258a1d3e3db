/**
 * esmtp for a program that embeds it: the layers composed, and four verbs over their services. It does what `sendmail`,
 * `sendmail -odq` and `deliver` do, and nothing that these don't.
 *
 * This is the library's composition root, as `main.ts` is the program's.
 */
import * as path from "node:path"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import type { ConfigError } from "../domain/config/ConfigError.ts"
import type { Settings } from "../domain/config/Settings.ts"
import { readSettings } from "../domain/config/SettingsReader.ts"
import { whatIsDue } from "../domain/invocation/Invocation.ts"
import type { Outcome } from "../domain/mail/Outcome.ts"
import type { RunSummary } from "../domain/queue/DeliveryEvent.ts"
import type { QueueFailed } from "../domain/queue/QueueError.ts"
import type { OutputError } from "../domain/telemetry/OutputError.ts"
import type { SessionEvent } from "../domain/telemetry/SessionEvent.ts"
import * as ConfigFile from "../layers/config/ConfigFile.ts"
import * as ConfiguredIdentities from "../layers/identity/ConfiguredIdentities.ts"
import * as OperatingSystem from "../layers/identity/OperatingSystem.ts"
import * as QueueRun from "../layers/invocation/QueueRun.ts"
import * as SpoolIntake from "../layers/mail/SpoolIntake.ts"
import * as ChildPrograms from "../layers/mda/ChildPrograms.ts"
import * as SevenBit from "../layers/mime/SevenBit.ts"
import * as QueueOnDisk from "../layers/queue/QueueOnDisk.ts"
import * as NodeCrypto from "../layers/sasl/NodeCrypto.ts"
import * as SocketTransport from "../layers/smtp/SocketTransport.ts"
import * as LoggedStreams from "../layers/telemetry/LoggedStreams.ts"
import * as Observers from "../layers/telemetry/Observers.ts"
import * as DeliveryWorkflow from "../layers/workflow/DeliveryWorkflow.ts"
import * as LegacyTakeover from "../layers/workflow/LegacyTakeover.ts"
import * as ScopedRunner from "../layers/workflow/ScopedRunner.ts"
import * as SubmissionWorkflow from "../layers/workflow/SubmissionWorkflow.ts"
import type { BackgroundDelivery } from "../services/BackgroundDelivery.ts"
import { Config } from "../services/Config.ts"
import { Delivery, type Observe } from "../services/Delivery.ts"
import type { LegacyQueue } from "../services/LegacyQueue.ts"
import { LocalSystem } from "../services/LocalSystem.ts"
import type { Queue } from "../services/Queue.ts"
import type { SmtpTransport } from "../services/SmtpTransport.ts"
import { Submission, type SubmissionError, type SubmissionReport } from "../services/Submission.ts"
import { type Mail, octetsOf, requestOf } from "./Mail.ts"
import { Undelivered } from "./Undelivered.ts"

/** Where the configuration comes from; none of these: the file that `sendmail` would read. Give one. */
export interface Source {
  /** A file, which is judged as the program judges it: owner, mode, directories. */
  readonly rcFile?: string
  /** A text in the language of that file; relative paths in it begin at the working directory. */
  readonly rc?: string
  /** Made elsewhere. */
  readonly settings?: Settings
}

export interface Options extends Source {
  /** Default: the environment of this process. Tells where the file is, and what the MDA and hooks see. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Sees every step of every session: commands, replies, TLS, without secrets. */
  readonly record?: (event: SessionEvent) => Effect.Effect<void>
  /** A file that every dialogue is written to, as by `-X`. */
  readonly transcriptPath?: string
}

const fromText = (rc: string): Layer.Layer<Config, ConfigError, LocalSystem> =>
  Layer.effect(
    Config,
    Effect.gen(function* () {
      const { home } = yield* LocalSystem
      return yield* readSettings(rc, { path: path.resolve("(rc)"), ...(home !== undefined && { home }) })
    })
  )

const configuration = (options: Options): Layer.Layer<Config, ConfigError, LocalSystem> => {
  const { env = process.env, rc, rcFile, settings } = options
  if (settings !== undefined) return Layer.succeed(Config, settings)
  if (rc !== undefined) return fromText(rc)
  return ConfigFile.layer({ env, ...(rcFile !== undefined && { configPath: rcFile }) })
}

/** What carries mail on this machine: sockets, the queue's directory, child programs, temporary files. */
const mechanisms = ({ env = process.env, record, transcriptPath }: Options) =>
  Layer.mergeAll(
    SocketTransport.layer,
    QueueOnDisk.layer,
    ConfiguredIdentities.layer,
    SpoolIntake.layer,
    SevenBit.layer
  ).pipe(
    Layer.provideMerge(Layer.merge(ChildPrograms.layer({ env }), NodeCrypto.layer)),
    Layer.provideMerge(
      Observers.layer({
        ...{ debugLevel: 0, verbose: false },
        ...(record !== undefined && { record }),
        ...(transcriptPath !== undefined && { transcriptPath })
      })
    )
  )

type Needs =
  | Exclude<SubmissionWorkflow.Needs, BackgroundDelivery>
  | Layer.Layer.Context<typeof DeliveryWorkflow.layer>

/**
 * The workflows alone, over services that you provide: your own queue, transport or MDA in the place of ours. Mail for
 * `delivery_mode = background` is delivered by a fiber that lives as long as this layer.
 */
export const workflows: Layer.Layer<Submission | Delivery | LegacyQueue, never, Needs> =
  SubmissionWorkflow.layer([]).pipe(
    Layer.provide(ScopedRunner.layer),
    Layer.provideMerge(Layer.merge(DeliveryWorkflow.layer, LegacyTakeover.layer))
  )

/**
 * The services of the whole program, live: nothing is opened before it is used, but a transcript. Fails where the
 * configuration is wrong or the transcript can't be written.
 */
export const layer = (
  options: Options = {}
): Layer.Layer<
  Submission | Delivery | LegacyQueue | Queue | SmtpTransport | Config,
  ConfigError | OutputError
> => {
  const { env = process.env } = options
  return workflows.pipe(
    Layer.provideMerge(mechanisms(options)),
    Layer.provideMerge(configuration(options)),
    Layer.provide(Layer.merge(LoggedStreams.layer, OperatingSystem.layer({ env })))
  )
}

const submitAs = (
  mail: Mail,
  mode: "interactive" | "queue" | undefined
): Effect.Effect<SubmissionReport, SubmissionError, Submission> =>
  Effect.gen(function* () {
    const submission = yield* Submission
    return yield* submission.submit(yield* requestOf(mail, mode), octetsOf(mail))
  })

/** As `delivery_mode` says: attempted now, and then the report's outcomes tell, or queued. */
export const submit = (mail: Mail): Effect.Effect<SubmissionReport, SubmissionError, Submission> =>
  submitAs(mail, undefined)

/** A `Submission` that does not heed the mode it is told is at fault, and not the mail. */
const unheeded = (mode: string) => Effect.dieMessage(`Submission did not heed the delivery mode ${mode}`)

/**
 * Delivers now. Succeeds when the relay, or the MDA, has accepted the message for every recipient; else fails with
 * `Undelivered`, or with what stopped it before anything was sent. Nothing is queued, and nobody tries again but you.
 */
export const send = (
  mail: Mail
): Effect.Effect<ReadonlyArray<Outcome>, SubmissionError | Undelivered, Submission> =>
  Effect.gen(function* () {
    const report = yield* submitAs(mail, "interactive")
    if (report._tag === "Queued") return yield* unheeded("interactive")
    const { outcomes } = report
    const isDelivered = outcomes.every(({ result }) => Either.isRight(result))
    return isDelivered ? outcomes : yield* new Undelivered({ outcomes })
  })

/** Makes it safe in the queue, on disk when this succeeds, and gives its id. `deliverQueued` sends it. */
export const enqueue = (mail: Mail): Effect.Effect<string, SubmissionError, Submission> =>
  Effect.gen(function* () {
    const report = yield* submitAs(mail, "queue")
    return report._tag === "Queued" ? report.id : yield* unheeded("queue")
  })

const ignore: Observe = () => Effect.void

/** One pass over what is due; what fails stays queued, with its next time, or is returned to its sender. */
export const deliverQueued = (observe: Observe = ignore): Effect.Effect<RunSummary, QueueFailed, Delivery> =>
  Effect.flatMap(Delivery, (delivery) => delivery.run(whatIsDue, observe))

/** Stays and follows the schedule, and takes what is queued meanwhile. Never ends by itself: fork it. */
export const followQueue = (
  observe: Observe = ignore
): Effect.Effect<void, QueueFailed, Queue | Delivery | LegacyQueue> =>
  Effect.asVoid(QueueRun.run({ ...whatIsDue, repeat: "schedule" }, observe))
