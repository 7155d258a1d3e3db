/**
 * Bounds on what a client of `-bs` may make us hold.
 *
 * Source: RFC 5321 §4.5.3.1.4 (512 octets, more with extensions), §4.5.3.1.8 (at least 100 recipients).
 */

/** Octets of a command line, without its end. Beyond it: the command is refused, with 500. */
export const lineBytes = 4096

/** Recipients of one message. Beyond it: refused, with 452. */
export const recipients = 100_000

/** Refused commands in a row: so many end the session, as this is no SMTP client. */
export const faults = 20
