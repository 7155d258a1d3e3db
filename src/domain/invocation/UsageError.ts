/** The command line is wrong. */
import * as Data from "effect/Data"

export class UsageError extends Data.TaggedError("UsageError")<{
  /** The argument concerned, as given; control characters already escaped. */
  readonly argument?: string
  readonly detail: string
}> {
  override get message(): string {
    return this.detail
  }
}
