/**
 * A mailbox as it stands in an envelope, and the reverse-path built on it.
 *
 * Source: RFC 5321 §4.1.2 (`Mailbox`), §4.1.1.2 (`Reverse-path`).
 * Deviation: a bare local part (`root`) is a mailbox too; it names a user of this machine.
 */
import * as Brand from "effect/Brand"

/** `local-part@domain` in wire form (quoted where needed), or a bare local part. Holds no control character. */
export type Mailbox = string & Brand.Brand<"Mailbox">

/** Asserts that a text is a mailbox already; only parsers of trusted encodings call it. */
export const Mailbox = Brand.nominal<Mailbox>()

/** The reverse-path `<>` of bounces and other mail that must never be answered. */
export const nullSender = ""

export type ReversePath = Mailbox | typeof nullSender
