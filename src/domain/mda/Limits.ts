/**
 * Bounds on the commands of a configuration.
 */

/** Characters of one command, as looking for what a shell would make of it takes more than linear time. Beyond it: refused. */
export const commandCharacters = 4096

/** Octets of what an MDA prints, for the bounce. Beyond it: read and forgotten. */
export const outputBytes = 4096

/** For one run of the MDA, as in Postfix. Beyond it: its process group is ended; try later. */
export const mdaMillis = 1_000_000

/** For a command that prints a secret: somebody may have to unlock a keyring. Beyond it: it is ended; try later. */
export const secretMillis = 120_000

/** Octets of what a command for a secret prints. Beyond it: it is no secret, a fault of the configuration. */
export const secretBytes = 65_536

/** For `preconnect` and `postconnect`: a connection to be made, perhaps a passphrase to be typed. Beyond it: ended. */
export const hookMillis = 300_000
