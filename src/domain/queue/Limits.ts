/**
 * Bounds on what a file of the spool may make us hold, and on what is kept there.
 *
 * Source: `docs/QUEUE.md`.
 */

/** Octets of a journal record, which one `write` puts there. Longer texts are cut. */
export const recordBytes = 4096

/** Characters of a text in a record: what a server said, why something waits. Beyond it: cut. */
export const recordTextCharacters = 320

/** Recipients that one record tells of. Beyond it: more records. */
export const recordPositions = 200

/** Octets of the trailer of an entry. Beyond it: damaged. */
export const trailerBytes = 96

/** Octets of a command line that the wrapper script left. Beyond it: left alone, and told. */
export const legacyCommandBytes = 1 << 20

/** Octets of the first line of an entry: an envelope with very many recipients. Beyond it: damaged. */
export const headBytes = 16 * 1024 * 1024

/** Octets of an entry that is read at once. Beyond it: block by block. */
export const entryAtOnceBytes = 128 * 1024

/** Octets of a journal, far beyond what five days of tries can write. Beyond it: damaged. */
export const journalBytes = 64 * 1024 * 1024

/** Octets of the note about a relay that rests. Beyond it: as if there were none. */
export const noteBytes = 4096

/** Octets by which runners are woken. Beyond it: forgotten when a runner begins. */
export const wakeBytes = 64 * 1024

/** Octets of a message that a bounce returns whole. Beyond it: its header, and the message is kept among the dead. */
export const returnedBytes = 10 * 1024 * 1024

/** Relays that are served side by side. Beyond it: one after the other. */
export const relaysAtOnce = 4
