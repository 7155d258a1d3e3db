/**
 * The line ends that programs on this machine expect.
 *
 * Source: esmtp: local.c (an MDA reads lines that end with LF).
 */

const cr = 0x0d

/** Of canonical octets, which hold CR only before LF; so the chunks of a body can be cut anywhere. */
export const toLf = (chunk: Uint8Array): Uint8Array => {
  const first = chunk.indexOf(cr)
  if (first < 0) return chunk
  const lines = new Uint8Array(chunk.length - 1)
  lines.set(chunk.subarray(0, first))
  let to = first
  for (let at = first + 1; at < chunk.length; at++) {
    const octet = chunk[at] ?? cr
    if (octet !== cr) lines[to++] = octet
  }
  return lines.subarray(0, to)
}
