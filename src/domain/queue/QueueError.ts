/** A failure of the queue's own storage. */
import * as Data from "effect/Data"

export class QueueFailed extends Data.TaggedError("QueueFailed")<{
  /** The system operation that failed: `open`, `write`, `fsync`, `rename`… or `verify` for a damaged entry. */
  readonly operation: string
  readonly path: string
  readonly reason: "NoSpace" | "Permission" | "Corrupt" | "Unsafe" | "Io" | "Unsupported" | "NotFound"
  readonly detail: string
  readonly cause?: unknown
}> {
  override get message(): string {
    return `queue: ${this.operation} ${this.path}: ${this.detail}`
  }
}
