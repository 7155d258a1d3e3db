import * as net from "node:net"
import { Worker } from "node:worker_threads"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { make } from "../../../src/layers/smtp/Connection.ts"
import type { LineEvent } from "../../../src/services/Dialer.ts"

/** In a thread of its own: answers the first byte and goes, leaving more unread, so that the kernel sends a reset. */
const hangUpProgram = `
  const { parentPort } = require("node:worker_threads")
  const server = require("node:net").createServer((socket) => {
    socket.on("error", () => {})
    socket.once("data", () => {
      socket.pause()
      setTimeout(() => socket.write("552 too big\\r\\n", () => socket.destroy()), 20)
    })
  })
  server.listen(0, "127.0.0.1", () => parentPort.postMessage(server.address().port))
`

const hangUpServer = Effect.acquireRelease(
  Effect.async<{ readonly worker: Worker; readonly port: number }>((resume) => {
    const worker = new Worker(hangUpProgram, { eval: true })
    worker.once("message", (port: number) => resume(Effect.succeed({ worker, port })))
  }),
  ({ worker }) => Effect.promise(() => worker.terminate())
)

/** Stops this thread: what the peer does meanwhile waits in the kernel. */
const freeze = (millis: number) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, millis)

const connectTo = (port: number) =>
  Effect.acquireRelease(
    Effect.async<net.Socket>((resume) => {
      const socket = net.connect(port, "127.0.0.1", () => resume(Effect.succeed(socket)))
      socket.pause()
    }),
    (socket) => Effect.sync(() => socket.destroy())
  )

const textOf = (events: ReadonlyArray<LineEvent>) =>
  events.map((event) => (event._tag === "Received" ? Buffer.from(event.bytes).toString() : event._tag))

const pair = Effect.gen(function* () {
  const peers: Array<net.Socket> = []
  const server = yield* Effect.acquireRelease(
    Effect.async<net.Server>((resume) => {
      const listening = net.createServer({ allowHalfOpen: true }, (socket) => {
        socket.on("error", () => {})
        peers.push(socket)
      })
      listening.listen(0, "127.0.0.1", () => resume(Effect.succeed(listening)))
    }),
    (running) =>
      Effect.sync(() => {
        for (const peer of peers) peer.destroy()
        running.close()
      })
  )
  const address = server.address()
  const socket = yield* connectTo(typeof address === "object" && address !== null ? address.port : 0)
  yield* Effect.sleep("20 millis")
  const [peer] = peers
  if (peer === undefined) return yield* Effect.dieMessage("not accepted")
  const events: Array<LineEvent> = []
  return { connection: make(socket, (event) => events.push(event)), socket, peer, events }
})

const bytes = new TextEncoder().encode("hello\r\n")

describe("Connection", () => {
  it.scopedLive("tells what the peer said before it tells that a write failed [H20]", () =>
    Effect.gen(function* () {
      const { port } = yield* hangUpServer
      const socket = yield* connectTo(port)
      const events: Array<LineEvent> = []
      const connection = make(socket, (event) => events.push(event))
      connection.write([new Uint8Array(200_000)])
      yield* Effect.sleep("10 millis")
      freeze(100)
      connection.write([bytes])
      yield* Effect.sleep("50 millis")
      assert.deepStrictEqual(textOf(events), ["552 too big\r\n", "Closed"])
    })
  )

  it.scopedLive("tells the end once, whether it is a FIN, a reset or our own doing", () =>
    Effect.gen(function* () {
      for (const end of ["end", "resetAndDestroy", "destroy"] as const) {
        const { peer, events } = yield* pair
        peer.write("bye")
        yield* Effect.sleep("10 millis")
        peer[end]()
        yield* Effect.sleep("30 millis")
        assert.deepStrictEqual(textOf(events), ["bye", "Closed"])
        const [, closed] = events
        assert.strictEqual(closed?._tag === "Closed" && closed.cause !== undefined, end === "resetAndDestroy")
      }
      const { connection, events } = yield* pair
      connection.destroy()
      yield* Effect.sleep("10 millis")
      assert.deepStrictEqual(textOf(events), ["Closed"])
      assert.isFalse(connection.isOpen())
      connection.write([bytes])
      yield* connection.finish
    })
  )

  it.scopedLive("stops reading from a peer that floods, until somebody takes what came", () =>
    Effect.gen(function* () {
      const { connection, peer, events } = yield* pair
      const flood = new Uint8Array(32 * 1024 * 1024)
      peer.write(flood)
      yield* Effect.sleep("200 millis")
      const unread = () =>
        events.reduce((sum, event) => sum + (event._tag === "Received" ? event.bytes.length : 0), 0)
      const held = unread()
      assert.isBelow(held, 1024 * 1024)
      connection.consumed(held)
      yield* Effect.sleep("50 millis")
      assert.isAbove(unread(), held)
    })
  )

  it.scopedLive("has no room while the peer takes nothing, and never again once it has left", () =>
    Effect.gen(function* () {
      const { connection, peer } = yield* pair
      peer.pause()
      connection.write([new Uint8Array(32 * 1024 * 1024)])
      const waiting = yield* Effect.fork(connection.drained)
      yield* Effect.sleep("50 millis")
      assert.strictEqual(waiting.unsafePoll(), null)
      peer.resetAndDestroy()
      yield* Effect.sleep("50 millis")
      assert.strictEqual(waiting.unsafePoll(), null)
      yield* Fiber.interrupt(waiting)
      const later = yield* Effect.timeoutOption(connection.drained, "30 millis")
      assert.strictEqual(later._tag, "None")
    })
  )

  it.scopedLive("gives the socket away without its bytes, and takes its successor", () =>
    Effect.gen(function* () {
      const { connection, peer, events } = yield* pair
      peer.write("before")
      yield* Effect.sleep("20 millis")
      const socket = connection.release()
      peer.write("between")
      yield* Effect.sleep("20 millis")
      assert.deepStrictEqual(textOf(events), ["before"])
      connection.adopt(socket)
      yield* Effect.sleep("20 millis")
      assert.deepStrictEqual(textOf(events), ["before", "between"])
    })
  )

  it.scopedLive("hands everything to the kernel before it finishes", () =>
    Effect.gen(function* () {
      const { connection, peer } = yield* pair
      const received: Array<Buffer> = []
      peer.on("data", (chunk) => received.push(chunk))
      connection.write([new Uint8Array(4 * 1024 * 1024), bytes])
      yield* connection.finish
      connection.destroy()
      yield* Effect.sleep("100 millis")
      assert.strictEqual(Buffer.concat(received).length, 4 * 1024 * 1024 + bytes.length)
    })
  )
})
