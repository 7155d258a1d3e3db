/**
 * What a command line asks for, whichever of the two doors (sendmail syntax, subcommands) it came through.
 *
 * Source: esmtp: main.c; sendmail(8), sendmail(1) of Postfix.
 */
import type { BodyType, Notify } from "../mail/Envelope.ts"

/** Options that hold for every mode. */
export interface CommonOptions {
  /** `-C` */
  readonly configPath?: string
  /** `-v` */
  readonly verbose: boolean
  /** `-X` */
  readonly transcriptPath?: string
  /** `-d`, `-d3`: 0 is off. */
  readonly debugLevel: number
  /** `--trace` of subcommands, or `-d`. */
  readonly trace: boolean
  /** `-L`: tag for syslog and logs. */
  readonly logTag?: string
}

/** A message to take from standard input. */
export interface SubmitRequest {
  /** `-t` */
  readonly recipientsFromHeader: boolean
  /** As given, not yet parsed; free of control characters. */
  readonly operands: ReadonlyArray<string>
  /** `-f`/`-r`, as given but free of control characters; `""` and `"<>"` are the null sender; absent: not given. */
  readonly sender?: string
  /** `-F` */
  readonly fullName?: string
  /** `-B` */
  readonly body?: BodyType
  /** `-N` */
  readonly notify?: Notify
  /** `-R` */
  readonly ret?: "FULL" | "HDRS"
  /** `-V` */
  readonly envid?: string
  /** `-odi`, `-odb`, `-odq`/`-odd`; absent: the configuration's `delivery_mode`. */
  readonly deliveryMode?: "interactive" | "background" | "queue"
  /** Without `-i`/`-oi` a lone dot ends input that comes from a terminal. */
  readonly ignoreDots: boolean
}

/**
 * One filter of `-qI`, `-qR`, `-qS` (and `--recipient`, `--sender`): a substring, negated by `!`. Filters of one field
 * are alternatives, different fields must all hold: `QueueFilters.ts`.
 */
export interface QueueFilter {
  readonly field: "id" | "recipient" | "sender"
  readonly substring: string
  readonly negated: boolean
}

/** A run of the queue: `-q…`, `deliver`, `mailq -q`. */
export interface QueueRunRequest {
  /** Empty: all. */
  readonly ids: ReadonlyArray<string>
  readonly filters: ReadonlyArray<QueueFilter>
  /** Only entries whose retry time has come. */
  readonly onlyDue: boolean
  /**
   * `-q30m`: stay, and run again after this many milliseconds. `--watch`, `-qp`: stay and follow the schedule; there
   * `onlyDue` concerns the first run alone, later ones take what is due. `--linger`: the background runner, which ends
   * when nothing new has come in for a few seconds.
   */
  readonly repeat?: { readonly everyMillis: number } | "schedule" | "linger"
  /** `sendmail -q30m`: whoever called goes on at once. Not with `--foreground`. */
  readonly background?: boolean
  readonly json: boolean
  /** `sendmail -q`, as cron calls it, has nothing to say unless `-v` asks; `deliver` and `mailq -q` show outcomes. */
  readonly quiet?: boolean
}

/** Everything whose time has come, once. */
export const whatIsDue: QueueRunRequest = { ids: [], filters: [], onlyDue: true, json: false }

export type QueueAction = "hold" | "release" | "remove" | "retry" | "show"

export type Invocation =
  | { readonly _tag: "Submit"; readonly common: CommonOptions; readonly request: SubmitRequest }
  | {
      readonly _tag: "Explain"
      readonly common: CommonOptions
      readonly request: SubmitRequest
      readonly json: boolean
    }
  | {
      readonly _tag: "ListQueue"
      readonly common: CommonOptions
      readonly json: boolean
      /** `mailq -qRsubstring`, `-bp -qRsubstring`: only these. Absent: all. */
      readonly filters?: ReadonlyArray<QueueFilter>
    }
  | { readonly _tag: "RunQueue"; readonly common: CommonOptions; readonly request: QueueRunRequest }
  | {
      readonly _tag: "ControlQueue"
      readonly common: CommonOptions
      readonly action: QueueAction
      readonly ids: ReadonlyArray<string>
      readonly all: boolean
    }
  /** `esmtp check`: connect, authenticate, quit. */
  | {
      readonly _tag: "Check"
      readonly common: CommonOptions
      /** Absent: the default identity. */
      readonly identity?: string
      readonly json: boolean
    }
  /** `esmtp simulate`: the invocation, or the scenario's own messages, over simulated relay, MDA, queue and clock. */
  | {
      readonly _tag: "Simulate"
      readonly common: CommonOptions
      readonly scenarioPath?: string
      readonly seed?: number
      readonly json: boolean
      /** Present if there was any sendmail argument beside the common options. At least one of this and `scenarioPath`. */
      readonly invocation?: Invocation
      /** The arguments that `invocation` comes from, without the common options. */
      readonly sendmail?: ReadonlyArray<string>
    }
  /** `-bs`: messages by SMTP on standard input, replies on standard output. `request` holds for each of them. */
  | { readonly _tag: "Receive"; readonly common: CommonOptions; readonly request: SubmitRequest }
  /** `-bi`, `-I`, `newaliases`: esmtp has no aliases; nothing to do. */
  | { readonly _tag: "NewAliases" }
  /**
   * What `@effect/cli` serves: help, version, completions, `queue`, `check`. The arguments are canonical: long options
   * with their value in the next argument, then `--`, then operands.
   */
  | { readonly _tag: "Subcommand"; readonly args: ReadonlyArray<string> }
