/** A message that did not reach all of its recipients. */
import * as Data from "effect/Data"
import * as Either from "effect/Either"
import type { SysExit } from "../domain/invocation/SysExit.ts"
import { fromOutcomes } from "../domain/invocation/SysExits.ts"
import { outcomeLines } from "../domain/invocation/Wording.ts"
import type { Mailbox } from "../domain/mail/Mailbox.ts"
import type { Outcome } from "../domain/mail/Outcome.ts"
import { severityOf } from "../domain/queue/Severity.ts"

/** Some recipients may have it all the same: `outcomes` tells of each. Nothing was queued, and nobody tries again. */
export class Undelivered extends Data.TaggedError("Undelivered")<{
  /** In the order of the envelope, those that were reached among them. */
  readonly outcomes: ReadonlyArray<Outcome>
}> {
  /** As `sendmail` tells it, without its name: a line for each failure. */
  override get message(): string {
    return outcomeLines(this.outcomes)
      .map((line) => line.replace(/^esmtp: /, ""))
      .join("\n")
  }

  /** What `sendmail` would exit with: see sysexits(3). */
  get status(): SysExit {
    return fromOutcomes(this.outcomes)
  }

  /** Nothing was refused for good: the same message may well be taken later. */
  get isTransient(): boolean {
    return this.outcomes.every((outcome) => severityOf(outcome) !== "permanent")
  }

  /** Those that another try is for; who has the message already must not get it twice. */
  get remaining(): ReadonlyArray<Mailbox> {
    return this.outcomes.flatMap((outcome) =>
      Either.isLeft(outcome.result) && severityOf(outcome) === "transient" ? [outcome.recipient.mailbox] : []
    )
  }
}
