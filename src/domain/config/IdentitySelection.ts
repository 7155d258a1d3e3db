/**
 * Which identity sends a message, and with which reverse-path.
 *
 * Source: esmtp: main.c (`identities_lookup`), smtp.c (reverse path order), esmtprc(5).
 */
import type { Mailbox, ReversePath } from "../mail/Mailbox.ts"
import type { Identity } from "./Settings.ts"

export interface IdentityQuery {
  /** `-f`/`-r`; absent: not given. */
  readonly envelopeSender?: ReversePath
  /** First address of From:, only with `-t`. */
  readonly headerFrom?: Mailbox
}

export interface Candidate {
  readonly identity: Identity
  readonly matched: boolean
  /** One phrase: `address equals identity`, `other domain`, `default identity`… */
  readonly because: string
}

export interface ResolvedIdentity {
  readonly identity: Identity
  readonly reversePath: ReversePath
  /** Which rule gave the reverse-path. */
  readonly reversePathFrom: "force reverse_path" | "-f" | "From:" | "identity" | "local user"
  /** Value of `force sender`, expanded. */
  readonly forcedSender?: Mailbox
  /** Every identity in the order considered, for `explain`. */
  readonly candidates: ReadonlyArray<Candidate>
}
