/** The world of one story, and the real program in it: everything composed as `main.ts` does, over stand-ins. */
import * as fs from "node:fs"
import * as path from "node:path"
import * as Chunk from "effect/Chunk"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { readSettings } from "../../../src/domain/config/SettingsReader.ts"
import type { CommonOptions } from "../../../src/domain/invocation/Invocation.ts"
import type { EsmtpError } from "../../../src/domain/invocation/SysExits.ts"
import { Mailbox } from "../../../src/domain/mail/Mailbox.ts"
import type { MessageFacts } from "../../../src/domain/mail/MessageFacts.ts"
import { QueueFailed } from "../../../src/domain/queue/QueueError.ts"
import type { QueueListing } from "../../../src/domain/queue/QueueListing.ts"
import * as RetryPolicy from "../../../src/domain/queue/RetryPolicy.ts"
import type { SessionEvent } from "../../../src/domain/telemetry/SessionEvent.ts"
import { transcriptText } from "../../../src/domain/telemetry/TranscriptText.ts"
import * as Subcommands from "../../../src/layers/cli/Subcommands.ts"
import * as ConfigFile from "../../../src/layers/config/ConfigFile.ts"
import * as ConfiguredIdentities from "../../../src/layers/identity/ConfiguredIdentities.ts"
import type { Composition, QueueOptions } from "../../../src/layers/invocation/Program.ts"
import * as SpoolIntake from "../../../src/layers/mail/SpoolIntake.ts"
import * as SevenBit from "../../../src/layers/mime/SevenBit.ts"
import "../../../src/layers/mime/SevenBitMessage.ts"
import * as QueueMemory from "../../../src/layers/queue/QueueMemory.ts"
import * as NodeCrypto from "../../../src/layers/sasl/NodeCrypto.ts"
import * as DialledTransport from "../../../src/layers/smtp/DialledTransport.ts"
import * as Observers from "../../../src/layers/telemetry/Observers.ts"
import * as DeliveryWorkflow from "../../../src/layers/workflow/DeliveryWorkflow.ts"
import * as LegacyTakeover from "../../../src/layers/workflow/LegacyTakeover.ts"
import * as SubmissionWorkflow from "../../../src/layers/workflow/SubmissionWorkflow.ts"
import { BackgroundDelivery } from "../../../src/services/BackgroundDelivery.ts"
import type { Observe } from "../../../src/services/Delivery.ts"
import { type Claim, type Draft, Queue } from "../../../src/services/Queue.ts"
import { SmtpTransport } from "../../../src/services/SmtpTransport.ts"
import { Submission } from "../../../src/services/Submission.ts"
import { makeTempDir } from "../../support/TempDir.ts"
import { type LocalMail, mda, programs } from "./Household.ts"
import * as ScriptedRelay from "./ScriptedRelay.ts"
import { plainRc, type World } from "./Story.ts"

const noFacts: MessageFacts = {
  sizeBytes: 0,
  hasEightBitHeader: false,
  hasEightBitBody: false,
  longestLineBytes: 0,
  nulsDropped: 0
}

/** As a draft that no parser has seen. */
const draftOf = ({ from, to }: NonNullable<World["waiting"]>[number]): Draft => {
  const header = new TextEncoder().encode("Subject: waiting\r\n\r\n")
  return {
    envelope: {
      reversePath: Mailbox(from),
      recipients: to.map((mailbox) => ({ mailbox: Mailbox(mailbox), route: "relay" }))
    },
    message: {
      header: { wire: header, local: header },
      facts: { ...noFacts, sizeBytes: header.length },
      body: Stream.empty
    },
    identity: "ada@example.org",
    argv: []
  }
}

/** Monday morning. */
export const startMillis = Date.UTC(2026, 0, 5, 8)

export interface StoryWorld {
  readonly home: string
  /** The sound one, whatever befalls the program's. */
  readonly queue: Context.Tag.Service<Queue>
  readonly relay: ScriptedRelay.ScriptedRelay
  readonly local: ReadonlyArray<LocalMail>
  /** Lines of every dialogue so far, `C: ` and `S: `. */
  readonly dialogue: Array<string>
  /** Failures, by whichever way the program learnt of them. */
  readonly errors: Array<EsmtpError>
  readonly composition: (argv: ReadonlyArray<string>) => Composition
}

const lay = (home: string, { noRc, rc = plainRc, rcMode = 0o600 }: World): void => {
  const file = path.join(home, ".esmtprc")
  switch (noRc) {
    case undefined:
      fs.writeFileSync(file, rc)
      fs.chmodSync(file, rcMode)
      return
    case "directory":
      fs.mkdirSync(file)
      return
    case "dangling link":
      fs.symlinkSync(path.join(home, "dotfiles"), file)
      return
    case "nothing":
  }
}

const policyOf = ({ rc = plainRc }: World): RetryPolicy.RetryPolicy => {
  const settings = readSettings(rc, { path: "/rc" }).pipe(
    Either.orElse(() => readSettings("", { path: "/rc" })),
    Either.getOrThrow
  )
  return RetryPolicy.fromSettings(settings)
}

const failing = (
  queue: Context.Tag.Service<Queue>,
  how: NonNullable<World["queueFails"]>,
  errors: Array<EsmtpError>
): Context.Tag.Service<Queue> => {
  const fail = Effect.suspend(() => {
    if (how === "dies") return Effect.die(new Error("a defect of the story"))
    const error = new QueueFailed({
      operation: "write",
      path: "the queue",
      reason: how,
      detail: "the story's disk"
    })
    errors.push(error)
    return Effect.fail(error)
  })
  return { ...queue, enqueue: () => fail, recover: fail, list: Stream.fromEffect(fail), show: () => fail }
}

type Report = (error: EsmtpError) => Effect.Effect<void>

const reported = (
  outcomes: ReadonlyArray<{ readonly result: Either.Either<unknown, EsmtpError> }>,
  report: Report
) =>
  Effect.forEach(outcomes, ({ result }) => (Either.isLeft(result) ? report(result.left) : Effect.void), {
    discard: true
  })

/** Tells of what stopped a submission, and of what its outcomes say. */
const watchedSubmission = (report: Report) =>
  Layer.effect(
    Submission,
    Effect.map(Submission, (real) =>
      Submission.of({
        ...real,
        submit: (request, input) =>
          real.submit(request, input).pipe(
            Effect.tap((done) => (done._tag === "Queued" ? Effect.void : reported(done.outcomes, report))),
            Effect.tapError(report)
          )
      })
    )
  )

/** Tells of what became of recipients in a session. */
const watchedTransport = (report: Report) =>
  Layer.effect(
    SmtpTransport,
    Effect.map(SmtpTransport, (real) =>
      SmtpTransport.of({
        ...real,
        open: (relay) =>
          Effect.map(Effect.tapError(real.open(relay), report), (session) => ({
            ...session,
            send: (envelope, message, options) =>
              Effect.tap(session.send(envelope, message, options), (results) => reported(results, report))
          }))
      })
    )
  ).pipe(Layer.provide(DialledTransport.layer))

const record = (dialogue: Array<string>) => (event: SessionEvent) =>
  Effect.sync(() => {
    if (event._tag !== "Received" && event._tag !== "Sent") return
    const [prefix = "", rest = ""] = [transcriptText(event).slice(0, 3), transcriptText(event).slice(3)]
    for (const line of rest.split(/\r?\n/)) if (line !== "") dialogue.push(`${prefix}${line}`)
  })

const silent: Observe = () => Effect.void

const nobody = Layer.succeed(BackgroundDelivery, BackgroundDelivery.of({ start: Effect.void }))

export const make = (world: World): Effect.Effect<StoryWorld, never, Scope.Scope> =>
  Effect.gen(function* () {
    const home = yield* makeTempDir
    lay(home, world)
    const errors: Array<EsmtpError> = []
    const dialogue: Array<string> = []
    const local: Array<LocalMail> = []
    const report = (error: EsmtpError) => Effect.sync(() => void errors.push(error))
    const sound = Context.get(yield* Layer.build(QueueMemory.layerWith(policyOf(world))), Queue)
    const given = world.queueFails === undefined ? sound : failing(sound, world.queueFails, errors)
    yield* Effect.forEach(world.waiting ?? [], (one) => Effect.orDie(sound.enqueue(draftOf(one))))
    const { relay: script = {} } = world
    const relay = ScriptedRelay.make("length" in script ? script : [script], startMillis)
    const env = { HOME: home }
    const places = { env, systemPath: path.join(home, "none") }
    const mdaRuns = mda(world.mda, local)
    const intake =
      world.noTemporaryFiles === true
        ? SpoolIntake.layerWith({ inMemoryBytes: 0, directory: () => path.join(home, "nowhere") })
        : SpoolIntake.layer

    const common = (options: QueueOptions) =>
      Layer.mergeAll(watchedTransport(report), ConfiguredIdentities.layer, intake, SevenBit.layer).pipe(
        Layer.provideMerge(
          Layer.mergeAll(
            mdaRuns,
            programs(world.hook ?? 0),
            NodeCrypto.layer,
            relay.layer,
            Layer.succeed(Queue, given)
          )
        ),
        Layer.provideMerge(
          Observers.layer({ ...options, record: record(dialogue) }).pipe(Layer.tapError(report))
        ),
        Layer.provideMerge(ConfigFile.layer({ ...options, ...places }).pipe(Layer.tapError(report)))
      )

    const composition = (argv: ReadonlyArray<string>): Composition => ({
      beginning: Effect.void,
      restricted: false,
      handingOver: Effect.succeed(false),
      configuring: (options) => ConfigFile.layer({ ...options, ...places }),
      simulation: () => import("../../../src/layers/simulation/SimulateCommand.ts"),
      inspecting: (options: CommonOptions) => ConfigFile.inspect({ ...options, ...places }),
      logging: () => Logger.remove(Logger.defaultLogger),
      observing: () => Effect.succeed(silent),
      queueing: (options) =>
        Layer.merge(DeliveryWorkflow.layer, LegacyTakeover.layer).pipe(Layer.provideMerge(common(options))),
      subcommands: () => Promise.resolve(Subcommands),
      submitting: (options) =>
        watchedSubmission(report).pipe(
          Layer.provide(SubmissionWorkflow.layer(argv)),
          Layer.provide(nobody),
          Layer.provide(common(options))
        )
    })
    return { home, queue: sound, relay, local, dialogue, errors, composition }
  })

const listed = (listing: QueueListing): string => {
  if (listing._tag === "Unknown") return `bad ${listing.name}`
  const { entry, journal, state } = listing
  const { recipients, reversePath } = entry.envelope
  const all = recipients.map(({ mailbox }, at) => `${mailbox}=${journal.recipients[at]?.status ?? "pending"}`)
  return `${state} <${reversePath}> ${all.join(" ")}`
}

/** Every message in the queue, oldest first, in one line each. */
export const queueLines = ({ queue }: StoryWorld): Effect.Effect<ReadonlyArray<string>> =>
  Stream.runCollect(queue.list).pipe(
    Effect.map((all) => Chunk.toReadonlyArray(all).map(listed)),
    Effect.orElseSucceed(() => [])
  )

/** The texts of what is in the queue, as they would be sent. */
export const queueTexts = ({ queue }: StoryWorld): Effect.Effect<ReadonlyArray<string>, QueueFailed> =>
  Effect.gen(function* () {
    const listings = Chunk.toReadonlyArray(yield* Stream.runCollect(queue.list))
    const claims = yield* Effect.forEach(listings, (listing) =>
      listing._tag === "Known" ? queue.claim(listing.entry.id) : Effect.succeed({ _tag: "Taken" as const })
    )
    const claimed: ReadonlyArray<Claim> = claims.flatMap((one) => (one._tag === "Claimed" ? [one.claim] : []))
    return yield* Effect.forEach(claimed, ({ message }) =>
      Stream.runCollect(message.body).pipe(
        Effect.map((body) => Buffer.concat([message.header.wire, ...body]).toString("latin1"))
      )
    ).pipe(Effect.orElseSucceed(() => []))
  }).pipe(Effect.scoped)
