/**
 * Bounds on what a message that is converted for a relay may make us hold.
 *
 * Source: RFC 2046 §5.1.1, RFC 5322 §2.1.1.
 */

/** Octets of the header of a part; those of parts are small. Beyond it: the part is not converted. */
export const partHeaderBytes = 256 * 1024

/** Octets of a line with a delimiter, its end included. Beyond it: it is no delimiter. */
export const delimiterBytes = 998 + 2

/** Parts of a message. Beyond it: it is not converted. */
export const entities = 10_000

/** Parts within parts, the message itself among them. Beyond it: it is not converted. */
export const depth = 100
