/** The message or an address in it can't be sent as it is, or could not be read. */
import * as Data from "effect/Data"

export class MessageError extends Data.TaggedError("MessageError")<{
  readonly reason:
    | "BadAddress"
    | "NoRecipients"
    | "HeaderTooLarge"
    | "TooManyHops"
    | "Unreadable"
    | "Interrupted"
    | "SpoolFailed"
  /** The address or field concerned, if any; control characters already escaped. */
  readonly subject?: string
  readonly detail: string
  readonly cause?: unknown
}> {
  override get message(): string {
    return this.subject === undefined ? this.detail : `${this.subject}: ${this.detail}`
  }
}
