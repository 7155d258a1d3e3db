/**
 * Writes every octet, however little each call takes.
 *
 * Source: write(2).
 */
import * as Effect from "effect/Effect"
import { FileError, type SpoolFile } from "../../services/SpoolFiles.ts"

export const writeAll = (
  file: SpoolFile,
  path: string,
  octets: Uint8Array,
  position: number
): Effect.Effect<void, FileError> =>
  Effect.gen(function* () {
    let done = 0
    while (done < octets.length) {
      const written = yield* file.write(octets.subarray(done), position + done)
      if (written <= 0) return yield* new FileError({ operation: "write", path, code: "EIO" })
      done += written
    }
  })
