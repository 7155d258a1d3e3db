/**
 * `StandardStreams` by plain system calls, without the weight of Node's stream objects.
 *
 * A reader that went away (EPIPE) or a closed descriptor must never turn a delivered message into a failure, so such
 * losses end silently; a full pipe set non-blocking by somebody else (EAGAIN) is waited for.
 */
import { closeSync, openSync, readSync, writeSync } from "node:fs"
import { isatty } from "node:tty"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { StandardStreams } from "../../services/StandardStreams.ts"

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

const write = (fd: number) => (text: string | Uint8Array) =>
  Effect.sync(() => writeWhole(fd, typeof text === "string" ? encoder.encode(text) : text))

/** For loggers, which are no effects. */
export const writeErrorNow = (text: string): void => writeWhole(2, encoder.encode(text))

/** Without a terminal to ask at, what was asked for stands. */
const askTerminal = (): boolean => {
  const terminal = openSync("/dev/tty", "r")
  try {
    const answer = Buffer.alloc(64)
    return /^y/i.test(answer.subarray(0, readSync(terminal, answer)).toString("latin1"))
  } finally {
    closeSync(terminal)
  }
}

export const layer: Layer.Layer<StandardStreams> = Layer.sync(StandardStreams, () => {
  const errorIsTerminal = isatty(2)
  return StandardStreams.of({
    out: write(1),
    error: write(2),
    errorIsTerminal,
    outIsTerminal: isatty(1),
    confirm: (question) =>
      errorIsTerminal && isatty(0)
        ? Effect.zipRight(
            write(2)(`${question} [y/N] `),
            Effect.try(askTerminal).pipe(Effect.orElseSucceed(() => false))
          )
        : Effect.succeed(true)
  })
})
