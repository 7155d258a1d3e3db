/**
 * A loopback address that never answers a SYN, as a firewall that drops: a stopped process whose queue of connections
 * is full.
 */
import { spawn } from "node:child_process"
import * as net from "node:net"
import * as Effect from "effect/Effect"

const program = `
  const server = require("node:net").createServer().listen({ host: "127.0.0.1", port: 0, backlog: 1 }, () =>
    process.stdout.write(String(server.address().port)))
`

const startStopped = Effect.acquireRelease(
  Effect.promise(async () => {
    const child = spawn(process.execPath, ["-e", program], { stdio: ["ignore", "pipe", "inherit"] })
    const port = await new Promise<number>((resolve) => {
      child.stdout.once("data", (text: Buffer) => resolve(Number(text.toString())))
    })
    child.kill("SIGSTOP")
    return { child, port }
  }),
  ({ child }) => Effect.sync(() => child.kill("SIGKILL"))
)

/** True as long as the kernel still answers for the process. */
const connects = (port: number, fillers: Array<net.Socket>) =>
  new Promise<boolean>((resolve) => {
    const socket = net.connect(port, "127.0.0.1")
    fillers.push(socket)
    socket.on("error", () => {})
    const timer = setTimeout(() => resolve(false), 200)
    socket.once("connect", () => {
      clearTimeout(timer)
      resolve(true)
    })
  })

export const silentAddress = Effect.gen(function* () {
  const { port } = yield* startStopped
  yield* Effect.acquireRelease(
    Effect.promise(async () => {
      const fillers: Array<net.Socket> = []
      while (await connects(port, fillers)) {
        // until the queue is full
      }
      return fillers
    }),
    (fillers) =>
      Effect.sync(() => {
        for (const socket of fillers) socket.destroy()
      })
  )
  return { address: "127.0.0.1", port }
})
