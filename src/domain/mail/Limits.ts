/**
 * Bounds on what a message may make us hold.
 *
 * Source: RFC 5321 §4.5.3.1 (sizes), §6.3 (loops); RFC 1035 §2.3.4 (domains).
 * Deviation: a local part may be longer than the 64 octets of RFC 5321, because bounce addresses of mailing lists are.
 */

/** A header that is larger is refused; ten thousand recipients take less than half a megabyte. */
export const headerBlockBytes = 16 * 1024 * 1024

/** Fields of one header. */
export const headerFields = 250_000

/** A line is no field if its name is longer; RFC 5322 §2.1.1 allows no longer line. */
export const fieldNameBytes = 998

/** Received: fields that a message may have: one more means that it runs in a circle. */
export const hops = 99

export const localPartBytes = 256
export const domainBytes = 255
export const domainLabelBytes = 63

/** Problems reported of one address list, for each severity. */
export const addressProblems = 20

/** Body octets kept in memory; what is larger goes to a file. */
export const bodyInMemoryBytes = 1024 * 1024
