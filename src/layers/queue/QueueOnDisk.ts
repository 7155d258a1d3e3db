/** The queue directory on this machine's file system, for this process. */
import * as Layer from "effect/Layer"
import type { Config } from "../../services/Config.ts"
import type { Queue } from "../../services/Queue.ts"
import * as NodeSpoolFiles from "./NodeSpoolFiles.ts"
import * as NodeSpoolHost from "./NodeSpoolHost.ts"
import * as QueueDirectory from "./QueueDirectory.ts"

export const layer: Layer.Layer<Queue, never, Config> = QueueDirectory.layer.pipe(
  Layer.provide(Layer.merge(NodeSpoolFiles.layer, NodeSpoolHost.layer))
)
