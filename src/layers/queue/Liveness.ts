/** Whether whoever put his name on a file can still act on it. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Owner from "../../domain/queue/Owner.ts"
import type { FileError } from "../../services/SpoolFiles.ts"
import { isMissing } from "./fileError.ts"
import type { Spool } from "./Spool.ts"

const isSelf = (spool: Spool, owner: Owner.Owner): boolean =>
  owner.pid === spool.host.self.pid &&
  owner.startTime === spool.host.self.startTime &&
  Owner.isWithinSight(owner, spool.host.self)

/** Milliseconds since the file was marked; a mark from the future is a fresh one. */
export const silentMillis = (spool: Spool, path: string): Effect.Effect<number, FileError> =>
  Effect.zipWith(Clock.currentTimeMillis, spool.files.facts(path), (now, { modifiedAtNanos }) =>
    Math.max(0, now - Number(modifiedAtNanos / 1_000_000n))
  ).pipe(Effect.catchIf(isMissing, () => Effect.succeed(0)))

/** `path`: the file that carries the owner's name. One that is gone meanwhile needs no judgement: alive. */
export const judge = (
  spool: Spool,
  owner: Owner.Owner,
  path: string
): Effect.Effect<Owner.Judgement, FileError> =>
  Effect.gen(function* () {
    if (isSelf(spool, owner)) return spool.isHeld(owner) ? "alive" : "dead"
    if (Owner.isWithinSight(owner, spool.host.self)) {
      return Owner.judge(owner, spool.host.self, yield* spool.host.inspect(owner.pid), 0)
    }
    return Owner.judge(owner, spool.host.self, { _tag: "Gone" }, yield* silentMillis(spool, path))
  })
