/**
 * One reply of an SMTP server.
 *
 * Source: RFC 5321 §4.2 (replies), RFC 2034 and RFC 3463 (enhanced status codes).
 */

/** `class.subject.detail`, e.g. `5.1.1`. */
export interface EnhancedStatus {
  readonly class: 2 | 4 | 5
  readonly subject: number
  readonly detail: number
}

export interface Reply {
  /** 200 to 599. */
  readonly code: number
  /** Present when the text began with one and the server announced ENHANCEDSTATUSCODES. */
  readonly enhanced?: EnhancedStatus
  /** The text of each line after code and separator, verbatim (bytes read as UTF-8, else Latin-1); enhanced code not removed. */
  readonly lines: ReadonlyArray<string>
}
