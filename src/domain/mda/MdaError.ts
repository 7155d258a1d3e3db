/**
 * Failures of programs that esmtp runs for its user: the MDA, and the hooks around a session.
 *
 * Source: esmtp: local.c, main.c (preconnect, postconnect); sysexits(3) for the MDA's own statuses.
 */
import * as Data from "effect/Data"

export type ProgramEnd =
  | { readonly _tag: "Exited"; readonly status: number }
  | { readonly _tag: "Signalled"; readonly signal: string }
  | { readonly _tag: "TimedOut"; readonly afterMillis: number }
  | { readonly _tag: "NotStarted"; readonly detail: string }
  | { readonly _tag: "BadOutput"; readonly detail: string }

export const programEndText = (end: ProgramEnd): string => {
  switch (end._tag) {
    case "Exited":
      return `exit status ${end.status}`
    case "Signalled":
      return `killed by ${end.signal}`
    case "TimedOut":
      return `no end after ${end.afterMillis / 1000} s`
    case "NotStarted":
    case "BadOutput":
      return end.detail
  }
}

/** The MDA did not take the message. `reason` `NoMda`: a local recipient, and no `mda` in the configuration. */
export class MdaFailed extends Data.TaggedError("MdaFailed")<{
  readonly reason: "NoMda" | "Failed" | "BadRecipient"
  /** The program and its arguments, for display; absent with `NoMda`. */
  readonly command?: string
  readonly end?: ProgramEnd
  /** What it printed, at most 4 KiB, for the bounce. */
  readonly output?: string
  /** With `BadRecipient`: which address, and what is wrong with it. */
  readonly detail?: string
}> {
  override get message(): string {
    if (this.reason === "NoMda") return "local delivery not possible without an MDA"
    if (this.reason === "BadRecipient") return this.detail ?? "recipient not fit for a command line"
    const end = this.end === undefined ? "failed" : programEndText(this.end)
    return `MDA ${this.command ?? ""}: ${end}`
  }
}

/** A command from the configuration failed: `preconnect`, `postconnect`, `password_command`, `oauth2_token_command`. */
export class HookFailed extends Data.TaggedError("HookFailed")<{
  readonly hook: "preconnect" | "postconnect" | "password_command" | "oauth2_token_command"
  readonly command: string
  readonly end: ProgramEnd
}> {
  /** Without the command where it may hold the secret that it prints. */
  override get message(): string {
    const isConnectHook = this.hook === "preconnect" || this.hook === "postconnect"
    return `${this.hook}${isConnectHook ? ` "${this.command}"` : ""}: ${programEndText(this.end)}`
  }
}
