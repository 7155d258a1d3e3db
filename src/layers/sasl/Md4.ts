/**
 * MD4, which NTLM builds its key on and OpenSSL 3 keeps in a provider that Node doesn't load.
 *
 * Source: RFC 1320 §3, §A.3.
 */

const rotateLeft = (value: number, bits: number): number => (value << bits) | (value >>> (32 - bits))

interface Round {
  readonly mix: (x: number, y: number, z: number) => number
  readonly constant: number
  /** Index of the message word for each of the sixteen steps. */
  readonly words: ReadonlyArray<number>
  readonly shifts: readonly [number, number, number, number]
}

const rounds: ReadonlyArray<Round> = [
  {
    mix: (x, y, z) => (x & y) | (~x & z),
    constant: 0,
    words: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
    shifts: [3, 7, 11, 19]
  },
  {
    mix: (x, y, z) => (x & y) | (x & z) | (y & z),
    constant: 0x5a827999,
    words: [0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15],
    shifts: [3, 5, 9, 13]
  },
  {
    mix: (x, y, z) => x ^ y ^ z,
    constant: 0x6ed9eba1,
    words: [0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15],
    shifts: [3, 9, 11, 15]
  }
]

type State = readonly [number, number, number, number]

const initial: State = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476]

/** §3.1, §3.2: a one bit, zeros to 56 modulo 64 octets, the length in bits. */
const padded = (data: Uint8Array): DataView => {
  const message = new Uint8Array(Math.ceil((data.length + 9) / 64) * 64)
  message.set(data)
  message[data.length] = 0x80
  const view = new DataView(message.buffer)
  view.setBigUint64(message.length - 8, BigInt(data.length) * 8n, true)
  return view
}

const compress = (state: State, view: DataView, offset: number): State => {
  let [a, b, c, d] = state
  for (const { mix, constant, words, shifts } of rounds) {
    words.forEach((word, step) => {
      const sum = (a + mix(b, c, d) + view.getUint32(offset + word * 4, true) + constant) | 0
      const turned = rotateLeft(sum, shifts[step % 4] ?? 0)
      ;[a, b, c, d] = [d, turned, b, c]
    })
  }
  return [(state[0] + a) | 0, (state[1] + b) | 0, (state[2] + c) | 0, (state[3] + d) | 0]
}

export const md4 = (data: Uint8Array): Uint8Array => {
  const view = padded(data)
  let state = initial
  for (let offset = 0; offset < view.byteLength; offset += 64) state = compress(state, view, offset)
  const digest = new DataView(new ArrayBuffer(16))
  state.forEach((word, index) => {
    digest.setUint32(index * 4, word, true)
  })
  return new Uint8Array(digest.buffer)
}
