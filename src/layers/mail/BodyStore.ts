/** Keeps a body: the first megabyte in memory, and all of it in a file once there is more. */
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { MessageError } from "../../domain/mail/MessageError.ts"
import * as SpoolFile from "./SpoolFile.ts"

export interface BodyStore {
  /** The octets must not change afterwards. */
  readonly append: (octets: Uint8Array) => Effect.Effect<void, MessageError>
  /** Nothing is appended any more. The stream starts at the first octet whenever it is run. */
  readonly finish: Effect.Effect<Stream.Stream<Uint8Array, MessageError>, MessageError>
}

export interface BodyStoreOptions {
  readonly inMemoryBytes: number
  /** Where the file is made. */
  readonly directory: () => string
}

/** Writers that trickle cost a block, not an object a line. */
const blockBytes = 64 * 1024

/** Blocks of at least `blockBytes`, and what does not fill one yet. */
class Blocks {
  private readonly pending = new Uint8Array(blockBytes)
  private pendingBytes = 0

  /** The blocks that `octets` complete. */
  add(octets: Uint8Array): ReadonlyArray<Uint8Array> {
    if (this.pendingBytes === 0 && octets.length >= blockBytes) return [octets]
    const complete: Array<Uint8Array> = []
    let from = 0
    while (from < octets.length) {
      const part = octets.subarray(from, from + blockBytes - this.pendingBytes)
      this.pending.set(part, this.pendingBytes)
      this.pendingBytes += part.length
      from += part.length
      if (this.pendingBytes === blockBytes) complete.push(this.takePending())
    }
    return complete
  }

  takePending(): Uint8Array {
    const block = this.pending.slice(0, this.pendingBytes)
    this.pendingBytes = 0
    return block
  }
}

export const make = ({
  directory,
  inMemoryBytes
}: BodyStoreOptions): Effect.Effect<BodyStore, never, Scope.Scope> =>
  Effect.gen(function* () {
    const scope = yield* Effect.scope
    const blocks = new Blocks()
    let inMemory: Array<Uint8Array> = []
    let size = 0
    let file: SpoolFile.SpoolFile | undefined

    const store = (complete: ReadonlyArray<Uint8Array>): Effect.Effect<void, MessageError> =>
      Effect.gen(function* () {
        if (file === undefined) {
          inMemory.push(...complete)
          if (size <= inMemoryBytes) return
          file = yield* Scope.extend(SpoolFile.make(directory()), scope)
          const kept = inMemory
          inMemory = []
          for (const block of kept) yield* file.append(block)
          return
        }
        for (const block of complete) yield* file.append(block)
      })

    const append = (octets: Uint8Array): Effect.Effect<void, MessageError> =>
      Effect.suspend(() => {
        size += octets.length
        const complete = blocks.add(octets)
        return complete.length === 0 ? Effect.void : store(complete)
      })

    const finish = Effect.gen(function* () {
      yield* store([blocks.takePending()])
      return file === undefined ? Stream.fromChunk(Chunk.unsafeFromArray(inMemory)) : file.contents
    })

    return { append, finish }
  })
