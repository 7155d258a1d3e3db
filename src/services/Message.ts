/** A message that can be read as often as a delivery needs it, without being held in memory. */
import type * as Stream from "effect/Stream"
import type { MessageError } from "../domain/mail/MessageError.ts"
import type { MessageFacts, MessageHeader } from "../domain/mail/MessageFacts.ts"
import type { QueueFailed } from "../domain/queue/QueueError.ts"

export interface Message {
  readonly header: MessageHeader
  /** Of `header.wire` and `body` together. */
  readonly facts: MessageFacts
  /** Canonical: CRLF line ends, no NUL, empty or ending with CRLF; not dot-stuffed. Every run starts at the first octet. */
  readonly body: Stream.Stream<Uint8Array, MessageError | QueueFailed>
  /** `header.wire` and `body` in one piece, where a small message is in memory anyway. */
  readonly whole?: Uint8Array
}
