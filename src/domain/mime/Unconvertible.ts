/** A message can't be given the form that its relay takes without changing what it says. */
import * as Data from "effect/Data"

export class Unconvertible extends Data.TaggedError("Unconvertible")<{
  /** What stands against it, to follow "not converted:". Nothing of the message's own text is in it. */
  readonly obstacle: string
}> {
  override get message(): string {
    return `not converted: ${this.obstacle}`
  }
}
