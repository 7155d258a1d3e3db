/**
 * A validated configuration.
 *
 * Source: esmtp: esmtprc(5), parser.y, lexer.l. `Keywords.ts` lists every keyword.
 */
import type { Relay } from "../smtp/Relay.ts"

/** One section of the file. */
export interface Identity {
  /** What the `identity` statement says: an address, `*@domain`, or a domain. Absent for statements before the first. */
  readonly name?: string
  /** Template of the address used as reverse-path; `%u %h %d` still in it. From `sender`, else `name` if it is an address. */
  readonly sender?: string
  readonly isDefault: boolean
  readonly relay: Relay
  /** `force sender`: value of the Sender: field, always. `%u` still in it. */
  readonly forceSender?: string
  /** `force reverse_path`. `%u` still in it. */
  readonly forceReversePath?: string
  readonly qualifyDomain?: string
  /** Whether a missing Message-ID is added. */
  readonly addMessageId: boolean
  readonly preconnect?: string
  readonly postconnect?: string
  /** Line of the section's first statement, for messages. */
  readonly line: number
}

export type DeliveryMode = "interactive" | "background" | "queue"

export interface Settings {
  /** The file read; absent: none was needed. */
  readonly path?: string
  /** In file order; the section before the first `identity` comes first if it says anything of its own. Never empty. */
  readonly identities: ReadonlyArray<Identity>
  readonly mda?: string
  readonly forceMda?: string
  readonly deliveryMode: DeliveryMode
  /** Absolute. */
  readonly queueDir: string
  readonly queueLifetimeMillis: number
  /** Milliseconds between tries; the last repeats. */
  readonly retryScheduleMillis: ReadonlyArray<number>
  /** Absent: `yes` when interactive, `no` from the queue. */
  readonly requireAllRecipients?: boolean
  /** Sessions side by side per relay when the queue is drained. */
  readonly queueSessions: number
  /** Absolute path, or `syslog`. */
  readonly logfile?: string
}
