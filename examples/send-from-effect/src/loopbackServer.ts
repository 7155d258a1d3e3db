/** A tiny SMTP server on loopback, so that the example needs no account. It takes all mail but that for `nobody@…`. */
import { createServer, type Server, type Socket } from "node:net"
import * as Effect from "effect/Effect"

const reply = (line: string): string => {
  const command = line.toUpperCase()
  if (command.startsWith("EHLO")) return "250-loopback.example\r\n250-8BITMIME\r\n250 ENHANCEDSTATUSCODES"
  if (command.startsWith("RCPT TO:<NOBODY@")) return "550 5.1.1 No such user here"
  if (command === "DATA") return "354 End with a dot"
  if (command === "QUIT") return "221 Bye"
  return "250 2.0.0 Ok"
}

const serve = (socket: Socket): void => {
  let text = ""
  let isData = false
  socket.on("error", () => socket.destroy())
  socket.write("220 loopback.example ESMTP\r\n")
  socket.setEncoding("latin1").on("data", (chunk) => {
    text += chunk
    for (let end = text.indexOf("\r\n"); end >= 0; end = text.indexOf("\r\n")) {
      const line = text.slice(0, end)
      text = text.slice(end + 2)
      if (isData && line !== ".") continue
      socket.write(`${isData ? "250 2.0.0 Taken" : reply(line)}\r\n`)
      isData = !isData && line.toUpperCase() === "DATA"
      if (line.toUpperCase() === "QUIT") socket.end()
    }
  })
}

const listen = Effect.async<Server>((resume) => {
  const server = createServer(serve)
  server.listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
})

const close = (server: Server): Effect.Effect<void> =>
  Effect.async((resume) => {
    server.close(() => resume(Effect.void))
  })

/** Listens until the scope closes, and gives its port. */
export const loopbackServer = Effect.map(Effect.acquireRelease(listen, close), (server) => {
  const address = server.address()
  return address !== null && typeof address === "object" ? address.port : 0
})
