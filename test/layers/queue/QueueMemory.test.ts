import * as QueueMemory from "../../../src/layers/queue/QueueMemory.ts"
import { queueContract } from "../../contract/queue.ts"
import { policy } from "./drafts.ts"

queueContract("QueueMemory", QueueMemory.layerWith(policy))
