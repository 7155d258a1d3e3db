/**
 * Writes a message as the dialogue asks for it, block by block, never holding more than one block.
 *
 * A block goes out when the first octet of the next one is known, so that the last one can be marked as such.
 * Source: RFC 5321 §4.5.2 (dot-stuffing), §4.5.3.2.5 (a deadline for each block); RFC 3030 §2 (BDAT).
 */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as DotStuffing from "../../domain/mail/DotStuffing.ts"
import type { MessageError } from "../../domain/mail/MessageError.ts"
import type { QueueFailed } from "../../domain/queue/QueueError.ts"
import type { DialogueEvent } from "../../domain/smtp/DialogueTypes.ts"
import type { SessionEvent } from "../../domain/telemetry/SessionEvent.ts"
import type { Line } from "../../services/Dialer.ts"
import type { Message } from "../../services/Message.ts"
import { inOrder } from "./inOrder.ts"

export interface BodyTarget {
  readonly connection: Line
  readonly tell: (event: DialogueEvent) => void
  readonly record: (event: SessionEvent) => Effect.Effect<void>
}

/** Each chunk costs a reply; each block may take as long as a deadline. */
const blockBytes = { dot: 64 * 1024, bdat: 256 * 1024 } as const

const encoder = new TextEncoder()

const finalDot = encoder.encode(".\r\n")

/** One block, and whether it ends the message. Written when it is called; what it gives waits for room unless it does. */
type WriteBlock = (parts: ReadonlyArray<Uint8Array>, bytes: number, isLast: boolean) => Effect.Effect<void>

const writeDotBlock = ({ connection, tell }: BodyTarget): WriteBlock => {
  const stuff = DotStuffing.make()
  return (parts, _bytes, isLast) => {
    const stuffed = parts.map(stuff)
    if (isLast) tell({ _tag: "BodySent" })
    // Canonical messages end with CRLF, so the dot stands at the beginning of a line.
    connection.write(isLast ? [...stuffed, finalDot] : stuffed)
    return isLast ? Effect.void : connection.drained
  }
}

const writeChunk =
  ({ connection, tell, record }: BodyTarget): WriteBlock =>
  (parts, bytes, isLast) => {
    const command = `BDAT ${bytes}${isLast ? " LAST" : ""}\r\n`
    tell({ _tag: isLast ? "BodySent" : "ChunkSent" })
    connection.write([encoder.encode(command), ...parts])
    return inOrder([
      () => record({ _tag: "Sent", text: command }),
      () => (isLast ? Effect.void : connection.drained)
    ])
  }

/** A message of one block, at once: nothing waits for room. Writes when it is called; what it gives only tells of it. */
export const writeWhole = (
  whole: Uint8Array,
  header: Uint8Array,
  framing: "dot" | "bdat",
  target: BodyTarget
): Effect.Effect<void> => {
  const writeBlock = framing === "dot" ? writeDotBlock(target) : writeChunk(target)
  return inOrder([
    () => writeBlock([whole], whole.length, true),
    () => target.record({ _tag: "HeaderSent", bytes: header }),
    () => target.record({ _tag: "BodyProgress", bytes: whole.length })
  ])
}

/** Succeeds when the last octet is handed over; never, once the connection is lost. Fails if the message can't be read. */
export const write = Effect.fn("BodyWriter.write")(function* (
  message: Message,
  framing: "dot" | "bdat",
  target: BodyTarget
): Effect.fn.Return<void, MessageError | QueueFailed> {
  const writeBlock = framing === "dot" ? writeDotBlock(target) : writeChunk(target)
  let parts: Array<Uint8Array> = []
  let bytes = 0
  let isFirst = true

  const flush = (isLast: boolean) =>
    Effect.gen(function* () {
      const block = parts
      const size = bytes
      parts = []
      bytes = 0
      yield* writeBlock(block, size, isLast)
      if (isFirst) yield* target.record({ _tag: "HeaderSent", bytes: message.header.wire })
      isFirst = false
      if (!isLast) target.tell({ _tag: "BodyProgress" })
      yield* target.record({ _tag: "BodyProgress", bytes: size })
    })

  const add = (octets: Uint8Array) => {
    const before = bytes >= blockBytes[framing] ? flush(false) : Effect.void
    return Effect.map(before, () => {
      parts.push(octets)
      bytes += octets.length
    })
  }

  yield* add(message.header.wire)
  yield* Stream.runForEach(message.body, add)
  yield* flush(true)
})
