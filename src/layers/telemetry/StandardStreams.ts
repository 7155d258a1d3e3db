/**
 * Writes text to standard output and standard error without the weight of Node's stream objects.
 *
 * A reader that went away (EPIPE) or a closed descriptor must never turn a delivered message into a failure, so such
 * losses end silently; a full pipe set non-blocking by somebody else (EAGAIN) is waited for.
 */
import { writeSync } from "node:fs"
import * as Effect from "effect/Effect"

const retryMillis = 5
const patienceMillis = 10_000

const errorCode = (cause: unknown): string | undefined =>
  cause instanceof Error && "code" in cause && typeof cause.code === "string" ? cause.code : undefined

/** Blocks this thread: only while another process holds the pipe full. */
const pause = (millis: number): void => {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, millis)
}

const writeWhole = (fd: number, bytes: Uint8Array): void => {
  let offset = 0
  let waitedMillis = 0
  while (offset < bytes.length) {
    try {
      offset += writeSync(fd, bytes, offset)
      waitedMillis = 0
    } catch (cause) {
      if (errorCode(cause) !== "EAGAIN" || waitedMillis >= patienceMillis) return
      pause(retryMillis)
      waitedMillis += retryMillis
    }
  }
}

const encoder = new TextEncoder()

/** For listings and `-v`: standard output belongs to the user. */
export const writeOut = (text: string): Effect.Effect<void> =>
  Effect.sync(() => writeWhole(1, encoder.encode(text)))

/** For errors, advice and logs. */
export const writeError = (text: string): Effect.Effect<void> =>
  Effect.sync(() => writeWhole(2, encoder.encode(text)))
