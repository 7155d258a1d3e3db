/**
 * The queue: mail that was accepted and is still to be delivered.
 *
 * What an entry *is* never changes after `enqueue`; what *happened* to it is recorded beside it, by whoever holds its
 * claim. Nothing here retries: every failure is told once, as `QueueFailed`.
 */
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import type { Envelope } from "../domain/mail/Envelope.ts"
import type { MessageError } from "../domain/mail/MessageError.ts"
import type { JournalRecord } from "../domain/queue/Journal.ts"
import type { JournalState } from "../domain/queue/JournalState.ts"
import type { QueueEntry } from "../domain/queue/QueueEntry.ts"
import type { QueueFailed } from "../domain/queue/QueueError.ts"
import type { ChildKind, QueueId } from "../domain/queue/QueueId.ts"
import type { QueueListing } from "../domain/queue/QueueListing.ts"
import type { RelayBackoff } from "../domain/queue/RetryPolicy.ts"
import type { Ruling } from "../domain/queue/Verdict.ts"
import type { Message } from "./Message.ts"

/** What is to be queued. */
export interface Draft {
  readonly envelope: Envelope
  readonly message: Message
  /** Name of the identity that will send it; absent: the one without a name. */
  readonly identity?: string
  readonly messageId?: string
  /** The command line, for `show`. */
  readonly argv: ReadonlyArray<string>
}

/** An entry that nobody else works on until the scope closes. */
export interface Claim {
  readonly entry: QueueEntry
  /** Proven whole. `header.local` is the wire header unless a recipient of route `mda` exists. */
  readonly message: Message
  /** As of the last record. */
  readonly state: Effect.Effect<JournalState>
  /**
   * A try is about to begin. Durable when it returns (two fsyncs), so that even a try that kills the machine is
   * followed by a pause. Fails with `NoSpace` when the outcome could not be recorded either, and with
   * `NotFound` when the claim was lost to another process: in both cases nothing may be sent.
   */
  readonly recordAttempt: (nextAttemptAt: number) => Effect.Effect<JournalState, QueueFailed>
  /**
   * How recipients fared; to be called at each final reply, before the next command. Durable when it returns (one
   * fsync). Where the disk is full the reserve is given up; where even that does not help and every recipient was
   * served, the message itself is removed for a record. A failure means that a later try may serve someone again.
   */
  readonly recordResults: (rulings: ReadonlyArray<Ruling>) => Effect.Effect<JournalState, QueueFailed>
  /** When to try again. Best effort: not synced. */
  readonly defer: (nextAttemptAt: number, reason: string) => Effect.Effect<JournalState, QueueFailed>
  /** These failures need no report. Durable when it returns. */
  readonly settle: (
    recipients: ReadonlyArray<number>,
    reason: string
  ) => Effect.Effect<JournalState, QueueFailed>
  /**
   * Queues a message about this one (once, however often it is begun: its id follows from this entry's) and records
   * that the recipients are reported. `make` is given the id; it is not called if the report is queued already. A
   * report that is itself a report has no place to go: `Unsupported`.
   */
  readonly report: (
    kind: ChildKind,
    recipients: ReadonlyArray<number>,
    make: (id: QueueId) => Draft
  ) => Effect.Effect<QueueId, QueueFailed | MessageError>
  /**
   * The message goes; for an entry on which nothing is left to do (`JournalState.isFinished`), else it is a defect.
   * Its journal stays until the message is known to be gone from the disk (one fsync for many entries).
   */
  readonly remove: Effect.Effect<void, QueueFailed>
  /** Moves it to the dead, where `mailq` shows it and nothing is ever sent again unless somebody says `retry`. */
  readonly bury: (reason: string) => Effect.Effect<void, QueueFailed>
}

export type ClaimResult =
  | { readonly _tag: "Claimed"; readonly claim: Claim }
  /** Somebody else holds it, or it is no longer in the queue. */
  | { readonly _tag: "Taken" }
  /** Held by its user. */
  | { readonly _tag: "Held" }
  /** Nothing was left to do, and it has been removed: what a power loss brought back. */
  | { readonly _tag: "Finished" }
  /** Damaged, and moved aside. */
  | { readonly _tag: "Damaged"; readonly problem: string }
  /** It can't be read now; it stays. Other entries are not concerned. */
  | { readonly _tag: "Unreadable"; readonly error: QueueFailed }

/** `done`; `active`: being delivered at this moment; `unknown`: no such entry; `bad`: not possible for a damaged one. */
export type ControlResult = "done" | "active" | "unknown" | "bad"

export interface EntryDetail {
  readonly listing: QueueListing
  readonly history: ReadonlyArray<JournalRecord>
  /** Wire header and body; of a damaged entry, whatever the file holds. */
  readonly content: Stream.Stream<Uint8Array, QueueFailed>
}

export interface Recovery {
  /** Entries whose owner had died. */
  readonly freed: ReadonlyArray<QueueId>
  /** Unfinished submissions and left-over journals swept away. */
  readonly swept: number
}

/** What a runner does when a pass is done. */
export type AfterPass =
  /** Stop, unless something new comes in during this time. */
  | { readonly _tag: "Linger"; readonly time: Duration.DurationInput }
  /** Make another pass after this time, or sooner if something new comes in. */
  | { readonly _tag: "Wait"; readonly time: Duration.DurationInput }

/** A message left by the wrapper script of C esmtp. */
export interface LegacyEntry {
  /** Of its directory. */
  readonly name: string
  readonly argv: ReadonlyArray<string>
  readonly arrivedAt: number
  /** It has a `lock` file: unfinished, or still being written. Not to be adopted. */
  readonly isLocked: boolean
}

export class Queue extends Context.Tag("esmtp/services/Queue")<
  Queue,
  {
    /**
     * When it returns, the message survives the loss of power (two fsyncs, however long the queue) and may be claimed.
     * When it fails or is interrupted, nothing was queued, unless the disk refused to take it back: then that is logged.
     */
    readonly enqueue: (draft: Draft) => Effect.Effect<QueueId, QueueFailed | MessageError>
    /** Every entry, oldest first. Takes no lock, waits for no one, changes nothing, needs no space. */
    readonly list: Stream.Stream<QueueListing, QueueFailed>
    /** None: no such entry. The content can be read until the scope closes. */
    readonly show: (id: string) => Effect.Effect<Option.Option<EntryDetail>, QueueFailed, Scope.Scope>
    /**
     * Takes an entry for delivery. Closing the scope gives it back, unless it was removed or buried. Whether it is due
     * is for the caller to judge, again, by the claim's own state: it may have changed since it was listed.
     */
    readonly claim: (id: QueueId) => Effect.Effect<ClaimResult, QueueFailed, Scope.Scope>
    /** Frees what dead owners held and sweeps what they left. To be run before a pass; costs no fsync if all is well. */
    readonly recover: Effect.Effect<Recovery, QueueFailed>
    readonly hold: (id: QueueId) => Effect.Effect<ControlResult, QueueFailed>
    readonly release: (id: QueueId) => Effect.Effect<ControlResult, QueueFailed>
    /** Due at once; the dead rise, with those recipients that no report was made of. */
    readonly retry: (id: QueueId) => Effect.Effect<ControlResult, QueueFailed>
    /** Never to be sent, reported or seen again. By the name that a listing shows, which may be that of a damaged entry. */
    readonly remove: (id: string) => Effect.Effect<ControlResult, QueueFailed>
    /** What is known of a relay (by `host:service`, or whatever names it). Best effort: an unreadable note is no note. */
    readonly relayBackoff: (relay: string) => Effect.Effect<Option.Option<RelayBackoff>, QueueFailed>
    readonly setRelayBackoff: (
      relay: string,
      backoff: Option.Option<RelayBackoff>
    ) => Effect.Effect<void, QueueFailed>
    /**
     * Tells the queue's runner that something was committed. True: there is one, and it will see it. False: the caller
     * should start one.
     */
    readonly wake: Effect.Effect<boolean, QueueFailed>
    /**
     * Makes passes as the queue's one runner. False at once if another runner is in charge (it is told to look again).
     * Nothing that was committed before a `wake` that answered true is left without a pass. That two run at once is
     * possible where one of them was stopped; it is harmless: claims keep them apart.
     */
    readonly asRunner: <E, R>(
      pass: Effect.Effect<AfterPass, E, R>
    ) => Effect.Effect<boolean, E | QueueFailed, R>
    /** What the wrapper script left in this directory, oldest first. */
    readonly legacy: Effect.Effect<ReadonlyArray<LegacyEntry>, QueueFailed>
    /**
     * Queues what `make` makes of a legacy entry's mail and retires that entry. None: somebody else was faster. It is
     * never queued twice, whoever dies in between; when `make` fails, the legacy entry stays as it was.
     */
    readonly adopt: <E, R>(
      legacy: LegacyEntry,
      make: (mail: Stream.Stream<Uint8Array, QueueFailed>) => Effect.Effect<Draft, E, R>
    ) => Effect.Effect<Option.Option<QueueId>, E | QueueFailed | MessageError, R>
  }
>() {}
