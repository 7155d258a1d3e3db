/** Makes one input of another: by chance, by what stands in the code, and by what other inputs have. */
import type { Random } from "./Random.ts"

/** An input that grew by repetition may be this long; it shows what takes more than linear time. */
export const maxLength = 32_768
const usualLength = 2048

/** Octets that mean something to somebody. */
const special = [
  0, 9, 10, 13, 32, 34, 39, 40, 41, 44, 46, 47, 58, 59, 60, 61, 62, 64, 91, 92, 93, 127, 128, 160, 254, 255
]

const join = (...parts: ReadonlyArray<Uint8Array>): Uint8Array => Uint8Array.from(Buffer.concat(parts))

export interface Material {
  readonly random: Random
  readonly words: ReadonlyArray<Uint8Array>
  readonly others: ReadonlyArray<Uint8Array>
}

type Mutation = (input: Uint8Array, material: Material) => Uint8Array

const octet = (random: Random): number => (random.rarely(2) ? (random.pick(special) ?? 0) : random.below(256))

/** A piece of `input`, mostly a short one. */
const span = ({ length }: Uint8Array, random: Random): readonly [start: number, end: number] => {
  const start = random.below(length + 1)
  const size = random.rarely(4) ? random.below(length + 1) : random.below(9)
  return [start, Math.min(length, start + size)]
}

const put = (input: Uint8Array, start: number, end: number, piece: Uint8Array): Uint8Array =>
  join(input.subarray(0, start), piece, input.subarray(end))

const mutations: ReadonlyArray<Mutation> = [
  (input, { random }) => {
    const at = random.below(input.length)
    return put(input, at, at + 1, Uint8Array.of(octet(random)))
  },
  (input, { random }) => {
    const at = random.below(input.length + 1)
    return put(input, at, at, Uint8Array.of(octet(random)))
  },
  (input, { random }) => {
    const at = random.below(input.length)
    return put(input, at, at + 1, Uint8Array.of((input[at] ?? 0) ^ (1 << random.below(8))))
  },
  (input, { random }) => put(input, ...span(input, random), new Uint8Array(0)),
  (input, { random }) => {
    const piece = input.subarray(...span(input, random))
    const at = random.below(input.length + 1)
    return put(input, at, at, piece)
  },
  (input, { random }) => {
    const piece = input.subarray(...span(input, random))
    return put(input, ...span(input, random), piece)
  },
  (input, { random, words }) => {
    const at = random.below(input.length + 1)
    return put(input, at, at, random.pick(words) ?? new Uint8Array(0))
  },
  (input, { random, words }) => put(input, ...span(input, random), random.pick(words) ?? new Uint8Array(0)),
  (input, { random, others }) => {
    const other = random.pick(others) ?? input
    return put(input, ...span(input, random), other.subarray(...span(other, random)))
  },
  (input, { random, others }) => {
    const other = random.pick(others) ?? input
    return join(
      input.subarray(0, random.below(input.length + 1)),
      other.subarray(random.below(other.length + 1))
    )
  },
  (input, { random }) => {
    // A number that grows, shrinks or gets out of hand.
    const text = Buffer.from(input).toString("latin1")
    const number = random.pick([...text.matchAll(/[0-9]+/g)])
    if (number === undefined) return input
    const value =
      random.pick(["0", "1", "-1", "255", "65536", "4294967296", "9".repeat(20), `${number[0]}0`]) ?? ""
    return put(input, number.index, number.index + number[0].length, Buffer.from(value))
  }
]

/** Says the same again, up to very often. */
const pump: Mutation = (input, { random }) => {
  const [start, end] = span(input, random)
  const piece = input.subarray(start, Math.max(end, start + 1))
  if (piece.length === 0) return input
  const room = (random.rarely(16) ? maxLength : usualLength) - input.length
  const times = Math.max(1, Math.min(Math.floor(room / piece.length), 1 << random.below(16)))
  return put(input, end, end, Uint8Array.from(Buffer.concat(Array(times).fill(piece))))
}

export const mutate = (input: Uint8Array, material: Material): Uint8Array => {
  const { random } = material
  let made = input
  for (let rounds = 1 + random.below(6); rounds > 0; rounds--) {
    const mutation = random.pick(mutations)
    if (mutation !== undefined) made = mutation(made, material)
  }
  if (random.rarely(12)) made = pump(made, material)
  return made.length > maxLength ? made.subarray(0, maxLength) : made
}
