/** An external program that a test relies on did not do its part; the test can't go on. */
import * as Data from "effect/Data"

export class PartFailed extends Data.TaggedError("PartFailed")<{
  readonly part: string
  readonly detail: string
  readonly cause?: unknown
}> {
  override get message(): string {
    return `${this.part}: ${this.detail}`
  }
}
