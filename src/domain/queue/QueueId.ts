/**
 * The name of a queue entry: the moment of acceptance and 80 random bits, so that names sort by age and never meet.
 *
 * Also a file name: upper case only (safe where case is folded), and never anything but letters and digits, so that a
 * name read from a directory can be used in a path once `parse` has accepted it.
 *
 * Source: Crockford's base 32; Postfix `mail_queue_id_ok`.
 */
import * as Brand from "effect/Brand"
import * as Option from "effect/Option"

export type QueueId = string & Brand.Brand<"QueueId">

const brand = Brand.nominal<QueueId>()

const digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
const timeDigits = 10
const randomDigits = 16
const ownDigits = timeDigits + randomDigits

/** Octets of randomness that `make` wants. */
export const randomOctets = 10

/** 26 digits, and for a message that reports on another one a letter for its kind and its number. */
const shape = /^[0-9A-HJKMNP-TV-Z]{26}(?:[BDR][1-9][0-9]{0,4})?$/

export const parse = (name: string): Option.Option<QueueId> =>
  shape.test(name) ? Option.some(brand(name)) : Option.none()

const timeText = (millis: number): string => {
  let rest = Math.max(0, Math.min(Math.trunc(millis), 2 ** 48 - 1))
  let text = ""
  for (let place = 0; place < timeDigits; place++) {
    text = digits.charAt(rest % 32) + text
    rest = Math.floor(rest / 32)
  }
  return text
}

const randomText = (octets: Uint8Array): string => {
  let text = ""
  let bits = 0
  let held = 0
  for (const octet of octets) {
    bits = (bits << 8) | octet
    held += 8
    while (held >= 5) {
      held -= 5
      text += digits.charAt((bits >>> held) & 31)
    }
    bits &= 31
  }
  return text.padEnd(randomDigits, "0").slice(0, randomDigits)
}

/** `random` holds `randomOctets` octets from a cryptographic source. */
export const make = (millis: number, random: Uint8Array): QueueId =>
  brand(timeText(millis) + randomText(random))

/** When the entry was accepted, by the clock of that moment, in milliseconds. Known even of a damaged entry. */
export const acceptedAt = (id: QueueId): number => {
  let millis = 0
  for (const digit of id.slice(0, timeDigits)) millis = millis * 32 + digits.indexOf(digit)
  return millis
}

/** What a message that esmtp makes itself tells about its parent. */
export type ChildKind = "bounce" | "delay" | "relayed"

const letters: Record<ChildKind, string> = { bounce: "B", delay: "D", relayed: "R" }

/**
 * The name of the `number`th report of a kind: always the same, so that a report begun twice is made once.
 * A report has no reports of its own.
 */
export const child = (parent: QueueId, kind: ChildKind, number: number): Option.Option<QueueId> =>
  parse(parent.slice(0, ownDigits) + (parent.length === ownDigits ? letters[kind] + number : "!"))

/** The entry that a report is about. */
export const parentOf = (id: QueueId): Option.Option<QueueId> =>
  id.length === ownDigits ? Option.none() : parse(id.slice(0, ownDigits))
