/**
 * Bounds on what a message may make us hold.
 *
 * Source: RFC 5321 §4.5.3.1 (sizes), §6.3 (loops); RFC 1035 §2.3.4 (domains).
 * Deviation: a local part may be longer than the 64 octets of RFC 5321, because bounce addresses of mailing lists are.
 */

/** Octets of a header; ten thousand recipients take less than half a megabyte. Beyond it: the message is refused. */
export const headerBlockBytes = 16 * 1024 * 1024

/** Fields of one header. Beyond it: the message is refused. */
export const headerFields = 250_000

/** Octets of the name of a field, as RFC 5322 §2.1.1 allows no longer line. Beyond it: the line is no field. */
export const fieldNameBytes = 998

/** Received: fields of a message (RFC 5321 §6.3). Beyond it: it runs in a circle, and is refused. */
export const hops = 99

/** Octets of a local part. Beyond it: the address is refused. */
export const localPartBytes = 256

/** Octets of a domain (RFC 1035 §2.3.4). Beyond it: the address is refused. */
export const domainBytes = 255

/** Octets of a label of a domain (RFC 1035 §2.3.4). Beyond it: the address is refused. */
export const domainLabelBytes = 63

/** Problems told of one address list, for each severity. Beyond it: the first ones. */
export const addressProblems = 20

/** Octets of a body kept in memory. Beyond it: it goes to a file without a name. */
export const bodyInMemoryBytes = 1024 * 1024
