/**
 * Keeps the beginning of what a child program prints, and reads the rest away so that it can go on printing.
 *
 * Source: postfix: pipe_command.c (`PIPE_CMD_SAVE…`), dsn_util.c.
 */
import type { Readable } from "node:stream"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"

export interface CapturedOutput {
  /** So far. */
  readonly bytes: Effect.Effect<Uint8Array>
  /** Ends when more was printed than is kept. */
  readonly overflowed: Effect.Effect<void>
  /** Ends when all sources are closed, or after a grace: a program left running in the background may hold them open. */
  readonly settled: Effect.Effect<void>
}

export interface Output extends CapturedOutput {
  /** To be called once. */
  readonly attach: (sources: ReadonlyArray<Readable | null>) => void
}

const settleMillis = 500

const concat = (chunks: ReadonlyArray<Uint8Array>): Uint8Array => Uint8Array.from(Buffer.concat(chunks))

/** Before the program runs, so that nothing it prints is missed. */
export const makeOutput = (limitBytes: number): Effect.Effect<Output> =>
  Effect.gen(function* () {
    const overflow = yield* Deferred.make<void>()
    const closed = yield* Deferred.make<void>()
    const chunks: Array<Uint8Array> = []
    let keptBytes = 0
    const keep = (chunk: Uint8Array): void => {
      const kept = chunk.subarray(0, limitBytes - keptBytes)
      if (kept.length > 0) chunks.push(kept)
      if (kept.length < chunk.length) Deferred.unsafeDone(overflow, Effect.void)
      keptBytes += kept.length
    }
    const attach = (sources: ReadonlyArray<Readable | null>): void => {
      const open = new Set(sources.filter((source) => source !== null))
      for (const source of open) {
        source.on("data", keep)
        source.once("close", () => {
          open.delete(source)
          if (open.size === 0) Deferred.unsafeDone(closed, Effect.void)
        })
      }
    }
    return {
      attach,
      bytes: Effect.sync(() => concat(chunks)),
      overflowed: Deferred.await(overflow),
      settled: Effect.asVoid(Effect.timeoutOption(Deferred.await(closed), settleMillis))
    }
  })
