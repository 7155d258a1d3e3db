/**
 * The whole message in a file without a name, for the standard input of an MDA.
 *
 * A program gets all of the message or is not started at all, and its early end is no broken pipe. It can open
 * `/dev/stdin` by name, which it could not where Node's pipes, being sockets, were its input.
 *
 * Source: qmail: qmail-lspawn (which gives the queue's own file); open(2), mkdtemp(3).
 */
import * as fs from "node:fs/promises"
import { tmpdir } from "node:os"
import * as path from "node:path"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { toLf } from "../../domain/mail/LfLines.ts"
import { MessageError } from "../../domain/mail/MessageError.ts"
import type { QueueFailed } from "../../domain/queue/QueueError.ts"
import type { Message } from "../../services/Message.ts"

/** Not interruptible: what is under way would go on, with nobody to close it. */
const call = <A>(act: () => Promise<A>): Effect.Effect<A, MessageError> =>
  Effect.uninterruptible(
    Effect.tryPromise({
      try: act,
      catch: (cause) =>
        new MessageError({
          reason: "SpoolFailed",
          detail: `temporary file: ${cause instanceof Error ? cause.message : cause}`,
          cause
        })
    })
  )

/** The modes are set again, as an umask may have taken away our own rights. */
const openUnnamed = async (): Promise<fs.FileHandle> => {
  const directory = await fs.mkdtemp(path.join(tmpdir(), "esmtp-"))
  try {
    await fs.chmod(directory, 0o700)
    const handle = await fs.open(path.join(directory, "message"), "wx+", 0o600)
    await handle.chmod(0o600)
    return handle
  } finally {
    await fs.rm(directory, { recursive: true, force: true })
  }
}

/** A descriptor at the start of the message, with LF line ends; closed with the scope. */
export const make = (message: Message): Effect.Effect<number, MessageError | QueueFailed, Scope.Scope> =>
  Effect.gen(function* () {
    const handle = yield* Effect.acquireRelease(call(openUnnamed), (opened) =>
      // Nothing in it was meant to last.
      Effect.ignore(call(() => opened.close()))
    )
    let size = 0
    const append = (octets: Uint8Array) =>
      Effect.gen(function* () {
        for (let from = 0; from < octets.length; ) {
          // At a position, so that the descriptor's own stays at the start.
          const { bytesWritten } = yield* call(() => handle.write(octets, from, octets.length - from, size))
          from += bytesWritten
          size += bytesWritten
        }
      })
    yield* Stream.runForEach(Stream.prepend(message.body, Chunk.of(message.header.local)), (octets) =>
      append(toLf(octets))
    )
    return handle.fd
  })
