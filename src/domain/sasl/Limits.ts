/**
 * Bounds on what a server may demand of an authentication.
 *
 * Source: RFC 5802 §5.1, RFC 7677 §4; MS-NLMP §2.2.
 */

/** UTF-16 units of a user name for NTLM, which has 16 bits for each length. Beyond it: the mechanism has failed. */
export const ntlmUsernameUnits = 1024

/** Octets of an NTLM challenge; servers send a few hundred. Beyond it: the mechanism has failed. */
export const ntlmChallengeBytes = 16_384

/** Iterations of SCRAM at least (RFC 7677 §4). Fewer: the mechanism has failed, as the proof would be worth little. */
export const scramIterationsLeast = 4096

/** Iterations of SCRAM at most: a second or so of work. Beyond it: the mechanism has failed. */
export const scramIterations = 1_000_000
