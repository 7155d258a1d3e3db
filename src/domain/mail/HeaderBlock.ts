/**
 * The header of a message: its fields in order, and what can be read of them.
 *
 * Source: RFC 5322 §2.2, §3.6; §3.6.6 (resent fields). esmtp: message.c `message_parse_headers`.
 * Deviations: every occurrence of a field counts; blanks after the colon are optional; fields that begin with Resent- and
 * name recipients replace To, Cc and Bcc, as in sendmail.
 */
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import type { Address } from "./AddressCollector.ts"
import { type AddressList, parseAddressList } from "./AddressList.ts"
import type { AddressProblem } from "./AddressProblem.ts"
import { fromBytes } from "./ByteString.ts"
import { fieldText, type HeaderField, isNamed } from "./HeaderField.ts"
import * as Limits from "./Limits.ts"
import type { Mailbox } from "./Mailbox.ts"
import { MessageError } from "./MessageError.ts"

export interface HeaderBlock {
  readonly fields: ReadonlyArray<HeaderField>
  readonly nulsDropped: number
}

const namePattern = /^([!-9;-~]+)[ \t]*:/

/** LF as the only line end: a lone CR is a blank, NUL is nothing. */
const canonical = (text: string): string =>
  text
    .replaceAll("\0", "")
    .replace(/\r(?!\n)/g, " ")
    .replaceAll("\r\n", "\n")

/** The fields, each with its continuation lines. What is none are lines of mailbox files in front. */
const fieldsOf = (text: string): ReadonlyArray<HeaderField> => {
  const fields: Array<HeaderField> = []
  for (const lines of text.split(/\n(?![ \t])/)) {
    const name = namePattern.exec(lines)?.[1]
    if (name !== undefined) fields.push({ name, raw: `${lines.replaceAll("\n", "\r\n")}\r\n` })
  }
  return fields
}

/** Of the octets that `HeaderScan` found. Fails where there are more hops than a message can have. */
export const parseHeaderBlock = (octets: Uint8Array): Either.Either<HeaderBlock, MessageError> => {
  const text = fromBytes(octets)
  const fields = fieldsOf(canonical(text))
  const hops = fields.filter((field) => isNamed(field, "received")).length
  if (hops > Limits.hops) {
    return Either.left(
      new MessageError({
        reason: "TooManyHops",
        detail: `${hops} Received: fields; the message runs in a circle`
      })
    )
  }
  return Either.right({ fields, nulsDropped: text.length - text.replaceAll("\0", "").length })
}

/** `name` in lower case. */
export const fieldsNamed = ({ fields }: HeaderBlock, name: string): ReadonlyArray<HeaderField> =>
  fields.filter((field) => isNamed(field, name))

/** `name` in lower case. */
export const hasField = ({ fields }: HeaderBlock, name: string): boolean =>
  fields.some((field) => isNamed(field, name))

/** Of the first occurrence; `name` in lower case. */
export const textOf = ({ fields }: HeaderBlock, name: string): Option.Option<string> =>
  Option.map(Option.fromNullable(fields.find((field) => isNamed(field, name))), fieldText)

export interface FieldProblem extends AddressProblem {
  /** Name of the field, as written. `position` counts from the start of its text. */
  readonly field: string
}

export interface FieldAddresses {
  /** In order, duplicates included. */
  readonly addresses: ReadonlyArray<Address>
  readonly problems: ReadonlyArray<FieldProblem>
}

const addressesOf = (fields: ReadonlyArray<HeaderField>): FieldAddresses => {
  const lists = fields.map((field): { readonly field: string; readonly list: AddressList } => ({
    field: field.name,
    list: parseAddressList(fieldText(field))
  }))
  return {
    addresses: lists.flatMap(({ list }) => list.addresses),
    problems: lists.flatMap(({ field, list }) => list.problems.map((problem) => ({ ...problem, field })))
  }
}

const isAnyOf =
  (...names: ReadonlyArray<string>) =>
  (field: HeaderField): boolean =>
    names.some((name) => isNamed(field, name))

const namesResentRecipients = isAnyOf("resent-to", "resent-cc", "resent-bcc")
const namesRecipients = isAnyOf("to", "cc", "bcc")

/** Sent by someone who had received it. */
const isResent = ({ fields }: HeaderBlock): boolean => fields.some(namesResentRecipients)

/** Whom `-t` sends it to. */
export const recipientsOf = (header: HeaderBlock): FieldAddresses =>
  addressesOf(header.fields.filter(isResent(header) ? namesResentRecipients : namesRecipients))

/** Who sends it: the first address of From:, of Resent-From: where it is resent. None if there is none. */
export const authorOf = (header: HeaderBlock): Option.Option<Mailbox> => {
  const resent = isResent(header) ? fieldsNamed(header, "resent-from") : []
  const { addresses } = addressesOf(resent.length > 0 ? resent : fieldsNamed(header, "from"))
  return Option.map(Option.fromNullable(addresses[0]), ({ mailbox }) => mailbox)
}
