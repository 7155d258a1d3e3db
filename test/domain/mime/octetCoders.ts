/** Runs coders over octets cut into chunks, and reads what they made as a plain reader would. */
import type { OctetCoder } from "../../../src/domain/mime/QuotedPrintable.ts"

/** Pieces of `size` octets. */
export const cut = (octets: Uint8Array, size: number): ReadonlyArray<Uint8Array> =>
  Array.from({ length: Math.ceil(octets.length / size) }, (_, index) =>
    octets.subarray(index * size, (index + 1) * size)
  )

export const coded = (coder: OctetCoder, chunks: ReadonlyArray<Uint8Array>): Buffer =>
  Buffer.concat([...chunks.map((chunk) => coder.take(chunk)), coder.finish()])

/** RFC 2045 §6.7, in the plainest words. */
export const decodeQuotedPrintable = (text: string): string =>
  text
    .replace(/=[ \t]*\r\n/g, "")
    .replace(/=([0-9A-Fa-f]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)))
