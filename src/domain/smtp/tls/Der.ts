/**
 * Reads the tag-length-value elements of DER, as far as certificates need it.
 *
 * Source: X.690 §8.1, §10.1.
 * Deviation: tags above 30 and lengths of more than four octets are not read; certificates have neither.
 */
import * as Option from "effect/Option"

/** `start` and `end` delimit the contents. */
export interface DerElement {
  readonly tag: number
  readonly start: number
  readonly end: number
}

export const derTags = {
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  objectIdentifier: 0x06,
  sequence: 0x30,
  /** `[0]` and `[3]`, explicit. */
  context0: 0xa0,
  context3: 0xa3
} as const

/** The element at `offset`, which must end at or before `limit`. */
export const readElement = (bytes: Uint8Array, offset: number, limit: number): Option.Option<DerElement> => {
  const tag = bytes[offset]
  const first = bytes[offset + 1]
  if (tag === undefined || first === undefined || offset + 2 > limit || (tag & 0x1f) === 0x1f)
    return Option.none()
  const lengthOctets = first < 0x80 ? 0 : first & 0x7f
  if (first === 0x80 || lengthOctets > 4) return Option.none()
  let length = first < 0x80 ? first : 0
  for (let index = 0; index < lengthOctets; index++) {
    length = length * 256 + (bytes[offset + 2 + index] ?? 0)
  }
  const start = offset + 2 + lengthOctets
  const end = start + length
  return end > Math.min(limit, bytes.length) ? Option.none() : Option.some({ tag, start, end })
}

/** Every element inside `parent`; none if they don't fill it exactly. */
export const childrenOf = (
  bytes: Uint8Array,
  parent: { readonly start: number; readonly end: number }
): Option.Option<ReadonlyArray<DerElement>> => {
  const children: Array<DerElement> = []
  for (let offset = parent.start; offset < parent.end; ) {
    const element = readElement(bytes, offset, parent.end)
    if (Option.isNone(element)) return Option.none()
    children.push(element.value)
    offset = element.value.end
  }
  return Option.some(children)
}

/** Dotted decimal text of an OBJECT IDENTIFIER's contents. */
export const objectIdentifier = (bytes: Uint8Array, element: DerElement): string => {
  const arcs: Array<number> = []
  let arc = 0
  for (let index = element.start; index < element.end; index++) {
    const octet = bytes[index] ?? 0
    arc = arc * 128 + (octet & 0x7f)
    if (octet < 0x80) {
      arcs.push(arc)
      arc = 0
    }
  }
  const [first = 0, ...rest] = arcs
  const root = Math.min(2, Math.floor(first / 40))
  return [root, first - root * 40, ...rest].join(".")
}
