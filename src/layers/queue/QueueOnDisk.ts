/** The queue directory on this machine's file system, for this process. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Config } from "../../services/Config.ts"
import { Queue } from "../../services/Queue.ts"
import { SpoolFiles } from "../../services/SpoolFiles.ts"
import { SpoolHost } from "../../services/SpoolHost.ts"
import * as NodeSpoolFiles from "./NodeSpoolFiles.ts"
import * as NodeSpoolHost from "./NodeSpoolHost.ts"
import * as QueueDirectory from "./QueueDirectory.ts"

export const layer: Layer.Layer<Queue, never, Config> = Layer.scoped(
  Queue,
  QueueDirectory.configured.pipe(
    Effect.provideServiceEffect(SpoolFiles, NodeSpoolFiles.make),
    Effect.provideServiceEffect(SpoolHost, NodeSpoolHost.make)
  )
)
