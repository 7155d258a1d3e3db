/** A queue in a private directory that goes away with the scope. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as NodeSpoolFiles from "../../../src/layers/queue/NodeSpoolFiles.ts"
import * as NodeSpoolHost from "../../../src/layers/queue/NodeSpoolHost.ts"
import * as QueueDirectory from "../../../src/layers/queue/QueueDirectory.ts"
import type { Queue } from "../../../src/services/Queue.ts"
import type { SpoolFiles } from "../../../src/services/SpoolFiles.ts"
import type { SpoolHost } from "../../../src/services/SpoolHost.ts"
import { makeTempDir } from "../../support/TempDir.ts"
import { policy } from "./drafts.ts"

export const nodeParts: Layer.Layer<SpoolFiles | SpoolHost> = Layer.merge(
  NodeSpoolFiles.layer,
  NodeSpoolHost.layer
)

/** The queue over a spool at `directory`, as one process has it. */
export const queueAt = (directory: string): Layer.Layer<Queue> =>
  QueueDirectory.layerAt({ directory, policy }).pipe(Layer.provide(nodeParts))

/** A new one. */
export const freshQueue: Layer.Layer<Queue> = Layer.unwrapScoped(
  Effect.map(makeTempDir, (directory) => queueAt(`${directory}/spool`))
)
