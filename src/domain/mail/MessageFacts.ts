/** What must be known of a message before its envelope can be sent, learned in one pass while it is read. */

export interface MessageFacts {
  /** Octets of header and body in canonical form (CRLF line ends), before dot-stuffing: the SIZE of RFC 1870. */
  readonly sizeBytes: number
  readonly hasEightBitHeader: boolean
  readonly hasEightBitBody: boolean
  /** Octets of the longest line, without its CRLF. */
  readonly longestLineBytes: number
  /** NUL octets dropped on the way in. */
  readonly nulsDropped: number
}

/** The header block in its two renderings, each ending with the empty line (CRLF CRLF). */
export interface MessageHeader {
  /** As sent to a relay: additions made, Bcc and trace fields removed. */
  readonly wire: Uint8Array
  /** As handed to an MDA: as read, without Bcc (esmtp adds nothing to local copies). */
  readonly local: Uint8Array
}
