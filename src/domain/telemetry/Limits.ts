/**
 * Bounds on what is shown of texts that others have written.
 *
 * Source: RFC 5321 §4.5.3.1.5.
 */

/** Characters of a text of somebody else in one line. Beyond it: cut. */
export const printableCharacters = 512

/** Spans of the tree that `--trace` prints. Beyond it: the rest is left out. */
export const spans = 5000

/** Kinds of reply that a span tells of. Beyond it: the first ones. */
export const replyKinds = 8
