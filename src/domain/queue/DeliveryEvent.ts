/** What happens while the queue is drained, for progress, `--json` and logs. */
import type { QueueEntry } from "./QueueEntry.ts"
import type { QueueId } from "./QueueId.ts"
import type { Ruling } from "./Verdict.ts"

export type DeliveryEvent =
  | { readonly _tag: "PassStarted"; readonly entries: number; readonly sizeBytes: number }
  | { readonly _tag: "EntryStarted"; readonly entry: QueueEntry; readonly relay: string }
  | { readonly _tag: "Ruled"; readonly entry: QueueEntry; readonly rulings: ReadonlyArray<Ruling> }
  /** `remaining`: recipients still waited for. */
  | {
      readonly _tag: "EntryEnded"
      readonly id: QueueId
      readonly remaining: number
      readonly nextAttemptAt?: number
      readonly sizeBytes: number
    }
  | { readonly _tag: "EntryDamaged"; readonly id: QueueId; readonly problem: string }
  | { readonly _tag: "Reported"; readonly id: QueueId; readonly report: QueueId }
  | { readonly _tag: "Buried"; readonly id: QueueId; readonly reason: string }
  /** The relay can't be used now: entries that were not tried for that reason. */
  | {
      readonly _tag: "RelayUnavailable"
      readonly relay: string
      readonly reason: string
      readonly retryAt: number
      readonly skipped: number
    }

export interface RunSummary {
  /** Entries that were asked for and are still in the queue, or among the dead, when the pass ends. */
  readonly undelivered: number
  /** When something that was asked for is due again; absent: nothing waits. */
  readonly nextAttemptAt?: number
}
