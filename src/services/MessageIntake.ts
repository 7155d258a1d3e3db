/** Takes a message in, to its end, before anything is decided about it. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import type { HeaderBlock } from "../domain/mail/HeaderBlock.ts"
import type { MessageError } from "../domain/mail/MessageError.ts"
import type { MessageFacts } from "../domain/mail/MessageFacts.ts"

export interface ReceivedMessage {
  readonly header: HeaderBlock
  /** Of the body alone. */
  readonly bodyFacts: MessageFacts
  /** Canonical, replayable; see `Message.body`. */
  readonly body: Stream.Stream<Uint8Array, MessageError>
}

export class MessageIntake extends Context.Tag("esmtp/services/MessageIntake")<
  MessageIntake,
  {
    /**
     * Reads `input` to its end. What does not fit in memory lives in an unnamed file until the scope closes. Nothing of
     * a chunk is used once the next one is asked for, so a source may fill the same octets again.
     */
    readonly receive: (
      input: Stream.Stream<Uint8Array, MessageError>
    ) => Effect.Effect<ReceivedMessage, MessageError, Scope.Scope>
  }
>() {}
