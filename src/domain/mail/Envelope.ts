/**
 * The envelope: who sends, who receives, and what the sender asked to be told.
 *
 * Source: RFC 5321 §2.3.1; RFC 3461 §4 (RET, ENVID, NOTIFY, ORCPT); RFC 6152 §2 (BODY).
 */
import type { Mailbox, ReversePath } from "./Mailbox.ts"

export type NotifyOn = "SUCCESS" | "FAILURE" | "DELAY"

/** `"NEVER"`, or the events to report. Absent: the server's default (failures, perhaps delays). */
export type Notify = "NEVER" | ReadonlyArray<NotifyOn>

/** Where a recipient's copy goes: over SMTP, or to a program on this machine. */
export type Route = "relay" | "mda"

export interface Recipient {
  readonly mailbox: Mailbox
  readonly route: Route
  readonly notify?: Notify
  /** The address as first given, sent as ORCPT `rfc822;…` when it differs from `mailbox`. Not xtext-encoded. */
  readonly originalRecipient?: string
}

export type BodyType = "7BIT" | "8BITMIME"

export interface Envelope {
  readonly reversePath: ReversePath
  /** In the order given, without duplicates. */
  readonly recipients: ReadonlyArray<Recipient>
  readonly ret?: "FULL" | "HDRS"
  /** Not xtext-encoded. */
  readonly envid?: string
  /** Only what `-B` asked for. Absent: declared from the content. */
  readonly body?: BodyType
}
