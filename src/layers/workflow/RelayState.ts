/**
 * What one pass knows of a relay: whether it can be used, and since when not. A relay that can't be reached is probed
 * once and then left alone until its time comes, however many messages wait for it.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import { errorWords } from "../../domain/invocation/Wording.ts"
import * as RetryPolicy from "../../domain/queue/RetryPolicy.ts"
import { retryClass } from "../../domain/queue/Severity.ts"
import { Queue } from "../../services/Queue.ts"
import type { SessionError } from "../../services/SmtpTransport.ts"

export interface RelayState {
  /** Absent: it may be used. */
  readonly down: Effect.Effect<Option.Option<RetryPolicy.RelayBackoff>>
  /** A session could be opened: whatever was wrong is over. */
  readonly succeeded: Effect.Effect<void>
  readonly failed: (error: SessionError) => Effect.Effect<RetryPolicy.RelayBackoff>
}

export interface RelayStateOptions {
  /** `host:service`, under which every runner knows it. */
  readonly relay: string
  readonly policy: RetryPolicy.RetryPolicy
  /** A person asked for this run: what was noted before does not count. */
  readonly ignoreBefore: boolean
}

const warn = (what: string) => (error: { readonly message: string }) =>
  Effect.logWarning(what).pipe(Effect.annotateLogs({ reason: error.message }))

const tell = (error: SessionError, scope: "relay" | "account", relay: string): Effect.Effect<void> =>
  (scope === "account" ? Effect.logError("relay needs attention") : Effect.logInfo("relay unavailable")).pipe(
    Effect.annotateLogs({ relay, reason: errorWords(error) })
  )

export const make = (options: RelayStateOptions): Effect.Effect<RelayState, never, Queue> =>
  Effect.gen(function* () {
    const queue = yield* Queue
    const before = yield* queue
      .relayBackoff(options.relay)
      .pipe(
        Effect.catchAll((error) =>
          warn("relay state unreadable")(error).pipe(Effect.as(Option.none<RetryPolicy.RelayBackoff>()))
        )
      )
    const now = yield* Clock.currentTimeMillis
    let known = before
    let down = options.ignoreBefore
      ? Option.none<RetryPolicy.RelayBackoff>()
      : Option.filter(before, (backoff) => RetryPolicy.isBackedOff(options.policy, backoff, now))
    const note = (backoff: Option.Option<RetryPolicy.RelayBackoff>) =>
      queue.setRelayBackoff(options.relay, backoff).pipe(Effect.catchAll(warn("relay state not kept")))
    return {
      down: Effect.sync(() => down),
      succeeded: Effect.suspend(() => {
        if (Option.isNone(known)) return Effect.void
        known = Option.none()
        return note(known)
      }),
      failed: (error) =>
        Effect.gen(function* () {
          const scope = retryClass(error) === "account" ? "account" : "relay"
          const backoff = RetryPolicy.relayFailed(
            options.policy,
            scope,
            Option.getOrUndefined(known),
            errorWords(error),
            yield* Clock.currentTimeMillis,
            yield* Random.next
          )
          known = Option.some(backoff)
          down = known
          yield* tell(error, scope, options.relay)
          yield* note(known)
          return backoff
        })
    }
  })
