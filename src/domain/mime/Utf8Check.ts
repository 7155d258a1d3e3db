/**
 * Whether octets are UTF-8, chunk by chunk.
 *
 * Source: RFC 3629 §4 (no overlong forms, no surrogates, nothing above U+10FFFF).
 */
import { type ByteString, toBytes } from "../mail/ByteString.ts"

export interface Utf8Check {
  readonly take: (octets: Uint8Array) => void
  /** Of all that was taken, as a whole. */
  readonly isValid: () => boolean
}

interface Lead {
  readonly following: number
  /** Bounds of the next octet. */
  readonly least: number
  readonly most: number
}

const leadOf = (octet: number): Lead | undefined => {
  if (octet >= 0xc2 && octet <= 0xdf) return { following: 1, least: 0x80, most: 0xbf }
  if (octet >= 0xe0 && octet <= 0xef) {
    return { following: 2, least: octet === 0xe0 ? 0xa0 : 0x80, most: octet === 0xed ? 0x9f : 0xbf }
  }
  if (octet < 0xf0 || octet > 0xf4) return undefined
  return { following: 3, least: octet === 0xf0 ? 0x90 : 0x80, most: octet === 0xf4 ? 0x8f : 0xbf }
}

export const makeUtf8Check = (): Utf8Check => {
  let isSound = true
  let following = 0
  let least = 0x80
  let most = 0xbf

  const takeOne = (octet: number) => {
    if (following > 0) {
      isSound &&= octet >= least && octet <= most
      following--
      least = 0x80
      most = 0xbf
    } else if (octet > 0x7f) {
      const lead = leadOf(octet)
      isSound &&= lead !== undefined
      following = lead?.following ?? 0
      least = lead?.least ?? 0x80
      most = lead?.most ?? 0xbf
    }
  }

  return {
    take: (octets) => {
      if (isSound) for (const octet of octets) takeOne(octet)
    },
    isValid: () => isSound && following === 0
  }
}

export const isUtf8 = (text: ByteString): boolean => {
  const check = makeUtf8Check()
  check.take(toBytes(text))
  return check.isValid()
}
