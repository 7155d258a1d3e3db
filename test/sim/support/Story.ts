/**
 * A user's story as data: what is typed, in which world, and everything that must come of it.
 *
 * A story is a list of steps, each an invocation of the real program at a moment of virtual time, over one world that
 * remembers: its queue, what its relay and its MDA have taken.
 */
import type { SysExit } from "../../../src/domain/invocation/SysExit.ts"
import type { QueueFailed } from "../../../src/domain/queue/QueueError.ts"

/** Where in a session a reply can be scripted. */
export type Verb = "greeting" | "EHLO" | "HELO" | "STARTTLS" | "AUTH" | "MAIL" | "RCPT" | "DATA" | "dot"

/** Lines of one reply, or what befalls the connection instead: it is closed, or nothing is said any more. */
export type Answer = string | { readonly drop: true } | { readonly silence: true }

export interface RelayScript {
  /** What keeps a connection from being made at all. */
  readonly unreachable?:
    | "NameNotFound"
    | "NameLookupFailed"
    | "ServiceUnknown"
    | "Refused"
    | "Unreachable"
    | "Lost"
  /** EHLO keywords. Default: PIPELINING, 8BITMIME, ENHANCEDSTATUSCODES. */
  readonly extensions?: ReadonlyArray<string>
  /** The nth use takes the nth answer, the last one repeats. */
  readonly answers?: Partial<Record<Verb, ReadonlyArray<Answer>>>
  /** Answers by recipient, before those of RCPT. */
  readonly recipients?: Readonly<Record<string, ReadonlyArray<Answer>>>
  /** STARTTLS is offered; the handshake succeeds unless this says how it fails. */
  readonly tls?: "works" | { readonly fails: "Handshake" | "Certificate" | "Store"; readonly detail: string }
}

/** The relay of a stretch of time, in minutes from the beginning of the story. */
export interface RelayPhase extends RelayScript {
  readonly untilMinutes?: number
}

export interface World {
  /** Text of the user's configuration; default `plainRc`. */
  readonly rc?: string
  /** What there is instead of that file. */
  readonly noRc?: "nothing" | "directory" | "dangling link"
  /** Permission bits of that file; default 0600. */
  readonly rcMode?: number
  /** In their order; the last one has no end. */
  readonly relay?: RelayScript | ReadonlyArray<RelayPhase>
  /** Exit status of each run of the MDA, the last one repeats; `absent`: the program can't be started. */
  readonly mda?: ReadonlyArray<number | "absent">
  /** Exit status of `preconnect`, `postconnect`, `password_command`. */
  readonly hook?: number
  /** Messages that are in the queue already, whatever their addresses; nobody has looked at them. */
  readonly waiting?: ReadonlyArray<{ readonly from: string; readonly to: ReadonlyArray<string> }>
  /** Every operation of the queue fails like this; `dies`: with a defect. */
  readonly queueFails?: QueueFailed["reason"] | "dies"
  /** Directory of temporary files: there is none. */
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

export interface Step extends Expected {
  /** Minutes since the story began; default: as the step before. */
  readonly atMinutes?: number
  /** Program name first. */
  readonly argv: ReadonlyArray<string>
  /** Default: `plainMail`. */
  readonly stdin?: string | { readonly failing: "Unreadable" | "Interrupted" }
  /** Invocations that never end by themselves are ended after this long. */
  readonly forMinutes?: number
}

export interface Story extends World {
  /** A sentence. */
  readonly name: string
  readonly steps: ReadonlyArray<Step>
}

export const plainRc = `
identity "ada@example.org"
  hostname = "smtp.example.org:587"
  starttls = disabled
`

export const plainMail = "From: ada@example.org\nTo: bob@example.net\nSubject: hello\n\nIt works.\n"
