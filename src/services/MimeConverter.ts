/** Gives a message the form that a relay can take. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { MessageError } from "../domain/mail/MessageError.ts"
import type { Unconvertible } from "../domain/mime/Unconvertible.ts"
import type { QueueFailed } from "../domain/queue/QueueError.ts"
import type { Message } from "./Message.ts"

export interface Converted {
  /** What decodes to the same; as replayable as the message it was made of, which it reads anew each time. */
  readonly message: Message
  /** Why lines of more than 998 octets are still in it, if there are. */
  readonly leftLong?: string
}

export class MimeConverter extends Context.Tag("esmtp/services/MimeConverter")<
  MimeConverter,
  {
    /**
     * Breaks lines that are too long for SMTP where MIME has a way to, and with `sevenBit` leaves no octet above 127, or
     * fails with `Unconvertible`. What needs no change keeps every octet.
     */
    readonly convert: (
      message: Message,
      options: { readonly sevenBit: boolean }
    ) => Effect.Effect<Converted, Unconvertible | MessageError | QueueFailed>
  }
>() {}
