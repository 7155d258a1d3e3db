/**
 * Bounds on a configuration file.
 */

/** Octets of a configuration file. Beyond it: it is refused. */
export const fileBytes = 1024 * 1024

/** Faults of a file that are told. With more it is something else than a configuration, and not read to its end. */
export const problems = 100
