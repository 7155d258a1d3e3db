/**
 * One runner per queue, and how new mail gets its attention.
 *
 * The right to run is a token: run/idle, renamed to run/busy.<owner> while somebody has it. A token whose owner is dead,
 * stopped or silent is taken over; that two run for a while does no harm, as claims keep them apart.
 *
 * run/wake grows by one octet whenever somebody has committed something. A runner notes its size before a pass. Before
 * it ends it puts the token back and only then looks at the size again; whoever wakes writes first and only then looks
 * at the token. So either the runner sees the octet, or the waker sees that nobody is in charge.
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as Limits from "../../domain/queue/Limits.ts"
import * as Owner from "../../domain/queue/Owner.ts"
import type { QueueFailed } from "../../domain/queue/QueueError.ts"
import type { AfterPass } from "../../services/Queue.ts"
import type { FileError } from "../../services/SpoolFiles.ts"
import { exists, isMissing, queueFailed } from "./fileError.ts"
import type { Graves } from "./Graves.ts"
import { judge, silentMillis } from "./Liveness.ts"
import { namesIn } from "./Presence.ts"
import type { Spool } from "./Spool.ts"
import { writeAll } from "./writeAll.ts"

const idle = "idle"
const busy = "busy."

const refreshMillis = 30_000

/** A runner that has not refreshed its token for so long is not in charge any more. */
const maxSilenceMillis = 5 * 60_000

/** How often a waiting runner looks by itself, where it is not told of changes: often while it lingers. */
const lookMillis = (waitMillis: number) => (waitMillis > 60_000 ? 15_000 : 1000)

const wakePath = (spool: Spool) => spool.path("run", "wake")

const ring = (spool: Spool): Effect.Effect<void, FileError> =>
  Effect.acquireUseRelease(
    spool.files.openAppend(wakePath(spool)),
    (file) => writeAll(file, wakePath(spool), Uint8Array.of(0x2e), file.facts.sizeBytes),
    (file) => Effect.ignore(file.close)
  )

const rings = (spool: Spool): Effect.Effect<number, FileError> =>
  Effect.map(spool.files.facts(wakePath(spool)), ({ sizeBytes }) => sizeBytes).pipe(
    Effect.catchIf(isMissing, () => Effect.succeed(0))
  )

const forgetRings = (spool: Spool): Effect.Effect<void, FileError> =>
  Effect.acquireUseRelease(
    spool.files.openAppend(wakePath(spool)),
    (file) => file.truncate(0),
    (file) => Effect.ignore(file.close)
  )

/** Names of tokens that may be taken, and whether there is one that may not. */
interface Tokens {
  readonly free: ReadonlyArray<string>
  readonly isTaken: boolean
}

const isInCharge = (spool: Spool, name: string): Effect.Effect<boolean, FileError> =>
  Option.match(Owner.parse(name.slice(busy.length)), {
    onNone: () => Effect.succeed(false),
    onSome: (owner) =>
      Effect.gen(function* () {
        const path = spool.path("run", name)
        if ((yield* judge(spool, owner, path)) !== "alive") return false
        return (yield* silentMillis(spool, path)) < maxSilenceMillis
      })
  })

const tokens = (spool: Spool): Effect.Effect<Tokens, FileError> =>
  Effect.gen(function* () {
    const names = yield* namesIn(spool, "run")
    const free: Array<string> = names.filter((name) => name === idle)
    let isTaken = false
    for (const name of names) {
      if (!name.startsWith(busy)) continue
      if (yield* isInCharge(spool, name)) isTaken = true
      else free.push(name)
    }
    return { free, isTaken }
  })

/** Two that find no token may both make one; they become one again when they are put back. */
const makeToken = (spool: Spool): Effect.Effect<void, FileError> =>
  Effect.acquireUseRelease(
    spool.files.createNew(spool.path("run", idle)),
    () => Effect.void,
    (file) => Effect.ignore(file.close)
  ).pipe(Effect.catchIf(exists, () => Effect.void))

const isThere = (spool: Spool, path: string) => Effect.isSuccess(spool.files.facts(path))

const takeToken = (spool: Spool, name: string, mine: string): Effect.Effect<boolean, FileError> =>
  spool.files.touch(spool.path("run", name)).pipe(
    Effect.zipRight(spool.files.rename(spool.path("run", name), mine)),
    Effect.as(true),
    // A network file system may have done it and say that there was nothing to do.
    Effect.catchIf(isMissing, () => isThere(spool, mine))
  )

const acquire = (spool: Spool, mine: string): Effect.Effect<boolean, FileError> =>
  Effect.gen(function* () {
    while (true) {
      const { free, isTaken } = yield* tokens(spool)
      if (isTaken) return false
      for (const name of free) if (yield* takeToken(spool, name, mine)) return true
      if (free.length === 0) yield* makeToken(spool)
    }
  })

/** A token taken over while we were stopped is not ours to put back. */
const putBack = (spool: Spool, mine: string): Effect.Effect<void> =>
  spool.files
    .rename(mine, spool.path("run", idle))
    .pipe(
      Effect.catchAll((error) =>
        Effect.logDebug("runner's token not put back").pipe(Effect.annotateLogs({ reason: error.message }))
      )
    )

/** Tells whoever is in charge to look again. False: nobody is. */
export const wake = (spool: Spool): Effect.Effect<boolean, QueueFailed> =>
  Effect.gen(function* () {
    yield* spool.ready
    const rung = yield* Effect.either(ring(spool))
    // Not heard is as good as nobody there: another runner does no harm.
    if (rung._tag === "Left") return false
    return (yield* Effect.mapError(tokens(spool), queueFailed)).isTaken
  })

/** True as soon as somebody rang since `seen`, false when the time is over. */
const awaitRing = (spool: Spool, seen: number, time: Duration.DurationInput) =>
  Effect.gen(function* () {
    const changed = yield* spool.files.watch(spool.directory("run"))
    const end = (yield* Clock.currentTimeMillis) + Duration.toMillis(time)
    const look = lookMillis(Duration.toMillis(time))
    while (true) {
      if ((yield* rings(spool)) !== seen) return true
      const left = end - (yield* Clock.currentTimeMillis)
      if (left <= 0) return false
      yield* Effect.race(changed, Effect.sleep(Math.min(look, left)))
    }
  }).pipe(Effect.scoped)

/** Passes until nothing new comes; gives the number of rings that the last pass knew of. */
const passes = <E, R>(spool: Spool, graves: Graves, pass: Effect.Effect<AfterPass, E, R>) =>
  Effect.gen(function* () {
    if ((yield* Effect.mapError(rings(spool), queueFailed)) > Limits.wakeBytes) {
      yield* Effect.mapError(forgetRings(spool), queueFailed)
    }
    while (true) {
      const seen = yield* Effect.mapError(rings(spool), queueFailed)
      const after = yield* pass
      yield* graves.clear
      const isRung = yield* Effect.mapError(awaitRing(spool, seen, after.time), queueFailed)
      if (after._tag === "Linger" && !isRung) return seen
    }
  })

const turn = <E, R>(spool: Spool, graves: Graves, pass: Effect.Effect<AfterPass, E, R>, mine: string) =>
  Effect.acquireUseRelease(
    Effect.mapError(acquire(spool, mine), queueFailed),
    (isOurs) =>
      isOurs
        ? Effect.scoped(
            Effect.gen(function* () {
              const refresh = Effect.ignore(spool.files.touch(mine))
              yield* Effect.forkScoped(Effect.schedule(refresh, Schedule.spaced(refreshMillis)))
              return Option.some(yield* passes(spool, graves, pass))
            })
          )
        : Effect.succeedNone,
    (isOurs) => (isOurs ? putBack(spool, mine) : Effect.void)
  )

/** See `Queue.asRunner`. */
export const run = <E, R>(
  spool: Spool,
  graves: Graves,
  pass: Effect.Effect<AfterPass, E, R>
): Effect.Effect<boolean, E | QueueFailed, R> =>
  Effect.gen(function* () {
    yield* spool.ready
    const owner = yield* spool.newOwner
    const mine = spool.path("run", `${busy}${Owner.encode(owner)}`)
    let hasRun = false
    yield* Effect.gen(function* () {
      while (true) {
        if (!hasRun && (yield* wake(spool))) return
        const seen = yield* turn(spool, graves, pass, mine)
        if (Option.isNone(seen)) {
          if (hasRun) return
          continue
        }
        hasRun = true
        if ((yield* Effect.mapError(rings(spool), queueFailed)) === seen.value) return
      }
    }).pipe(Effect.ensuring(Effect.sync(() => spool.drop(owner))))
    return hasRun
  })
