/**
 * A private file without a name, for as much of a message as memory shall not hold.
 *
 * Made in a fresh directory of our own and unlinked while open, so that nobody else can open, link or find it, and nothing
 * stays behind when the process is killed. The umask is of no matter: it can take bits away, and the descriptor is open.
 * Source: open(2) (O_EXCL, O_NOFOLLOW), mkdtemp(3).
 */
import * as fs from "node:fs"
import * as path from "node:path"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { MessageError } from "../../domain/mail/MessageError.ts"

export interface SpoolFile {
  /** Not to be run side by side. */
  readonly append: (octets: Uint8Array) => Effect.Effect<void, MessageError>
  /** What was appended before, from its first octet; as often as needed, until the scope closes. */
  readonly contents: Stream.Stream<Uint8Array, MessageError>
}

const readBytes = 256 * 1024

const failed = (detail: string, cause?: unknown): MessageError =>
  new MessageError({ reason: "SpoolFailed", detail: `temporary file: ${detail}`, cause })

type Done<A> = (error: NodeJS.ErrnoException | null, value: A) => void

/** Not interruptible: an operation under way would go on, on a descriptor that may be somebody else's by then. */
const call = <A>(operation: (done: Done<A>) => void): Effect.Effect<A, MessageError> =>
  Effect.uninterruptible(
    Effect.async((resume) =>
      operation((error, value) =>
        resume(error === null ? Effect.succeed(value) : Effect.fail(failed(error.message, error)))
      )
    )
  )

const callVoid = (operation: (done: (error: NodeJS.ErrnoException | null) => void) => void) =>
  call<void>((done) => operation((error) => done(error, undefined)))

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_RDWR } = fs.constants

const close = (descriptor: number) => callVoid((done) => fs.close(descriptor, done))

const openIn = (directory: string): Effect.Effect<number, MessageError> =>
  Effect.gen(function* () {
    // An umask may have taken away our own right to enter it.
    yield* callVoid((done) => fs.chmod(directory, 0o700, done))
    const file = path.join(directory, "body")
    const descriptor = yield* call<number>((done) =>
      fs.open(file, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600, done)
    )
    yield* Effect.onError(
      callVoid((done) => fs.unlink(file, done)),
      () => Effect.ignore(close(descriptor))
    )
    return descriptor
  })

const openUnnamed = (parent: string): Effect.Effect<number, MessageError> =>
  Effect.acquireUseRelease(
    call<string>((done) => fs.mkdtemp(path.join(parent, "esmtp-"), done)),
    openIn,
    // An empty directory left behind is no reason to refuse a message.
    (directory) => Effect.ignore(callVoid((done) => fs.rmdir(directory, done)))
  )

/** Closed with the scope. */
export const make = (parent: string): Effect.Effect<SpoolFile, MessageError, Scope.Scope> =>
  Effect.gen(function* () {
    let isOpen = true
    let size = 0
    const descriptor = yield* Effect.acquireRelease(openUnnamed(parent), (opened) => {
      isOpen = false
      // The octets were never meant to last, so a failure to write them out is none.
      return Effect.ignore(close(opened))
    })

    const append = (octets: Uint8Array): Effect.Effect<void, MessageError> =>
      Effect.gen(function* () {
        for (let from = 0; from < octets.length; ) {
          const written = yield* call<number>((done) =>
            fs.write(descriptor, octets, from, octets.length - from, size, done)
          )
          from += written
          size += written
        }
      })

    const readAt = (position: number): Effect.Effect<Option.Option<[Uint8Array, number]>, MessageError> =>
      Effect.gen(function* () {
        if (!isOpen) return yield* failed("used after its end")
        if (position === size) return Option.none()
        const block = Buffer.allocUnsafeSlow(Math.min(readBytes, size - position))
        const count = yield* call<number>((done) =>
          fs.read(descriptor, block, 0, block.length, position, done)
        )
        if (count === 0) return yield* failed("cut short by someone else")
        return Option.some([block.subarray(0, count), position + count])
      })

    return { append, contents: Stream.unfoldEffect(0, readAt) }
  })
