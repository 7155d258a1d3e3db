/** Keeps a body: the first megabyte in memory, and all of it in a file once there is more. */
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { MessageError } from "../../domain/mail/MessageError.ts"
import * as SpoolFile from "./SpoolFile.ts"

export interface BodyStore {
  /** Not to be run side by side. The octets may change when it has ended. */
  readonly append: (octets: Uint8Array) => Effect.Effect<void, MessageError>
  /** Nothing is appended any more. The stream starts at the first octet whenever it is run. */
  readonly finish: Effect.Effect<Stream.Stream<Uint8Array, MessageError>, MessageError>
}

export interface BodyStoreOptions {
  readonly inMemoryBytes: number
  /** Where the file is made. */
  readonly directory: () => string
}

/** What comes in smaller pieces is put together, so that it costs neither an object nor a write a piece. */
const blockBytes = 64 * 1024

export const make = ({
  directory,
  inMemoryBytes
}: BodyStoreOptions): Effect.Effect<BodyStore, never, Scope.Scope> =>
  Effect.gen(function* () {
    const scope = yield* Effect.scope
    const block = new Uint8Array(blockBytes)
    let filled = 0
    let inMemory: Array<Uint8Array> = []
    let size = 0
    let file: SpoolFile.SpoolFile | undefined

    const moveToFile = Effect.gen(function* () {
      const opened = yield* Scope.extend(SpoolFile.make(directory()), scope)
      for (const kept of inMemory) yield* opened.append(kept)
      inMemory = []
      file = opened
    })

    const storeBlock = Effect.gen(function* () {
      if (file === undefined) {
        inMemory.push(block.slice(0, filled))
        if (size > inMemoryBytes) yield* moveToFile
      } else yield* file.append(block.subarray(0, filled))
      filled = 0
    })

    const append = (octets: Uint8Array): Effect.Effect<void, MessageError> => {
      size += octets.length
      if (filled === 0 && file !== undefined && octets.length >= blockBytes) return file.append(octets)
      return appendFrom(octets, 0)
    }

    const appendFrom = (octets: Uint8Array, from: number): Effect.Effect<void, MessageError> => {
      const part = octets.subarray(from, from + blockBytes - filled)
      block.set(part, filled)
      filled += part.length
      if (filled < blockBytes) return Effect.void
      return Effect.zipRight(
        storeBlock,
        Effect.suspend(() => appendFrom(octets, from + part.length))
      )
    }

    const finish = Effect.gen(function* () {
      if (filled > 0) yield* storeBlock
      return file === undefined ? Stream.fromChunk(Chunk.unsafeFromArray(inMemory)) : file.contents
    })

    return { append: (octets) => Effect.suspend(() => append(octets)), finish }
  })
