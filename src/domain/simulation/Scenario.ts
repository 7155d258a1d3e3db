/** A story to be simulated: a world, messages and runs at their times, and what is expected to come of it. */
import type { Status } from "./Timeline.ts"
import type { WorldOptions } from "./World.ts"

/** Starts of the program with a message. */
export interface Arrival {
  readonly at: number
  readonly count: number
  readonly everyMillis: number
  /** Arguments of `sendmail`. */
  readonly argv: ReadonlyArray<string>
  readonly input: string
  readonly exitStatus?: number
}

export type Runs =
  /** `deliver --watch`. */
  | { readonly _tag: "Schedule" }
  /** `deliver --due` each time. */
  | { readonly _tag: "Every"; readonly millis: number }
  | { readonly _tag: "At"; readonly times: ReadonlyArray<number> }

/** Something that has to happen, after whatever was expected before it. Texts are parts of the texts that occur. */
export interface ExpectedStep {
  readonly event: Status | "called" | "unavailable" | "reported" | "buried"
  readonly recipient?: string
  readonly text?: string
  readonly from?: number
  readonly until?: number
}

export interface Expectation {
  readonly exitStatus?: number
  readonly delivered?: number
  readonly failed?: number
  readonly pending?: number
  readonly reports?: number
  readonly dead?: number
  readonly possibleDuplicates?: number
  readonly steps: ReadonlyArray<ExpectedStep>
}

export interface Scenario {
  readonly title: string
  readonly startAt: number
  readonly durationMillis: number
  /** Without `rc`: the user's own configuration. */
  readonly world: WorldOptions
  readonly arrivals: ReadonlyArray<Arrival>
  readonly runs: Runs
  readonly expect?: Expectation
}

const day = 86_400_000

/** 2026-01-02T17:00:00Z: a Friday evening. */
export const defaultStartAt = 1_767_373_200_000

/** As long as the queue keeps a message, and a day to see the end of it. */
export const defaultDurationMillis = 6 * day

export const empty: Scenario = {
  title: "a cooperative relay",
  startAt: defaultStartAt,
  durationMillis: defaultDurationMillis,
  world: {},
  arrivals: [],
  runs: { _tag: "Schedule" }
}
