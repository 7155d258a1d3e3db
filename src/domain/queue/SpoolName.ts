/**
 * Names inside a spool: which entry a file belongs to, and who holds it.
 *
 *     VERSION  reserve
 *     tmp/<id>.<owner>   being written
 *     q/<id>             committed, free
 *     q/<id>.<owner>     committed, held by owner
 *     st/<id>            its journal
 *     bad/  dead/        moved aside: damaged; neither deliverable nor returnable
 *     run/               the runner's token, the wake-up file, what is known of relays
 */
import * as Option from "effect/Option"
import * as Owner from "./Owner.ts"
import * as QueueId from "./QueueId.ts"

export const spoolVersion = "1\n"

export interface EntryName {
  readonly id: QueueId.QueueId
  /** Absent: free. */
  readonly owner?: Owner.Owner
}

export const entryName = ({ id, owner }: EntryName): string =>
  owner === undefined ? id : `${id}.${Owner.encode(owner)}`

/** None for a name that esmtp did not give. */
export const parseEntryName = (name: string): Option.Option<EntryName> => {
  const dot = name.indexOf(".")
  const id = QueueId.parse(dot === -1 ? name : name.slice(0, dot))
  if (Option.isNone(id)) return Option.none()
  if (dot === -1) return Option.some({ id: id.value })
  return Option.map(Owner.parse(name.slice(dot + 1)), (owner) => ({ id: id.value, owner }))
}
