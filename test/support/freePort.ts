/** Ports for servers that can't choose one themselves. */

import * as net from "node:net"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import { PartFailed } from "./PartFailed.ts"

const given = new Set<number>()

const probe: Effect.Effect<number> = Effect.async((resume) => {
  const server = net.createServer()
  server.listen(0, "127.0.0.1", () => {
    const address = server.address()
    server.close(() =>
      resume(Effect.succeed(typeof address === "object" && address !== null ? address.port : 0))
    )
  })
})

/**
 * A TCP port of 127.0.0.1 that was free a moment ago, never given twice by this process. Servers of our own listen on
 * port 0 instead.
 */
export const freePort: Effect.Effect<number> = probe.pipe(
  Effect.repeat({ until: (port) => port !== 0 && !given.has(port) }),
  Effect.tap((port) => Effect.sync(() => given.add(port)))
)

/** Waits until something accepts connections on `port` of 127.0.0.1; fails after `timeoutMillis`. */
export const waitForPort = (port: number, timeoutMillis = 15_000): Effect.Effect<void, PartFailed> =>
  Effect.async<void, unknown>((resume) => {
    const socket = net.connect(port, "127.0.0.1")
    socket.once("connect", () => {
      socket.destroy()
      resume(Effect.void)
    })
    socket.once("error", (cause) => resume(Effect.fail(cause)))
    return Effect.sync(() => socket.destroy())
  }).pipe(
    Effect.retry(Schedule.spaced("50 millis")),
    Effect.timeout(timeoutMillis),
    Effect.mapError((cause) => new PartFailed({ part: `port ${port}`, detail: "nothing listens", cause }))
  )
