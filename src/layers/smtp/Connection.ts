/**
 * A byte stream to a relay. Nothing here fails: a loss is an event, and whatever the peer had still said comes before it.
 *
 * Node gives up reading as soon as a write fails, and with it the refusal that explains the failure; here a failed write
 * first lets the event loop read once more.
 * Source: RFC 5321 §3.8, §4.2.5 (a reply may come before the end of the connection).
 */
import type { Socket } from "node:net"
import * as Effect from "effect/Effect"
import * as Limits from "../../domain/smtp/Limits.ts"
import type { Line, LineEvent } from "../../services/Dialer.ts"

/** A line that can be given away and taken back. */
export interface Connection extends Omit<Line, "upgrade"> {
  /** Something is told of that the reader has not taken, be it the end. */
  readonly hasUnread: () => boolean
  /**
   * Stops listening and gives the socket to another protocol, whose own socket comes back by `adopt`. Bytes read
   * already are told first.
   */
  readonly release: () => Socket
  readonly adopt: (socket: Socket) => void
}

const ignoreErrors = () => {}

type WriteCallback = (error?: Error | null) => void

/** The first turn of the event loop may be over before the kernel is asked, so the failure waits for a second. */
const afterReading =
  (callback: WriteCallback): WriteCallback =>
  (error) => {
    if (error === undefined || error === null) callback()
    else setImmediate(() => setImmediate(() => callback(error)))
  }

/** `_write` and `_writev` are what a Writable is made of, and meant to be replaced. */
const readBeforeFailing = (socket: Socket): void => {
  const write = socket._write.bind(socket)
  socket._write = (chunk, encoding, callback) => write(chunk, encoding, afterReading(callback))
  const writev = socket._writev?.bind(socket)
  if (writev === undefined) return
  socket._writev = (chunks, callback) => writev(chunks, afterReading(callback))
}

/** Waits for the first of `names`; interruptible without a trace. */
const firstOf = (socket: Socket, ...names: ReadonlyArray<string>): Effect.Effect<void> =>
  Effect.async<void>((resume) => {
    const forget = () => {
      for (const name of names) socket.off(name, settle)
    }
    const settle = () => {
      forget()
      resume(Effect.void)
    }
    for (const name of names) socket.on(name, settle)
    return Effect.sync(forget)
  })

/** `socket` is paused. Whoever made it also destroys it at the latest when its scope closes. */
export const make = (first: Socket, tell: (event: LineEvent) => void): Connection => {
  let socket = first
  let isLost = false
  let failure: unknown
  let unreadBytes = 0

  const onData = (bytes: Uint8Array) => {
    unreadBytes += bytes.length
    if (unreadBytes > Limits.unreadBytes) socket.pause()
    tell({ _tag: "Received", bytes })
  }
  const onError = (cause: unknown) => {
    failure ??= cause
  }
  const onLoss = () => {
    if (isLost) return
    isLost = true
    tell(failure === undefined ? { _tag: "Closed" } : { _tag: "Closed", cause: failure })
  }
  const adopt = (successor: Socket) => {
    socket = successor
    readBeforeFailing(socket)
    // Two listeners for errors: this one stays when the other goes, so that none is ever unhandled.
    socket.on("error", ignoreErrors).on("error", onError)
    socket.on("end", onLoss).on("close", onLoss).on("data", onData)
    socket.resume()
    if (socket.destroyed) onLoss()
  }
  adopt(first)

  return {
    isOpen: () => !isLost && socket.writable,
    hasUnread: () => isLost || unreadBytes > 0,
    write: (parts) => {
      if (isLost || !socket.writable) return
      socket.cork()
      for (const part of parts) socket.write(part)
      socket.uncork()
    },
    drained: Effect.suspend(() => {
      if (isLost || !socket.writable) return Effect.never
      return socket.writableNeedDrain ? firstOf(socket, "drain") : Effect.void
    }),
    consumed: (bytes) => {
      unreadBytes -= bytes
      if (unreadBytes <= Limits.unreadBytes && socket.isPaused()) socket.resume()
    },
    release: () => {
      socket.pause()
      const rest: Uint8Array | null = socket.read()
      if (rest !== null) onData(rest)
      socket.off("data", onData).off("end", onLoss).off("close", onLoss).off("error", onError)
      return socket
    },
    adopt,
    finish: Effect.suspend(() => {
      if (isLost || !socket.writable) return Effect.void
      const finished = firstOf(socket, "finish", "close")
      socket.end()
      return finished
    }),
    destroy: () => {
      socket.destroy()
    }
  }
}
