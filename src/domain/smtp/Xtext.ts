/**
 * The encoding of ENVID and ORCPT values.
 *
 * Source: RFC 3461 §4.
 */
import * as Option from "effect/Option"
import { fromUtf8, utf8 } from "../sasl/Octets.ts"

const plus = 0x2b
const equalsSign = 0x3d

const isPlain = (octet: number): boolean =>
  octet >= 0x21 && octet <= 0x7e && octet !== plus && octet !== equalsSign

/** Octets outside `xchar` become `+` and two upper-case hex digits. */
export const encode = (text: string): string =>
  Array.from(utf8(text), (octet) =>
    isPlain(octet) ? String.fromCharCode(octet) : `+${octet.toString(16).toUpperCase().padStart(2, "0")}`
  ).join("")

/** None where the text is not xtext of UTF-8 octets. */
export const decode = (xtext: string): Option.Option<string> =>
  /^(?:[!-*,-<>-~]|\+[0-9A-F]{2})*$/.test(xtext)
    ? fromUtf8(
        Uint8Array.from(xtext.match(/\+..|./g) ?? [], (piece) =>
          piece.length === 3 ? Number.parseInt(piece.slice(1), 16) : piece.charCodeAt(0)
        )
      )
    : Option.none()
