/**
 * Who holds a claim, written into the claim's name, and whether that process can still act on it.
 *
 *     <pid>-<start time>-<boot id>-<pid namespace>-<machine>-<nonce>
 *
 * A process id alone is reused; with its start time and the boot it belongs to it names one process for ever. The nonce
 * makes each claim's name its own, so that nobody who acts on a name seen earlier can hit a later claim.
 *
 * Source: proc(5), random(4) (`boot_id`), machine-id(5).
 */
import * as Option from "effect/Option"

/** One process of one boot of one machine. Every part is of digits and lower-case letters. */
export interface ProcessIdentity {
  readonly pid: number
  /** In the system's own unit; compared, never computed with. `0` if unknown. */
  readonly startTime: string
  readonly bootId: string
  /** `0` where there are none. */
  readonly pidNamespace: string
  readonly machine: string
}

export interface Owner extends ProcessIdentity {
  readonly nonce: string
}

const shape =
  /^([1-9][0-9]{0,9})-([0-9a-z]{1,20})-([0-9a-z]{1,32})-([0-9]{1,20})-([0-9a-z]{1,16})-([0-9a-z]{1,24})$/

export const encode = (owner: Owner): string =>
  [owner.pid, owner.startTime, owner.bootId, owner.pidNamespace, owner.machine, owner.nonce].join("-")

export const parse = (text: string): Option.Option<Owner> => {
  const [, pid, startTime, bootId, pidNamespace, machine, nonce] = shape.exec(text) ?? []
  return pid === undefined ||
    startTime === undefined ||
    bootId === undefined ||
    pidNamespace === undefined ||
    machine === undefined ||
    nonce === undefined
    ? Option.none()
    : Option.some({ pid: Number(pid), startTime, bootId, pidNamespace, machine, nonce })
}

/** What the system says of a process id now. */
export type ProcessFacts =
  | { readonly _tag: "Gone" }
  /** Its end has not been noticed by its parent yet: it does nothing any more. */
  | { readonly _tag: "Zombie" }
  | { readonly _tag: "Present"; readonly startTime: string; readonly isStopped: boolean }

/** Silence after which a claim of an owner that can't be looked at is free. */
export const silenceMillis = 24 * 60 * 60_000

/** How often a claim is refreshed. */
export const heartbeatMillis = 60_000

export type Judgement = "alive" | "stopped" | "dead"

/** Whether the owner's process can be asked about from here. */
export const isWithinSight = (owner: ProcessIdentity, self: ProcessIdentity): boolean =>
  owner.machine === self.machine && owner.bootId === self.bootId && owner.pidNamespace === self.pidNamespace

/**
 * `facts` are of `owner.pid`, and count only within sight; `silentMillis` is the age of the last heartbeat.
 * A stopped process may go on at any moment: it keeps its claims.
 */
export const judge = (
  owner: ProcessIdentity,
  self: ProcessIdentity,
  facts: ProcessFacts,
  silentMillis: number
): Judgement => {
  if (owner.machine === self.machine && owner.bootId !== self.bootId) return "dead"
  if (!isWithinSight(owner, self)) return silentMillis >= silenceMillis ? "dead" : "alive"
  if (facts._tag !== "Present") return "dead"
  const isReused = owner.startTime !== "0" && facts.startTime !== "0" && owner.startTime !== facts.startTime
  if (isReused) return "dead"
  return facts.isStopped ? "stopped" : "alive"
}
