/** Tells a story with the real program, and says where it first went another way. */
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as TestClock from "effect/TestClock"
import { parse } from "../../../src/domain/invocation/SendmailArgv.ts"
import { SysExit } from "../../../src/domain/invocation/SysExit.ts"
import type { EsmtpError } from "../../../src/domain/invocation/SysExits.ts"
import * as Program from "../../../src/layers/invocation/Program.ts"
import { input, type LocalMail, type Printed, streams, system } from "./Household.ts"
import type { TakenMessage } from "./ScriptedRelay.ts"
import { type Expected, plainMail, type Step, type Story } from "./Story.ts"
import { make, queueLines, queueTexts, type StoryWorld, startMillis } from "./StoryWorld.ts"
import { runVirtually, type Stuck } from "./virtualTime.ts"

const minute = 60_000

/** What a step did, in the form in which it is expected. */
type Observed = Required<Omit<Expected, "status" | "output">> & {
  /** Absent: ended from outside. */
  readonly status: SysExit | undefined
  readonly output: string
}

export interface Told {
  readonly steps: ReadonlyArray<Observed>
  readonly errors: ReadonlyArray<EsmtpError>
  readonly relayed: ReadonlyArray<TakenMessage>
  readonly local: ReadonlyArray<LocalMail>
  /** Minutes since the beginning at which the relay was tried. */
  readonly attemptMinutes: ReadonlyArray<number>
  /** Of what is in the queue at the end. */
  readonly queued: ReadonlyArray<string>
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

const invoke = (world: StoryWorld, step: Step, printed: Printed) => {
  const [name = "sendmail", ...args] = step.argv
  const given = parse(name, args)
  if (Either.isLeft(given)) world.errors.push(given.left)
  const surroundings = Layer.mergeAll(system(world.home), streams(printed), input(step.stdin ?? plainMail))
  const program = Program.main(["node", name, ...args], world.composition(args))
  return Effect.exit(Effect.provide(program, surroundings)).pipe(
    // It leaves its status to the process, which is ours.
    Effect.map(() => {
      const status = exitStatuses.find((known) => known === process.exitCode)
      process.exitCode = undefined
      return status
    })
  )
}

const play = (world: StoryWorld, step: Step): Effect.Effect<Observed, Stuck> =>
  Effect.gen(function* () {
    const { dialogue, local, relay } = world
    const before = { dialogue: dialogue.length, local: local.length, relayed: relay.messages.length }
    if (step.atMinutes !== undefined) yield* TestClock.setTime(startMillis + step.atMinutes * minute)
    const printed: Printed = { out: "", error: "" }
    const until =
      step.forMinutes === undefined
        ? undefined
        : startMillis + ((step.atMinutes ?? 0) + step.forMinutes) * minute
    const ended = yield* runVirtually(invoke(world, step, printed), until)
    return {
      status: Option.getOrUndefined(ended),
      errors: errorLines(world.home, printed.error),
      dialogue: dialogue.slice(before.dialogue),
      relayed: relay.messages.slice(before.relayed).map(({ to }) => to),
      local: local.slice(before.local).map(({ to }) => to),
      queue: yield* queueLines(world),
      output: neutral(world.home, printed.out)
    }
  })

const shown = (value: unknown): string => (value === undefined ? "nothing" : JSON.stringify(value))

/** In which respects a step is not as expected. */
const differences = (expected: Expected, observed: Observed): ReadonlyArray<string> => {
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

/** Fails with a trace where the story goes another way than it is written. */
export const tell = (story: Story): Effect.Effect<Told, Stuck, Scope.Scope> =>
  Effect.gen(function* () {
    yield* TestClock.setTime(startMillis)
    const world = yield* make(story)
    const steps: Array<Observed> = []
    for (const step of story.steps) {
      const observed = yield* play(world, step)
      steps.push(observed)
      const wrong = differences(step, observed)
      if (wrong.length > 0) assert.fail(trace(story, steps, wrong))
    }
    return {
      steps,
      errors: world.errors,
      relayed: world.relay.messages,
      local: world.local,
      attemptMinutes: world.relay.attemptsAt.map((at) => (at - startMillis) / minute),
      queued: yield* Effect.orElseSucceed(queueTexts(world), () => [])
    }
  })
