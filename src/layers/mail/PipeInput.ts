/**
 * Reads a descriptor that can keep us waiting: a pipe or a socket.
 *
 * The event loop tells when there is something to read. A read in the thread pool would keep the process from exiting until
 * the writer writes, a synchronous one would keep signals from being handled; and a descriptor that somebody made
 * non-blocking needs no care. All reads fill the same octets, so that a large message leaves no garbage of its size.
 */
import { type ConnectOpts, Socket, type SocketConstructorOpts } from "node:net"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { MessageError } from "../../domain/mail/MessageError.ts"
import { unreadableInput } from "./unreadableInput.ts"

const readBytes = 64 * 1024

/** None: the end. */
type Read = Effect.Effect<Uint8Array, Option.Option<MessageError>>

const atEnd: Read = Effect.fail(Option.none())
const failed = (cause: unknown): Read => Effect.fail(Option.some(unreadableInput(cause)))

/** Hands over what happened, in order, to whoever waits for it now or later. */
const makeSlot = () => {
  let waiting: ((read: Read) => void) | undefined
  const happened: Array<Read> = []

  const put = (read: Read) => {
    const wake = waiting
    waiting = undefined
    if (wake === undefined) happened.push(read)
    else wake(read)
  }

  /** Asks for more only if nothing is there: more would overwrite it. */
  const takeOr = (ask: () => void): Read =>
    Effect.async((resume) => {
      const read = happened.shift()
      if (read !== undefined) {
        resume(read)
        return
      }
      waiting = resume
      ask()
      return Effect.sync(() => {
        waiting = undefined
      })
    })

  return { put, takeOr }
}

const open = (descriptor: number, put: (read: Read) => void) =>
  Effect.try({
    try: () => {
      const options: SocketConstructorOpts & ConnectOpts = {
        fd: descriptor,
        readable: true,
        writable: false,
        onread: {
          buffer: new Uint8Array(readBytes),
          callback: (count, octets) => {
            put(Effect.succeed(octets.subarray(0, count)))
            // No more until somebody asks for it.
            return false
          }
        }
      }
      return (
        new Socket(options)
          .on("end", () => put(atEnd))
          .on("error", (cause) => put(failed(cause)))
          // Heard only if neither end nor error came before it.
          .on("close", () => put(failed("closed before its end")))
      )
    },
    catch: unreadableInput
  })

/** Can be run once. Each chunk is overwritten by the next. */
export const octetsOf = (descriptor: number): Stream.Stream<Uint8Array, MessageError> =>
  Stream.unwrapScoped(
    Effect.gen(function* () {
      const { put, takeOr } = makeSlot()
      const socket = yield* Effect.acquireRelease(
        open(descriptor, put),
        // Ends the wait for the writer. Node leaves the standard descriptors themselves open.
        (opened) => Effect.sync(() => opened.destroy())
      )
      return Stream.repeatEffectOption(takeOr(() => socket.resume()))
    })
  )
