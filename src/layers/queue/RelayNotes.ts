/**
 * What is known of relays that could not be reached, one small file each, so that no runner has to find out again.
 *
 * Best effort: nothing is synced, and a note that can't be understood is no note.
 */
import { createHash } from "node:crypto"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { fieldsOf, parseJson } from "../../domain/queue/Fields.ts"
import * as Limits from "../../domain/queue/Limits.ts"
import * as Owner from "../../domain/queue/Owner.ts"
import type { QueueFailed } from "../../domain/queue/QueueError.ts"
import type { RelayBackoff } from "../../domain/queue/RetryPolicy.ts"
import { printable } from "../../domain/telemetry/Printable.ts"
import { isMissing, queueFailed } from "./fileError.ts"
import type { Spool } from "./Spool.ts"
import { writeAll } from "./writeAll.ts"

const nameOf = (relay: string): string =>
  `relay-${createHash("sha256").update(relay).digest("hex").slice(0, 32)}`

const decode = (text: string): Option.Option<RelayBackoff> => {
  const fields = fieldsOf(parseJson(text))
  const backoff = {
    failures: fields.integer("failures"),
    failedAt: fields.integer("failedAt"),
    retryAt: fields.integer("retryAt"),
    reason: fields.text("reason")
  }
  return fields.complete() === undefined ? Option.some(backoff) : Option.none()
}

export const read = (spool: Spool, relay: string): Effect.Effect<Option.Option<RelayBackoff>, QueueFailed> =>
  spool.files.heads(spool.directory("run"), [nameOf(relay)], Limits.noteBytes).pipe(
    Effect.map(([head]) =>
      head === undefined ? Option.none() : decode(new TextDecoder().decode(head.octets))
    ),
    Effect.mapError(queueFailed)
  )

const write = (spool: Spool, path: string, backoff: RelayBackoff) =>
  Effect.gen(function* () {
    const owner = yield* spool.newOwner
    const temporary = spool.path("tmp", `relay.${Owner.encode(owner)}`)
    const octets = new TextEncoder().encode(JSON.stringify({ ...backoff, reason: printable(backoff.reason) }))
    yield* Effect.acquireUseRelease(
      spool.files.createNew(temporary),
      (file) => writeAll(file, temporary, octets, 0),
      (file) => Effect.ignore(file.close)
    ).pipe(
      Effect.zipRight(spool.files.rename(temporary, path)),
      Effect.onError(() => Effect.ignore(spool.files.unlink(temporary))),
      Effect.ensuring(Effect.sync(() => spool.drop(owner)))
    )
  })

export const set = (
  spool: Spool,
  relay: string,
  backoff: Option.Option<RelayBackoff>
): Effect.Effect<void, QueueFailed> => {
  const path = spool.path("run", nameOf(relay))
  return spool.ready.pipe(
    Effect.zipRight(
      Option.match(backoff, {
        onNone: () => spool.files.unlink(path).pipe(Effect.catchIf(isMissing, () => Effect.void)),
        onSome: (known) => write(spool, path, known)
      }).pipe(Effect.mapError(queueFailed))
    )
  )
}
