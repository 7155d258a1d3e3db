/**
 * What must be known of a message before its envelope can be sent, learned in one pass while it is read.
 *
 * Source: RFC 1870 §3 (SIZE), RFC 6152 §2 (8BITMIME), RFC 6532 §3 (8-bit headers), RFC 5321 §4.5.3.1.6 (line length).
 */

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

/** Of a whole message: its header as sent, and a body of which the facts are known. `headerNuls` were dropped from the former. */
export const combineFacts = (wire: Uint8Array, body: MessageFacts, headerNuls = 0): MessageFacts => {
  let longest = 0
  let lineStart = 0
  for (let end = wire.indexOf(0x0d); end >= 0; end = wire.indexOf(0x0d, lineStart)) {
    longest = Math.max(longest, end - lineStart)
    lineStart = end + 2
  }
  return {
    sizeBytes: wire.length + body.sizeBytes,
    hasEightBitHeader: wire.some((octet) => octet > 0x7f),
    hasEightBitBody: body.hasEightBitBody,
    longestLineBytes: Math.max(longest, body.longestLineBytes),
    nulsDropped: headerNuls + body.nulsDropped
  }
}
