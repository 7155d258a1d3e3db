import { queueContract } from "../../contract/queue.ts"
import { freshQueue } from "./spools.ts"

queueContract("QueueDirectory", freshQueue)
