/** Sessions with a relay. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Envelope } from "../domain/mail/Envelope.ts"
import type { MessageError } from "../domain/mail/MessageError.ts"
import type { HookFailed } from "../domain/mda/MdaError.ts"
import type { QueueFailed } from "../domain/queue/QueueError.ts"
import type { RecipientResult, SessionFacts } from "../domain/smtp/DialogueTypes.ts"
import type { Relay } from "../domain/smtp/Relay.ts"
import type { SmtpError } from "../domain/smtp/SmtpError.ts"
import type { Message } from "./Message.ts"

/** Failures after which there is no session. */
export type SessionError = SmtpError | HookFailed

/** One address of a relay's host. */
export interface AddressReach {
  /** Numeric. */
  readonly address: string
  /** Why it can't be connected to; absent: it can. */
  readonly failure?: string
}

export interface SendOptions {
  readonly requireAllRecipients: boolean
  /**
   * Told the results of each transaction as soon as they are final, before another byte is sent: many recipients take
   * many transactions, and what has been delivered must be durable before the last of them. If it fails, `send` fails.
   */
  readonly onResults?: (results: ReadonlyArray<RecipientResult>) => Effect.Effect<void, QueueFailed>
}

export interface SmtpSession {
  readonly facts: SessionFacts
  /**
   * The recipients of route `relay`, in as many transactions as the server's limit takes; in one where all are required.
   * Returns when the reply to the message is read, before another byte is sent, so that the caller can make the results
   * durable first. A lost connection is a result too: every recipient without a final reply carries it. Fails only when
   * the message itself can't be read, or `onResults` fails. The caller retries; whether the session can take another
   * message is told by `isUsable`.
   */
  readonly send: (
    envelope: Envelope,
    message: Message,
    options: SendOptions
  ) => Effect.Effect<ReadonlyArray<RecipientResult>, MessageError | QueueFailed>
  readonly isUsable: Effect.Effect<boolean>
}

export class SmtpTransport extends Context.Tag("esmtp/services/SmtpTransport")<
  SmtpTransport,
  {
    /**
     * Connects, secures, authenticates. Every address of the host is tried; nobody retries after that but the caller.
     * Closing the scope says QUIT if the session is idle and closes the connection.
     */
    readonly open: (relay: Relay) => Effect.Effect<SmtpSession, SessionError, Scope.Scope>
    /** Connects to each address of the host and says nothing. Fails where the host has none. */
    readonly survey: (relay: Relay) => Effect.Effect<ReadonlyArray<AddressReach>, SessionError>
  }
>() {}
