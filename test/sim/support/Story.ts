/**
 * A user's story as data: what is typed, in which world, and everything that must come of it.
 *
 * A story is a list of steps, each an invocation of the real program at a moment of virtual time, over one world that
 * remembers: its queue, what its relay and its MDA have taken.
 */
import type { SysExit } from "../../../src/domain/invocation/SysExit.ts"
import type { RelayScript, Rule, RuleStage } from "../../../src/domain/simulation/RelayScript.ts"
import type { WorldOptions } from "../../../src/domain/simulation/World.ts"

export interface World extends Pick<WorldOptions, "mda" | "hooks" | "secrets" | "queueFaults"> {
  /** Text of the user's configuration; default `plainRc`. */
  readonly rc?: string
  /** What there is instead of that file. */
  readonly noRc?: "nothing" | "directory" | "dangling link"
  /** Permission bits of that file; default 0600. */
  readonly rcMode?: number
  /** Default: it takes everything. */
  readonly relay?: Partial<RelayScript>
  /** What is wrong with the files that TLS needs. */
  readonly tlsFiles?: string
  /** Messages that are in the queue already, whatever their addresses; nobody has looked at them. */
  readonly waiting?: ReadonlyArray<{ readonly from: string; readonly to: ReadonlyArray<string> }>
  /** Queueing a message meets a defect of ours. */
  readonly hasDefect?: boolean
  /** There is no directory for temporary files. */
  readonly noTemporaryFiles?: boolean
}

export interface Expected {
  readonly status: SysExit
  /** Lines of standard error; a leading `esmtp: ` left out. Default: none. */
  readonly errors?: ReadonlyArray<string>
  /** Commands and replies, `C: ` and `S: `, in the step. */
  readonly dialogue?: ReadonlyArray<string>
  /** Recipients of each message that the relay took in the step. */
  readonly relayed?: ReadonlyArray<ReadonlyArray<string>>
  /** Recipients of each message that the MDA took in the step. */
  readonly local?: ReadonlyArray<ReadonlyArray<string>>
  /** Every message in the queue after the step, reports included: `queued <ada@example.org> bob@example.net=pending`. */
  readonly queue?: ReadonlyArray<string>
  /** Text that standard output holds. */
  readonly output?: RegExp
}

export interface Step extends Omit<Expected, "status"> {
  /** `running`: it would not have ended by itself. */
  readonly status: SysExit | "running"
  /** Minutes since the story began; default: when the step before ended. */
  readonly atMinutes?: number
  /** Program name first. */
  readonly argv: ReadonlyArray<string>
  /** Default: `plainMail`. */
  readonly stdin?: string | { readonly failing: "Unreadable" | "Interrupted" }
  /** Ended from outside after this long. */
  readonly forMinutes?: number
}

export interface Story extends World {
  /** A sentence. */
  readonly name: string
  readonly steps: ReadonlyArray<Step>
}

/** Monday morning. */
export const startMillis = Date.UTC(2026, 0, 5, 8)

export const minutes = (count: number): number => count * 60_000

/** A moment of a story, for its scripts. */
export const minute = (count: number): number => startMillis + minutes(count)

export const plainRc = `
identity "ada@example.org"
  hostname = "smtp.example.org:587"
  starttls = disabled
`

export const plainMail = "From: ada@example.org\nTo: bob@example.net\nSubject: hello\n\nIt works.\n"

/** A relay that answers one command in another way than it would. */
export const answering = (at: RuleStage, reply: string, more: Partial<Rule> = {}): Partial<RelayScript> => ({
  rules: [{ at, reply: [reply], ...more }]
})
