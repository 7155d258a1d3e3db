/** A file that was asked for on the command line (`-X`) can't be written. */
import * as Data from "effect/Data"

export class OutputError extends Data.TaggedError("OutputError")<{
  readonly path: string
  readonly detail: string
  readonly cause?: unknown
}> {
  override get message(): string {
    return `${this.path}: ${this.detail}`
  }
}
