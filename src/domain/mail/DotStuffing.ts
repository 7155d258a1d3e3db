/**
 * Doubles the dot that begins a line, so that no line of a message ends it.
 *
 * Source: RFC 5321 §4.5.2.
 */

const lf = 0x0a
const dot = 0x2e

/** Searches among octets are native and fast; when a chunk has many dots that begin no line, looking at each octet is. */
const searchesPerKilobyte = 32

/** Indices of the dots that begin a line; `isLineStart`: the first octet does. */
const lineDots = (chunk: Uint8Array, isLineStart: boolean): ReadonlyArray<number> => {
  const found: Array<number> = []
  let budget = 64 + (chunk.length >> 10) * searchesPerKilobyte
  let at = chunk.indexOf(dot)
  while (at >= 0) {
    if (at === 0 ? isLineStart : chunk[at - 1] === lf) found.push(at)
    if (--budget > 0) at = chunk.indexOf(dot, at + 1)
    else {
      at++
      while (at < chunk.length && chunk[at] !== dot) at++
      if (at === chunk.length) at = -1
    }
  }
  return found
}

/** Below this many octets, copying them one by one takes less time than one call that copies them all. */
const shortCopy = 64

/** With one more dot before each index. */
const doubled = (chunk: Uint8Array, dots: ReadonlyArray<number>): Uint8Array => {
  const stuffed = new Uint8Array(chunk.length + dots.length)
  let from = 0
  let to = 0
  const copy = (until: number) => {
    if (until - from > shortCopy) {
      stuffed.set(chunk.subarray(from, until), to)
      to += until - from
    } else for (let at = from; at < until; at++) stuffed[to++] = chunk[at] ?? 0
    from = until
  }
  for (const at of dots) {
    copy(at)
    stuffed[to++] = dot
  }
  copy(chunk.length)
  return stuffed
}

/**
 * For the chunks of one canonical message, in order. A chunk that needs no dot comes back as it is.
 */
export const make = (): ((chunk: Uint8Array) => Uint8Array) => {
  let isLineStart = true
  return (chunk) => {
    if (chunk.length === 0) return chunk
    const dots = lineDots(chunk, isLineStart)
    isLineStart = chunk[chunk.length - 1] === lf
    return dots.length === 0 ? chunk : doubled(chunk, dots)
  }
}
