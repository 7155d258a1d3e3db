/** The world of one story, and the real program in it: composed as `main.ts` does, over simulated surroundings. */
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
import type { CommonOptions } from "../../../src/domain/invocation/Invocation.ts"
import type { EsmtpError } from "../../../src/domain/invocation/SysExits.ts"
import { Mailbox } from "../../../src/domain/mail/Mailbox.ts"
import type { QueueListing } from "../../../src/domain/queue/QueueListing.ts"
import * as World from "../../../src/domain/simulation/World.ts"
import { peerOf, TlsFailed } from "../../../src/domain/smtp/SmtpError.ts"
import type { SessionEvent } from "../../../src/domain/telemetry/SessionEvent.ts"
import { transcriptText } from "../../../src/domain/telemetry/TranscriptText.ts"
import * as Subcommands from "../../../src/layers/cli/Subcommands.ts"
import * as ConfigFile from "../../../src/layers/config/ConfigFile.ts"
import type { Composition, QueueOptions } from "../../../src/layers/invocation/Program.ts"
import * as SpoolIntake from "../../../src/layers/mail/SpoolIntake.ts"
import * as Simulation from "../../../src/layers/simulation/Simulation.ts"
import * as Observers from "../../../src/layers/telemetry/Observers.ts"
import type { Observe } from "../../../src/services/Delivery.ts"
import { Dialer } from "../../../src/services/Dialer.ts"
import { type Draft, Queue } from "../../../src/services/Queue.ts"
import { SmtpTransport } from "../../../src/services/SmtpTransport.ts"
import { Submission } from "../../../src/services/Submission.ts"
import { makeTempDir } from "../../support/TempDir.ts"
import { plainRc, type World as StoryScript } from "./Story.ts"

export interface StoryWorld {
  readonly home: string
  readonly queue: Context.Tag.Service<Queue>
  readonly probe: Context.Tag.Service<Simulation.Probe>
  readonly surroundings: Context.Context<Simulation.Surroundings>
  /** Lines of every dialogue so far, `C: ` and `S: `. */
  readonly dialogue: Array<string>
  /** Failures, by whichever way the program learnt of them. */
  readonly errors: Array<EsmtpError>
  readonly composition: (argv: ReadonlyArray<string>) => Composition
}

const lay = (home: string, { noRc, rc = plainRc, rcMode = 0o600 }: StoryScript): void => {
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
  )

const record = (dialogue: Array<string>) => (event: SessionEvent) =>
  Effect.sync(() => {
    if (event._tag !== "Received" && event._tag !== "Sent") return
    const text = transcriptText(event)
    for (const line of text.slice(3).split(/\r?\n/)) if (line !== "") dialogue.push(text.slice(0, 3) + line)
  })

const silent: Observe = () => Effect.void

/** As a draft that no parser has seen. */
const draftOf = ({ from, to }: NonNullable<StoryScript["waiting"]>[number]): Draft => {
  const header = new TextEncoder().encode("Subject: waiting\r\n\r\n")
  const noneOf = { hasEightBitHeader: false, hasEightBitBody: false, nulsDropped: 0 }
  return {
    envelope: {
      reversePath: Mailbox(from),
      recipients: to.map((mailbox) => ({ mailbox: Mailbox(mailbox), route: "relay" }))
    },
    message: {
      header: { wire: header, local: header },
      facts: { ...noneOf, sizeBytes: header.length, longestLineBytes: header.length },
      body: Stream.empty
    },
    identity: "ada@example.org",
    argv: []
  }
}

const scriptOf = (home: string, { rc = plainRc, relay, ...world }: StoryScript): World.World => {
  const { hooks, mda, queueFaults, secrets } = world
  return World.make({
    rc,
    user: { userName: "ada", fullName: "Ada Lovelace", home, hostName: "laptop.example.org" },
    relays: [{ host: "smtp.example.org", name: "smtp.example.org", ...relay }],
    ...(hooks !== undefined && { hooks }),
    ...(mda !== undefined && { mda }),
    ...(queueFaults !== undefined && { queueFaults }),
    ...(secrets !== undefined && { secrets })
  })
}

/** What no script of the simulation says: defects of ours, and files that TLS can't use. */
const damaged = (
  surroundings: Context.Context<Simulation.Surroundings>,
  { hasDefect, tlsFiles }: StoryScript
): Context.Context<Simulation.Surroundings> => {
  let context = surroundings
  if (hasDefect === true) {
    const queue = Context.get(context, Queue)
    context = Context.add(context, Queue, {
      ...queue,
      enqueue: () => Effect.die(new Error("a story's defect"))
    })
  }
  if (tlsFiles !== undefined) {
    const dialer = Context.get(context, Dialer)
    context = Context.add(context, Dialer, {
      ...dialer,
      find: (relay) => new TlsFailed({ peer: peerOf(relay), reason: "Store", detail: tlsFiles })
    })
  }
  return context
}

export const make = (story: StoryScript): Effect.Effect<StoryWorld, never, Scope.Scope> =>
  Effect.gen(function* () {
    const home = yield* makeTempDir
    lay(home, story)
    const errors: Array<EsmtpError> = []
    const dialogue: Array<string> = []
    const report: Report = (error) => Effect.sync(() => void errors.push(error))
    const world = scriptOf(home, story)
    const sound = yield* Layer.build(Simulation.surroundings(world))
    const queue = Context.get(sound, Queue)
    yield* Effect.forEach(story.waiting ?? [], (one) => Effect.orDie(queue.enqueue(draftOf(one))))
    const surroundings = damaged(sound, story)
    const places = { env: { HOME: home }, systemPath: path.join(home, "none") }
    const nowhere = () => path.join(home, "nowhere")
    const intake =
      story.noTemporaryFiles === true
        ? SpoolIntake.layerWith({ inMemoryBytes: 0, directory: nowhere })
        : Layer.empty

    const common = (options: QueueOptions) =>
      watchedTransport(report).pipe(
        Layer.provideMerge(Layer.merge(Simulation.mechanisms(world), intake)),
        Layer.provideMerge(Layer.succeedContext(surroundings)),
        Layer.provideMerge(
          Observers.layer({ ...options, record: record(dialogue) }).pipe(Layer.tapError(report))
        ),
        Layer.provideMerge(ConfigFile.layer({ ...options, ...places }).pipe(Layer.tapError(report)))
      )

    const composition = (argv: ReadonlyArray<string>): Composition => {
      const program = (options: QueueOptions) =>
        Simulation.workflows(argv).pipe(Layer.provideMerge(common(options)))
      return {
        beginning: Effect.void,
        restricted: false,
        handingOver: Effect.succeed(false),
        configuring: (options) => ConfigFile.layer({ ...options, ...places }),
        simulation: () => import("../../../src/layers/simulation/SimulateCommand.ts"),
        inspecting: (options: CommonOptions) => ConfigFile.inspect({ ...options, ...places }),
        logging: () => Logger.remove(Logger.defaultLogger),
        observing: () => Effect.succeed(silent),
        queueing: program,
        subcommands: () => Promise.resolve(Subcommands),
        submitting: (options) => watchedSubmission(report).pipe(Layer.provide(program(options)))
      }
    }
    const probe = Context.get(sound, Simulation.Probe)
    return { home, queue, probe, surroundings, dialogue, errors, composition }
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
  Effect.map(Effect.orDie(Stream.runCollect(queue.list)), (all) => Chunk.toReadonlyArray(all).map(listed))
