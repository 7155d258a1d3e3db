/** Messages to be queued, as small as a test can use them. */
import * as Stream from "effect/Stream"
import type { Recipient } from "../../../src/domain/mail/Envelope.ts"
import { Mailbox } from "../../../src/domain/mail/Mailbox.ts"
import type { MessageError } from "../../../src/domain/mail/MessageError.ts"
import type { RetryPolicy } from "../../../src/domain/queue/RetryPolicy.ts"
import type { Ruling, Verdict } from "../../../src/domain/queue/Verdict.ts"
import type { Message } from "../../../src/services/Message.ts"
import type { Draft } from "../../../src/services/Queue.ts"

const utf8 = new TextEncoder()

export const policy: RetryPolicy = {
  delaysMillis: [60_000, 300_000, 900_000, 1_800_000, 3_600_000, 7_200_000, 14_400_000],
  lifetimeMillis: 5 * 86_400_000
}

export interface DraftOptions {
  readonly recipients?: ReadonlyArray<string | Recipient>
  readonly body?: string | ReadonlyArray<Uint8Array>
  readonly wire?: string
  readonly local?: string
  readonly identity?: string
  readonly sender?: string
  readonly stream?: Stream.Stream<Uint8Array, MessageError>
}

const recipientOf = (recipient: string | Recipient): Recipient =>
  typeof recipient === "string" ? { mailbox: Mailbox(recipient), route: "relay" } : recipient

export const messageOf = (options: DraftOptions): Message => {
  const wire = utf8.encode(options.wire ?? "Subject: test\r\n\r\n")
  const local = utf8.encode(options.local ?? "Subject: test\r\n\r\n")
  const { body = "hello\r\n" } = options
  const blocks = typeof body === "string" ? [utf8.encode(body)] : body
  const bodyBytes = blocks.reduce((sum, block) => sum + block.length, 0)
  return {
    header: { wire, local },
    facts: {
      sizeBytes: wire.length + bodyBytes,
      hasEightBitHeader: false,
      hasEightBitBody: false,
      longestLineBytes: 13,
      nulsDropped: 0
    },
    body: options.stream ?? Stream.fromIterable(blocks)
  }
}

export const draft = (options: DraftOptions = {}): Draft => ({
  envelope: {
    reversePath: Mailbox(options.sender ?? "sender@example.org"),
    recipients: (options.recipients ?? ["one@example.net"]).map(recipientOf)
  },
  message: messageOf(options),
  ...(options.identity !== undefined && { identity: options.identity }),
  messageId: "<1@example.org>",
  argv: ["-t", "-oi"]
})

const verdict = (status: Verdict["status"], text: string): Verdict => ({
  status,
  text,
  by: "smtp",
  relay: "relay.example:25"
})

export const delivered = (...recipients: ReadonlyArray<number>): Ruling => ({
  recipients,
  verdict: verdict("delivered", "250 2.0.0 ok")
})

export const deferred = (...recipients: ReadonlyArray<number>): Ruling => ({
  recipients,
  verdict: verdict("deferred", "450 4.2.0 later")
})

export const failed = (...recipients: ReadonlyArray<number>): Ruling => ({
  recipients,
  verdict: verdict("failed", "550 5.1.1 unknown")
})
