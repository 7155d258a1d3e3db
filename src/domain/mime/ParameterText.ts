/**
 * Encodes the parameters of a MIME field, file names above all.
 *
 * Source: RFC 2231 §4 (extended parameters). Only names and values of parameters that carry text are touched.
 */
import * as Option from "effect/Option"
import { type ByteString, hasEightBit } from "../mail/ByteString.ts"
import { isUtf8 } from "./Utf8Check.ts"

const parameter =
  /(;\s*)([!#$%&+.^_`|{}~0-9A-Za-z-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"()]+))(?=\s*(?:;|\(|$))/g

const structural: ReadonlySet<string> = new Set([
  "boundary",
  "charset",
  "protocol",
  "micalg",
  "type",
  "start"
])

/** What goes into one line. */
const longestValue = 800

const percent = (octets: ByteString): string =>
  octets.replace(
    /[^A-Za-z0-9._-]/g,
    (octet) => `%${octet.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`
  )

const charsetOf = (octets: ByteString, charset: string): string => {
  if (isUtf8(octets)) return "utf-8"
  return charset === "unknown-8bit" ? "" : charset
}

/** The text of the field, unfolded. None where octets above 127 stand elsewhere, or a value is too long. */
export const encodeParameters = (text: ByteString, charset: string): Option.Option<ByteString> => {
  const encoded = text.replace(
    parameter,
    (whole: string, lead: string, name: string, quoted: string | undefined, bare: string | undefined) => {
      const value = quoted?.replace(/\\(.)/gs, "$1") ?? bare ?? ""
      if (!hasEightBit(value) || structural.has(name.toLowerCase())) return whole
      const extended = percent(value)
      return extended.length > longestValue
        ? whole
        : `${lead}${name}*=${charsetOf(value, charset)}''${extended}`
    }
  )
  return hasEightBit(encoded) ? Option.none() : Option.some(encoded)
}
