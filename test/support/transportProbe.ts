/**
 * A program of its own for what a test can't see from inside: memory, and what an environment makes of the transport.
 *
 * Argument: a `ProbeTask` in JSON. Prints a `ProbeReport`.
 */
import * as Effect from "effect/Effect"
import { recurs } from "effect/Schedule"
import * as Stream from "effect/Stream"
import { fates, type RelayOverrides, relayAt, sendOver, streamedMessage, summary } from "./smtpFixtures.ts"

export interface ProbeTask {
  readonly port: number
  readonly mebibytes: number
  readonly overrides: RelayOverrides
  /** What `overrides.host` resolves to. */
  readonly address: string
}

export interface ProbeReport {
  readonly outcome: string
  readonly peakMebibytes: number
  readonly elapsedMillis: number
}

const mebibyte = 1024 * 1024

const bodyOf = (mebibytes: number) => {
  const chunk = new Uint8Array(64 * 1024).fill(97)
  for (let at = 1022; at < chunk.length; at += 1024) chunk.set([13, 10], at)
  // Freshly made, as from a file.
  const fresh = Stream.sync(() => chunk.slice())
  return streamedMessage(Stream.repeat(fresh, recurs(mebibytes * 16 - 1)), mebibytes * mebibyte)
}

const run = ({ port, mebibytes, overrides, address }: ProbeTask): Effect.Effect<ProbeReport> =>
  Effect.gen(function* () {
    const startedAt = performance.now()
    const relay = relayAt({ host: address, port }, overrides)
    const lookup = () => Effect.succeed([address])
    const outcome = yield* sendOver(relay, { message: bodyOf(mebibytes), lookup }).pipe(
      Effect.map((results) => fates(results).join()),
      Effect.catchAll((error) =>
        Effect.succeed(
          error._tag === "MessageError" || error._tag === "QueueFailed" ? error._tag : summary(error)
        )
      )
    )
    const peakMebibytes = Math.round(process.resourceUsage().maxRSS / 1024)
    return { outcome, peakMebibytes, elapsedMillis: Math.round(performance.now() - startedAt) }
  })

const task: ProbeTask = JSON.parse(process.argv[2] ?? "{}")

Effect.runPromise(run(task)).then((report) => process.stdout.write(JSON.stringify(report)))
