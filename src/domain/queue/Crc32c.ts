/**
 * The checksum of a journal record.
 *
 * Source: RFC 3720 §12.1 (CRC-32C, Castagnoli polynomial, reflected).
 */

const table: ReadonlyArray<number> = Array.from({ length: 256 }, (_, index) => {
  let remainder = index
  for (let bit = 0; bit < 8; bit++)
    remainder = remainder & 1 ? (remainder >>> 1) ^ 0x82f63b78 : remainder >>> 1
  return remainder >>> 0
})

/** An unsigned 32-bit number. */
export const crc32c = (octets: Uint8Array): number => {
  let sum = 0xffffffff
  for (const octet of octets) sum = (table[(sum ^ octet) & 0xff] ?? 0) ^ (sum >>> 8)
  return (sum ^ 0xffffffff) >>> 0
}
