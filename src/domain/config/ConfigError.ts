/** The configuration can't be used: not found, not readable, not safe, or not understood. */
import * as Data from "effect/Data"

export class ConfigError extends Data.TaggedError("ConfigError")<{
  readonly path: string
  readonly reason: "NotFound" | "Unreadable" | "Unsafe" | "Syntax" | "Value"
  /** 1-based; absent for a fault of the whole file. Columns count code points. */
  readonly line?: number
  readonly column?: number
  readonly found?: string
  readonly expected?: string
  readonly detail: string
}> {
  override get message(): string {
    if (this.reason === "NotFound") return this.detail
    const place = this.line === undefined ? this.path : `${this.path}:${this.line}:${this.column ?? 1}`
    return `${place}: ${this.detail}`
  }
}
