/** An SMTP server that takes messages, and now and then breaks the connection instead of saying so. */
import * as net from "node:net"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"

/** What becomes of one message after its final dot. */
export type Fate = "acknowledged" | "stored, then closed" | "forgotten, then closed"

export interface AmnesiacSink {
  readonly port: number
  /** In order of the final dots, however each ended. */
  readonly seen: ReadonlyArray<{ readonly text: string; readonly fate: Fate }>
}

const replies: ReadonlyArray<readonly [RegExp, string]> = [
  [/^(?:EHLO|HELO|MAIL|RCPT|RSET|NOOP)/i, "250 2.0.0 ok"],
  [/^DATA/i, "354 go"],
  [/^QUIT/i, "221 2.0.0 bye"]
]

const serve = (socket: net.Socket, end: (text: string) => Fate) => {
  let buffer = ""
  let isData = false
  const advance = (): boolean => {
    const close = isData ? "\r\n.\r\n" : "\r\n"
    const at = buffer.indexOf(close)
    if (at === -1) return false
    const part = buffer.slice(0, at)
    buffer = buffer.slice(at + close.length)
    if (isData) {
      isData = false
      if (end(part) === "acknowledged") socket.write("250 2.0.0 stored\r\n")
      else socket.destroy()
      return !socket.destroyed
    }
    socket.write(`${replies.find(([verb]) => verb.test(part))?.[1] ?? "500 5.5.2 what"}\r\n`)
    isData = /^DATA/i.test(part)
    return true
  }
  socket.on("error", () => {})
  socket.on("data", (octets) => {
    buffer += octets.toString("latin1")
    while (advance()) {
      // until more is needed
    }
  })
  socket.write("220 sink ready\r\n")
}

/** On loopback, until the scope closes. `fate` is asked once for each final dot. */
export const startAmnesiacSink = (fate: () => Fate): Effect.Effect<AmnesiacSink, never, Scope.Scope> =>
  Effect.gen(function* () {
    const seen: Array<{ readonly text: string; readonly fate: Fate }> = []
    const server = net.createServer((socket) =>
      serve(socket, (text) => {
        const decided = fate()
        seen.push({ text, fate: decided })
        return decided
      })
    )
    yield* Effect.acquireRelease(
      Effect.promise(() => new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))),
      () => Effect.sync(() => server.close())
    )
    const address = server.address()
    return { port: typeof address === "object" && address !== null ? address.port : 0, seen }
  })
