/** Tells a story with the real program, and says where it first went another way. */
import { assert } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { parse } from "../../../src/domain/invocation/SendmailArgv.ts"
import { SysExit } from "../../../src/domain/invocation/SysExit.ts"
import type { EsmtpError } from "../../../src/domain/invocation/SysExits.ts"
import { MessageError } from "../../../src/domain/mail/MessageError.ts"
import * as Program from "../../../src/layers/invocation/Program.ts"
import * as MemoryStreams from "../../../src/layers/simulation/MemoryStreams.ts"
import type { LocalMail } from "../../../src/layers/simulation/RecordingMda.ts"
import type { TakenMessage } from "../../../src/layers/simulation/ScriptedRelay.ts"
import * as VirtualClock from "../../../src/layers/simulation/VirtualClock.ts"
import { StandardInput } from "../../../src/services/StandardInput.ts"
import "./everyModule.ts"
import { minute, plainMail, type Step, type Story, startMillis } from "./Story.ts"
import { make, queueLines, type StoryWorld } from "./StoryWorld.ts"

/** What a step did, in the form in which it is expected. */
type Observed = Required<Omit<Step, "argv" | "stdin" | "atMinutes" | "forMinutes" | "output">> & {
  readonly output: string
}

export interface Told {
  readonly steps: ReadonlyArray<Observed>
  readonly errors: ReadonlyArray<EsmtpError>
  readonly relayed: ReadonlyArray<TakenMessage>
  readonly local: ReadonlyArray<LocalMail>
  /** Minutes since the beginning at which a relay was called. */
  readonly callMinutes: ReadonlyArray<number>
}

const exitStatuses = Object.values(SysExit)

/** Paths of a story are those of a moment. */
const neutral = (home: string, text: string): string =>
  text.replaceAll(home, "~").replace(/(?<=nowhere\/esmtp-)\w{6}/g, "XXXXXX")

const errorLines = (home: string, text: string): ReadonlyArray<string> =>
  neutral(home, text)
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => line.replace(/^esmtp: /, "").replace(/ \[192\.0\.2\.25\]/, ""))

/** Input as a step has it, and what is printed. */
const streams = ({ stdin = plainMail }: Step) => {
  if (typeof stdin === "string") return MemoryStreams.layer(stdin)
  const failure = new MessageError({ reason: stdin.failing, detail: "the story's input failed" })
  const input = StandardInput.of({ isTerminal: false, message: () => Stream.fail(failure) })
  return Layer.merge(MemoryStreams.layer(), Layer.succeed(StandardInput, input))
}

/** A program that has not ended by then waits for what never comes. */
const patience = Duration.days(30)

const invoke = (world: StoryWorld, step: Step) => {
  const [name = "sendmail", ...args] = step.argv
  const given = parse(name, args)
  if (Either.isLeft(given)) world.errors.push(given.left)
  const program = Program.main(["node", name, ...args], world.composition(args))
  return program.pipe(
    Effect.provide(world.surroundings),
    Effect.exit,
    // It leaves its status to the process, which is ours.
    Effect.map(() => {
      const status = exitStatuses.find((known) => known === process.exitCode)
      process.exitCode = undefined
      return status
    }),
    Effect.timeoutOption(step.forMinutes === undefined ? patience : Duration.minutes(step.forMinutes))
  )
}

const waitUntil = (millis: number): Effect.Effect<void> =>
  Effect.flatMap(Clock.currentTimeMillis, (now) => Effect.sleep(Duration.millis(Math.max(0, millis - now))))

const play = (world: StoryWorld, step: Step): Effect.Effect<Observed, never, Scope.Scope> =>
  Effect.gen(function* () {
    const { dialogue, probe } = world
    const lines = dialogue.length
    const relayed = (yield* probe.relayed).length
    const local = (yield* probe.local).length
    if (step.atMinutes !== undefined) yield* waitUntil(minute(step.atMinutes))
    const terminal = yield* Layer.build(streams(step))
    const status = yield* Effect.provide(invoke(world, step), terminal)
    const printed = Context.get(terminal, MemoryStreams.Probe)
    return {
      status: Option.getOrElse(
        Option.flatMapNullable(status, (known) => known),
        () => "running" as const
      ),
      errors: errorLines(world.home, yield* printed.error),
      dialogue: dialogue.slice(lines),
      relayed: (yield* probe.relayed).slice(relayed).map(({ recipients }) => recipients),
      local: (yield* probe.local).slice(local).map(({ recipients }) => recipients),
      queue: yield* queueLines(world),
      output: neutral(world.home, yield* printed.out)
    }
  })

const shown = (value: unknown): string => (value === undefined ? "nothing" : JSON.stringify(value))

/** In which respects a step is not as expected. */
const differences = (expected: Step, observed: Observed): ReadonlyArray<string> => {
  const found: Array<string> = []
  const compare = (what: string, wanted: unknown, got: unknown) => {
    if (wanted !== undefined && shown(wanted) !== shown(got))
      found.push(`${what}: expected ${shown(wanted)}, was ${shown(got)}`)
  }
  compare("status", expected.status, observed.status)
  compare("errors", expected.errors ?? [], observed.errors)
  compare("dialogue", expected.dialogue, observed.dialogue)
  compare("relayed", expected.relayed, observed.relayed)
  compare("local", expected.local, observed.local)
  compare("queue", expected.queue, observed.queue)
  if (expected.output?.test(observed.output) === false)
    found.push(`output: expected ${expected.output}, was ${shown(observed.output)}`)
  return found
}

const heading = ({ argv, atMinutes }: Step, index: number): string =>
  `${index + 1}. ${atMinutes === undefined ? "" : `minute ${atMinutes}: `}${argv.join(" ")}`

const indented = (lines: ReadonlyArray<string>): string => lines.map((line) => `       ${line}`).join("\n")

/** The story up to its first wrong step, and everything that happened in that one. */
const trace = (story: Story, steps: ReadonlyArray<Observed>, wrong: ReadonlyArray<string>): string => {
  const lines = steps.map((_, index) => {
    const step = story.steps[index]
    return step === undefined ? "" : `  ${index === steps.length - 1 ? "✗" : "✓"} ${heading(step, index)}`
  })
  const last = steps.at(-1)
  const facts =
    last === undefined
      ? []
      : [
          ...last.errors.map((line) => `stderr: ${line}`),
          ...last.dialogue,
          ...last.queue.map((line) => `queue: ${line}`)
        ]
  return [`${story.name}:`, ...lines, indented(wrong), "     what happened:", indented(facts)].join("\n")
}

const telling = (story: Story): Effect.Effect<Told, never, Scope.Scope> =>
  Effect.gen(function* () {
    const world = yield* make(story)
    const steps: Array<Observed> = []
    for (const step of story.steps) {
      const observed = yield* play(world, step)
      steps.push(observed)
      const wrong = differences(step, observed)
      if (wrong.length > 0) assert.fail(trace(story, steps, wrong))
    }
    const { calls, local, relayed } = world.probe
    return {
      steps,
      errors: world.errors,
      relayed: yield* relayed,
      local: yield* local,
      callMinutes: (yield* calls).map(({ at }) => (at - startMillis) / 60_000)
    }
  })

/** Fails with a trace where the story goes another way than it is written. */
export const tell = (story: Story): Effect.Effect<Told, never, Scope.Scope> =>
  VirtualClock.by(VirtualClock.make(startMillis))(telling(story))
