/**
 * Textual IP addresses as octets.
 *
 * Source: RFC 4291 §2.2 (IPv6 text), RFC 4007 §11 (zone); dotted quad without octal or short forms.
 */
import * as Option from "effect/Option"

const decimalOctet = /^(?:0|[1-9][0-9]{0,2})$/
const hexGroup = /^[0-9a-f]{1,4}$/i

const parseIpv4 = (text: string): Option.Option<ReadonlyArray<number>> => {
  const parts = text.split(".")
  const octets = parts.map(Number)
  const isValid =
    parts.length === 4 && parts.every((part) => decimalOctet.test(part)) && octets.every((n) => n < 256)
  return isValid ? Option.some(octets) : Option.none()
}

/** One side of `::` as octets; a dotted quad may end the last side. */
const parseGroups = (text: string, isLast: boolean): Option.Option<ReadonlyArray<number>> => {
  if (text === "") return Option.some([])
  const octets: Array<number> = []
  const groups = text.split(":")
  for (const [index, group] of groups.entries()) {
    const quad = isLast && index === groups.length - 1 ? parseIpv4(group) : Option.none()
    if (Option.isSome(quad)) octets.push(...quad.value)
    else if (hexGroup.test(group))
      octets.push(Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 0xff)
    else return Option.none()
  }
  return Option.some(octets)
}

const parseIpv6 = (text: string): Option.Option<ReadonlyArray<number>> => {
  const sides = text.split("::")
  if (sides.length > 2) return Option.none()
  return Option.gen(function* () {
    const head = yield* parseGroups(sides[0] ?? "", sides.length === 1)
    const tail = yield* parseGroups(sides[1] ?? "", true)
    const missing = 16 - head.length - tail.length
    const fits = sides.length === 1 ? missing === 0 : missing >= 2
    return fits ? [...head, ...new Array<number>(missing).fill(0), ...tail] : yield* Option.none()
  })
}

/** `192.0.2.1`, `2001:db8::1`, with or without brackets; a zone (`%eth0`) is not part of the address. */
export const parse = (text: string): Option.Option<Uint8Array> => {
  const bare = /^\[(?:ipv6:)?(.*)\]$/i.exec(text)?.[1] ?? text
  const octets = bare.includes(":") ? parseIpv6(bare.replace(/%.+$/, "")) : parseIpv4(bare)
  return Option.map(octets, (values) => Uint8Array.from(values))
}

/** 127.0.0.0/8, ::1, and the former mapped into IPv6. */
export const isLoopback = (address: Uint8Array): boolean => {
  if (address.length === 4) return address[0] === 127
  const isMapped = address.slice(0, 12).every((octet, index) => octet === (index < 10 ? 0 : 255))
  return isMapped ? address[12] === 127 : address.every((octet, index) => octet === (index === 15 ? 1 : 0))
}

/** False for what is no address. */
export const isLoopbackAddress = (text: string): boolean =>
  Option.match(parse(text), { onNone: () => false, onSome: isLoopback })
