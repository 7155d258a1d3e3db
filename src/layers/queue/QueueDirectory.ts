/**
 * The queue in a directory of its user: crash-safe, without a daemon, without root.
 *
 * The protocol in one paragraph. A message is one immutable file that proves itself whole; its name in q/ says whether
 * it is free (`<id>`) or held (`<id>.<owner>`). Every step of its life is one rename or unlink inside that one
 * directory, so that one fsync of q/ makes all earlier steps durable and no crash can show it in two places or in none.
 * What happened to it stands in st/<id>, appended and synced before the next step depends on it, and outlives it.
 *
 * Source: maildir and qmail INTERNALS (one name, one rename), Postfix (self-checking files, `corrupt/`), mox (the
 * attempt is recorded before the connection). Deviation from all of them: no directory for active mail, because a
 * rename between two directories is durable only when both have been synced.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as RetryPolicy from "../../domain/queue/RetryPolicy.ts"
import { Config } from "../../services/Config.ts"
import { Queue } from "../../services/Queue.ts"
import { SpoolFiles } from "../../services/SpoolFiles.ts"
import { SpoolHost } from "../../services/SpoolHost.ts"
import type { Workshop } from "./ClaimedEntry.ts"
import * as ClaimOpening from "./ClaimOpening.ts"
import * as Claims from "./Claims.ts"
import * as Control from "./Control.ts"
import { newId, writeAs } from "./EntryWriter.ts"
import * as Graves from "./Graves.ts"
import * as Inspection from "./Inspection.ts"
import * as LegacyImport from "./LegacyImport.ts"
import * as Listing from "./Listing.ts"
import * as Recovery from "./Recovery.ts"
import * as RelayNotes from "./RelayNotes.ts"
import * as Reserve from "./Reserve.ts"
import * as Runner from "./Runner.ts"
import * as Spool from "./Spool.ts"

export interface Options {
  /** Absolute. Made when the first message is queued. */
  readonly directory: string
  readonly policy: RetryPolicy.RetryPolicy
}

const serviceOf = (workshop: Workshop, policy: RetryPolicy.RetryPolicy) => {
  const { graves, spool } = workshop
  return Queue.of({
    enqueue: Effect.fn("queue.enqueue")(function* (draft) {
      return yield* writeAs(spool, draft, { id: yield* newId(spool) })
    }),
    list: Listing.list(spool, policy),
    show: (id) => Inspection.show(spool, policy, id),
    claim: (id) => ClaimOpening.claim(workshop, id),
    recover: Recovery.recover(spool),
    hold: (id) => Control.hold(workshop, id),
    release: (id) => Control.release(workshop, id),
    retry: (id) => Control.retry(workshop, id),
    remove: (id) => Control.remove(workshop, id),
    relayBackoff: (relay) => RelayNotes.read(spool, relay),
    setRelayBackoff: (relay, backoff) => RelayNotes.set(spool, relay, backoff),
    wake: Runner.wake(spool),
    asRunner: (pass) => Runner.run(spool, graves, pass),
    legacy: LegacyImport.list(spool),
    adopt: (legacy, make) => LegacyImport.adopt(spool, legacy, make)
  })
}

/** Touches nothing before the first operation. Its end waits for the removal of finished journals. */
const make = ({ directory, policy }: Options) =>
  Effect.gen(function* () {
    const spool = yield* Spool.make(directory, yield* SpoolFiles, yield* SpoolHost)
    const graves = Graves.make(spool)
    yield* Effect.addFinalizer(() => graves.clear)
    yield* Effect.forkScoped(Claims.heartbeat(spool))
    return serviceOf({ spool, graves, reserve: Reserve.make(spool) }, policy)
  })

export const layerAt = (options: Options): Layer.Layer<Queue, never, SpoolFiles | SpoolHost> =>
  Layer.scoped(Queue, make(options))

/** Where and how the configuration says. */
export const configured = Effect.flatMap(Config, (settings) =>
  make({ directory: settings.queueDir, policy: RetryPolicy.fromSettings(settings) })
)
