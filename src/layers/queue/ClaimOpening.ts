/** From an id to a claim that can be worked on, or to the reason why there is none. */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import * as JournalState from "../../domain/queue/JournalState.ts"
import type { QueueFailed } from "../../domain/queue/QueueError.ts"
import type { QueueId } from "../../domain/queue/QueueId.ts"
import type { ClaimResult } from "../../services/Queue.ts"
import * as ClaimedEntry from "./ClaimedEntry.ts"
import * as Claims from "./Claims.ts"
import * as EntryReader from "./EntryReader.ts"
import { queueFailed } from "./fileError.ts"
import * as JournalFile from "./JournalFile.ts"
import { moveToBad, moveToDead } from "./Quarantine.ts"

const opened = (workshop: ClaimedEntry.Workshop, hold: Claims.Hold) =>
  Effect.gen(function* () {
    const entry = yield* EntryReader.open(workshop.spool, hold.path, hold.id)
    const journal = yield* JournalFile.open(workshop.spool, hold.id, entry.entry.envelope.recipients.length)
    return { entry, journal, state: yield* journal.state }
  })

const judged = (workshop: ClaimedEntry.Workshop, hold: Claims.Hold) =>
  Effect.gen(function* (): Effect.fn.Return<
    ClaimResult,
    QueueFailed | EntryReader.Damage | Effect.Effect.Error<ReturnType<typeof opened>>,
    Scope.Scope
  > {
    const { entry, journal, state } = yield* opened(workshop, hold)
    if (JournalState.isFinished(state)) {
      yield* ClaimedEntry.unlinkMessage(workshop, hold)
      return { _tag: "Finished" }
    }
    if (state.buried !== undefined) {
      yield* moveToDead(workshop.spool, hold, state.buried)
      return { _tag: "Finished" }
    }
    if (state.isHeld) return { _tag: "Held" }
    return { _tag: "Claimed", claim: ClaimedEntry.make(workshop, hold, entry, journal) }
  })

const taken = (
  workshop: ClaimedEntry.Workshop,
  id: QueueId
): Effect.Effect<ClaimResult, QueueFailed, Scope.Scope> =>
  Effect.gen(function* () {
    const held = yield* Claims.hold(workshop.spool, id)
    if (Option.isNone(held)) return { _tag: "Taken" } satisfies ClaimResult
    return yield* judged(workshop, held.value).pipe(
      Effect.catchTags({
        Damage: ({ problem }) =>
          moveToBad(workshop.spool, held.value, problem).pipe(
            Effect.as<ClaimResult>({ _tag: "Damaged", problem })
          ),
        FileError: (error) => Effect.succeed<ClaimResult>({ _tag: "Unreadable", error: queueFailed(error) })
      })
    )
  })

const attempt = (
  workshop: ClaimedEntry.Workshop,
  id: QueueId
): Effect.Effect<ClaimResult, QueueFailed, Scope.Scope> =>
  Effect.gen(function* () {
    yield* workshop.spool.ready
    return yield* taken(workshop, id).pipe(
      // What the disk refuses to one entry is no concern of the others.
      Effect.catchTag("QueueFailed", (error) => Effect.succeed<ClaimResult>({ _tag: "Unreadable", error }))
    )
  })

/** Whatever is not worked on is given back at once, and not when the caller's scope closes. */
export const claim = (
  workshop: ClaimedEntry.Workshop,
  id: QueueId
): Effect.Effect<ClaimResult, QueueFailed, Scope.Scope> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const result = yield* restore(Scope.extend(attempt(workshop, id), scope)).pipe(
        Effect.onError((cause) => Scope.close(scope, Exit.failCause(cause)))
      )
      yield* result._tag === "Claimed"
        ? Scope.addFinalizerExit(yield* Effect.scope, (exit) => Scope.close(scope, exit))
        : Scope.close(scope, Exit.void)
      return result
    })
  )
