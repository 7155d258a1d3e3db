/**
 * What became of a recipient in one attempt, in the words that a listing, a log and a bounce need.
 *
 * Source: RFC 3464 §2.3.4 (`Status`), §2.3.5 (`Remote-MTA`), §2.3.6 (`Diagnostic-Code`).
 */

export interface Verdict {
  readonly status: "delivered" | "deferred" | "failed"
  /** The server's reply, the MDA's end, or our own reason. One printable line. */
  readonly text: string
  /** Who said so: `smtp` for a reply, `local` for a program or esmtp itself. */
  readonly by: "smtp" | "local"
  /** RFC 3463 code, e.g. `5.1.1`, where one is known. */
  readonly enhanced?: string
  /** The server's reply alone, where `text` says more than that. */
  readonly diagnostic?: string
  /** `host:service` of the relay that spoke. */
  readonly relay?: string
  /** The connection broke after the final dot: the server may have the message (RFC 1047). */
  readonly possibleDuplicate?: boolean
}

/** A verdict and the recipients it holds for, by their position in the envelope. */
export interface Ruling {
  readonly recipients: ReadonlyArray<number>
  readonly verdict: Verdict
}
