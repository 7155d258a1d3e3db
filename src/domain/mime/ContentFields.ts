/**
 * What the header of an entity says about its content.
 *
 * Source: RFC 2045 §5 (Content-Type), §6 (Content-Transfer-Encoding); RFC 2046 §5.1 (multipart), §5.1.5 (digest), §5.2
 * (message); RFC 6532 §3.7 (message/global). Deviations: "8-bit" and its kin count as what they mean; a field that occurs
 * twice with the same value counts once; a type that can't be read is taken for text, as RFC 2045 §5.2 has it, unless it
 * begins like a composite one.
 */
import { fieldsNamed, type HeaderBlock } from "../mail/HeaderBlock.ts"
import type { HeaderField } from "../mail/HeaderField.ts"

export type DeclaredEncoding = "none" | "7bit" | "8bit" | "binary" | "base64" | "quoted-printable"

/** Octets stand for themselves. */
export const isIdentity = (encoding: DeclaredEncoding): boolean =>
  encoding !== "base64" && encoding !== "quoted-printable"

/** What can be done with the content of an entity. */
export type Content =
  /** Its content may be encoded. */
  | { readonly _tag: "Leaf"; readonly encoding: DeclaredEncoding; readonly isText: boolean }
  | {
      readonly _tag: "Multipart"
      readonly encoding: DeclaredEncoding
      readonly boundary: string
      readonly isDigest: boolean
    }
  /** An embedded message. */
  | { readonly _tag: "Message"; readonly encoding: DeclaredEncoding }
  /** Its content may not be touched; `why` completes "not converted:". */
  | { readonly _tag: "Sealed"; readonly why: string }

/** Parenthesised comments, nested ones too; none inside quotes. */
const withoutComments = (text: string): string => {
  let kept = ""
  let depth = 0
  let isQuoted = false
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at)
    const isEscape = character === "\\" && (isQuoted || depth > 0)
    const taken = isEscape ? text.slice(at, ++at + 1) : character
    if (depth === 0 && character === '"') isQuoted = !isQuoted
    if (!isQuoted && character === "(") depth++
    if (depth === 0) kept += taken
    if (!isQuoted && character === ")" && depth > 0) depth--
  }
  return kept
}

const valueIn = ({ raw }: HeaderField): string =>
  withoutComments(raw.slice(raw.indexOf(":") + 1).replaceAll("\r\n", "")).trim()

/** Undefined: the header contradicts itself. "": there is no such field. */
const onlyValue = (header: HeaderBlock, name: string): string | undefined => {
  const values = new Set(fieldsNamed(header, name).map(valueIn))
  return values.size > 1 ? undefined : ([...values][0] ?? "")
}

const spellings: ReadonlyMap<string, DeclaredEncoding> = new Map([
  ["", "none"],
  ["7bit", "7bit"],
  ["7-bit", "7bit"],
  ["8bit", "8bit"],
  ["8-bit", "8bit"],
  ["binary", "binary"],
  ["base64", "base64"],
  ["quoted-printable", "quoted-printable"]
])

const parameterPattern = /;\s*([!#$%&'*+.^_`|{}~0-9A-Za-z-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]*))\s*/gy

/** Parameters in their order, names in lower case, values without quotes; up to the first that can't be read. */
const parametersOf = (value: string): ReadonlyArray<readonly [string, string]> => {
  const found: Array<readonly [string, string]> = []
  parameterPattern.lastIndex = Math.max(0, value.indexOf(";"))
  for (let match = parameterPattern.exec(value); match !== null; match = parameterPattern.exec(value)) {
    found.push([(match[1] ?? "").toLowerCase(), match[2]?.replace(/\\(.)/gs, "$1") ?? match[3] ?? ""])
  }
  return found
}

/** `name` in lower case; undefined: absent, or there more than once. */
const parameter = (value: string, name: string): string | undefined => {
  const values = parametersOf(value).filter(([each]) => each === name)
  return values.length === 1 ? values[0]?.[1] : undefined
}

/** RFC 2046 §5.1.1 allows 70 characters; longer ones exist. None that a delimiter line could not end with. */
const isBoundary = (text: string): boolean => /^[ -~]{0,199}[!-~]$/.test(text)

const sealed = (why: string): Content => ({ _tag: "Sealed", why })

const multipart = (subtype: string, value: string, encoding: DeclaredEncoding): Content => {
  if (subtype === "signed") return sealed("a signature in it would break")
  if (subtype === "encrypted") return sealed("encrypted content in it would break")
  if (!isIdentity(encoding)) return sealed("broken MIME (an encoded multipart)")
  const boundary = parameter(value, "boundary")
  return boundary !== undefined && isBoundary(boundary)
    ? { _tag: "Multipart", encoding, boundary, isDigest: subtype === "digest" }
    : sealed("broken MIME (a multipart without a usable boundary)")
}

const contentOf = (value: string, encoding: DeclaredEncoding): Content => {
  const [, type = "", subtype = ""] = /^([^\s/;]*)\s*\/?\s*([^\s;]*)/.exec(value.toLowerCase()) ?? []
  if (type === "multipart") return multipart(subtype, value, encoding)
  if (type === "message" && !/^global(?:$|-)/.test(subtype)) {
    if (subtype !== "rfc822") return sealed("a message/… part that must not be encoded")
    // What calls itself encoded is read by nobody as a message.
    return isIdentity(encoding)
      ? { _tag: "Message", encoding }
      : sealed("broken MIME (an encoded message/rfc822)")
  }
  if (/^application\/(?:x-)?pkcs7-mime/.test(`${type}/${subtype}`)) {
    return sealed("signed or encrypted content in it would break")
  }
  return { _tag: "Leaf", encoding, isText: type === "" || type === "text" }
}

/** `isInDigest`: an entity without a type is a message there. */
export const readContent = (header: HeaderBlock, isInDigest: boolean): Content => {
  const type = onlyValue(header, "content-type")
  const encoding = onlyValue(header, "content-transfer-encoding")
  if (type === undefined || encoding === undefined) return sealed("broken MIME (contradicting fields)")
  const declared = spellings.get(encoding.toLowerCase())
  if (declared === undefined) return sealed("an unknown Content-Transfer-Encoding")
  return contentOf(type === "" && isInDigest ? "message/rfc822" : type, declared)
}

/** Charsets in which an octet above 127 is a character by itself. */
const singleOctet = /^(?:iso-8859-\d{1,2}|windows-125\d|koi8-[ru]|cp125\d|macintosh)$/

/** The charset that octets outside ASCII and UTF-8 in this entity's own header are written in, as far as anybody knows. */
export const charsetOf = (header: HeaderBlock): string => {
  const charset = parameter(onlyValue(header, "content-type") ?? "", "charset")?.toLowerCase() ?? ""
  return singleOctet.test(charset) ? charset : "unknown-8bit"
}
