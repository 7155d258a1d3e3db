/**
 * Numbers that look like chance and are the same for the same seed.
 *
 * Source: SplitMix32, the 32-bit form of SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators).
 */

export interface Draw {
  /** From 0 (inclusive) to 1 (exclusive). */
  readonly value: number
  readonly state: number
}

const mix = (word: number): number => {
  let mixed = Math.imul(word ^ (word >>> 16), 0x21f0aaad)
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97)
  return (mixed ^ (mixed >>> 15)) >>> 0
}

/** Any number will do for a seed. */
export const initial = (seed: number): number => mix(Math.trunc(seed) ^ Math.trunc(seed / 2 ** 32))

export const draw = (state: number): Draw => {
  const next = (state + 0x9e3779b9) >>> 0
  return { value: mix(next) / 2 ** 32, state: next }
}
