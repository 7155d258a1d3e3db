/** What is said of standard input that can't be read. */
import { MessageError } from "../../domain/mail/MessageError.ts"

export const unreadableInput = (cause: unknown): MessageError =>
  new MessageError({
    reason: "Unreadable",
    detail: `standard input: ${cause instanceof Error ? cause.message : String(cause)}`,
    cause
  })
