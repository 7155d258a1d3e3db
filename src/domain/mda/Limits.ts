/**
 * Bounds on the commands of a configuration.
 */

/** Characters of one command. Looking for what a shell would make of it takes more than linear time. */
export const commandCharacters = 4096
