/**
 * Bounds on what a server may make us hold, say or wait for. Deadlines stand in `Deadlines.ts`.
 *
 * Source: RFC 5321 §4.5.3.1, RFC 4954 §4, RFC 3461 §4.4.
 */

/** Octets of a reply line; RFC 5321 asks for 512, servers write more. Beyond it: no SMTP, try later. */
export const replyLineBytes = 8192

/** Octets of a challenge line: RFC 4954 has 12288, and some more tell "too long for SASL" from "not SMTP". */
export const authLineBytes = 16384

/** Octets of one reply. Beyond it: no SMTP, try later. */
export const replyBytes = 65536

/** Lines of one reply. Beyond it: no SMTP, try later. */
export const replyLines = 1024

/** Octets of a command with its line end (RFC 5321 §4.5.3.1.4); an AUTH command with an initial response obeys it too. */
export const commandBytes = 512

/** The same for MAIL and RCPT: room for long paths and for parameters. Beyond it: the address is refused. */
export const pathCommandBytes = 2048

/** Octets of a SASL response in base64 (RFC 4954 §4). Beyond it: the mechanism has failed. */
export const base64Bytes = 12288

/** Characters of an ENVID once it is xtext (RFC 3461 §4.4). Beyond it: a usage error. */
export const envidCharacters = 100

/** Challenges of one authentication. Beyond it: it is cancelled, and the next mechanism tried. */
export const authRounds = 16

/** Recipients of one transaction, where the server tells no other number (RFC 5321 §4.5.3.1.8). Beyond it: another transaction. */
export const recipients = 100

/** Octets that have arrived and nobody has looked at. Beyond it: nothing more is read until somebody has. */
export const unreadBytes = 256 * 1024

/** For connecting to all addresses of a relay together. Beyond it: try later. */
export const connectMillis = 120_000

/** Octets of a file with certificates or keys. Beyond it: it is not used, and nothing is sent. */
export const trustFileBytes = 16 * 1024 * 1024

/** Certificates of a chain that are shown. Beyond it: the rest is left out of what is shown. */
export const chainCertificates = 10

/** Octets of a message that travels with its envelope in one flight. Beyond it: it is streamed. */
export const inlineBytes = 64 * 1024

/** Addresses of a name that `esmtp check` looks at. Beyond it: the rest is left out. */
export const surveyedAddresses = 32
