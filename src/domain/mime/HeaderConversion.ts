/**
 * The header of an entity as a relay can take it.
 *
 * Source: RFC 2047 §5 (where encoded words may stand); RFC 2045 §4, §6 (fields of MIME); RFC 5322 §2.1.1, §2.2.3 (long
 * lines are folded at blanks). Fields that need no change keep every octet.
 */
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import { type ByteString, hasEightBit, toBytes } from "../mail/ByteString.ts"
import { type HeaderBlock, hasField } from "../mail/HeaderBlock.ts"
import { type HeaderField, isNamed } from "../mail/HeaderField.ts"
import { encodeAddressText } from "./AddressText.ts"
import { charsetOf } from "./ContentFields.ts"
import { encodeParameters } from "./ParameterText.ts"
import { encodeWords, wordsOf } from "./WordEncoding.ts"

/** What an entity's header has to say of its content from now on. */
export interface Label {
  readonly encoding: "7bit" | "base64" | "quoted-printable"
  /** The entity begins a message and says nothing of its text: with this charset it does. */
  readonly charset?: "utf-8" | "unknown-8bit"
}

export interface HeaderNeeds {
  /** Octets above 127 must go. */
  readonly sevenBit: boolean
  readonly label?: Label
  readonly isMessage: boolean
}

/** RFC 5321 §4.5.3.1.6, without CRLF. */
export const longestLineBytes = 998

/** Where a changed field is folded. */
const lineCharacters = 78

const addressFields =
  /^(?:resent-)?(?:from|sender|reply-to|to|cc|bcc)$|^(?:disposition-notification-to|return-receipt-to|errors-to|mail-followup-to|mail-reply-to|list-id)$/

const nameFields = /^keywords$/

const parameterFields = /^content-(?:type|disposition)$/

/** Fields with a syntax that leaves no place for encoded words, or none that everybody knows. */
const structuredFields =
  /^(?:(?:resent-)?(?:date|message-id)|in-reply-to|references|received|return-path|delivered-to|mime-version|content-(?:transfer-encoding|id|location|language|base|md5)|(?:list|dkim|arc|authentication|domainkey|autocrypt|x-google-dkim).*)$/

/** Folded at blanks that are there. */
const folded = (name: ByteString, text: ByteString): ByteString => {
  let raw = `${name}:`
  let column = raw.length
  for (const [piece] of text.matchAll(/[ \t]*[^ \t]+|[ \t]+$/g)) {
    const isFold = column + piece.length > lineCharacters && /^[ \t]+[^ \t]/.test(piece) && raw !== `${name}:`
    raw += isFold ? `\r\n${piece}` : piece
    column = isFold ? piece.length : column + piece.length
  }
  return `${raw}\r\n`
}

const encodeText = (name: string, text: ByteString, charset: string): Option.Option<ByteString> => {
  if (addressFields.test(name) || nameFields.test(name)) {
    return encodeAddressText(text, nameFields.test(name), charset)
  }
  if (parameterFields.test(name)) return encodeParameters(text, charset)
  return structuredFields.test(name) ? Option.none() : Option.some(encodeWords(wordsOf(text), charset))
}

const isLong = ({ raw }: HeaderField): boolean =>
  raw.length > longestLineBytes && raw.split("\r\n").some((line) => line.length > longestLineBytes)

/** Long lines that can't be folded stay; so do those of fields where an encoded word has no place. */
const shortened = (field: HeaderField, name: ByteString, text: ByteString, charset: string): HeaderField => {
  const kind = field.name.toLowerCase()
  const isFree = !addressFields.test(kind) && !parameterFields.test(kind) && !structuredFields.test(kind)
  return { ...field, raw: folded(name, isFree ? encodeWords(wordsOf(text), charset) : text) }
}

/** Left: the name of a field that can't be converted. */
const convertField = (
  field: HeaderField,
  sevenBit: boolean,
  charset: string
): Either.Either<HeaderField, string> => {
  const { raw } = field
  const needsEncoding = sevenBit && hasEightBit(raw)
  if (!needsEncoding && !isLong(field)) return Either.right(field)
  const colon = raw.indexOf(":")
  const name = raw.slice(0, colon)
  const text = raw.slice(colon + 1).replaceAll("\r\n", "")
  if (!needsEncoding) return Either.right(shortened(field, name, text, charset))
  return Option.match(encodeText(field.name.toLowerCase(), text, charset), {
    onNone: () => Either.left(field.name),
    onSome: (encoded) => Either.right({ name: field.name, raw: folded(name, encoded) })
  })
}

const isEncodingField = (field: HeaderField): boolean => isNamed(field, "content-transfer-encoding")

const field = (name: string, text: string): HeaderField => ({ name, raw: `${name}: ${text}\r\n` })

/** The encoding takes the place of the one that was declared; what is missing comes last. */
const labelled = (
  fields: ReadonlyArray<HeaderField>,
  header: HeaderBlock,
  { label, isMessage }: HeaderNeeds
): ReadonlyArray<HeaderField> => {
  if (label === undefined) return fields
  const encoding = field("Content-Transfer-Encoding", label.encoding)
  const declared = fields.findIndex(isEncodingField)
  const replaced = fields.flatMap((each, index) => {
    if (!isEncodingField(each)) return [each]
    return index === declared ? [encoding] : []
  })
  const needsVersion = isMessage && !hasField(header, "mime-version")
  return [
    ...replaced,
    ...(needsVersion ? [field("MIME-Version", "1.0")] : []),
    ...(label.charset === undefined ? [] : [field("Content-Type", `text/plain; charset=${label.charset}`)]),
    ...(declared < 0 ? [encoding] : [])
  ]
}

/** With the empty line. Left: the name of a field that can't be converted. */
export const convertHeader = (header: HeaderBlock, needs: HeaderNeeds): Either.Either<Uint8Array, string> => {
  const charset = charsetOf(header)
  return Either.map(
    Either.all(header.fields.map((each) => convertField(each, needs.sevenBit, charset))),
    (fields) =>
      toBytes(
        `${labelled(fields, header, needs)
          .map(({ raw }) => raw)
          .join("")}\r\n`
      )
  )
}
