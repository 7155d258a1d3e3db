/** Numbers that look random and can be had again (xorshift128, Marsaglia 2003). */

export interface Random {
  /** From 0 to `end` - 1. */
  readonly below: (end: number) => number
  readonly pick: <A>(list: ReadonlyArray<A>) => A | undefined
  /** Once in `times`. */
  readonly rarely: (times: number) => boolean
}

export const makeRandom = (seed: number): Random => {
  let [x, y, z, w] = [seed | 1, 362_436_069, 521_288_629, 88_675_123]
  const next = (): number => {
    const t = x ^ (x << 11)
    ;[x, y, z] = [y, z, w]
    w = w ^ (w >>> 19) ^ t ^ (t >>> 8)
    return w >>> 0
  }
  const below = (end: number) => (end <= 1 ? 0 : next() % end)
  return { below, pick: (list) => list[below(list.length)], rarely: (times) => below(times) === 0 }
}
