/** What a server says, or does not hear, costs no memory that grows with it, and ends by a deadline. */
import { spawn } from "node:child_process"
import { once } from "node:events"
import * as fs from "node:fs"
import * as net from "node:net"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { makeHome } from "../../support/EmbeddedRelay.ts"
import { installNames, searchPath } from "../../support/runProgram.ts"

const limitMebibytes = 150

/** How the server treats a connection. */
type Treatment = (socket: net.Socket) => void

/** Writes without end, as fast as the peer takes it. */
const flood = (socket: net.Socket, piece: string): void => {
  const chunk = Buffer.from(piece.repeat(Math.ceil(65_536 / piece.length)))
  const more = () => {
    while (!socket.destroyed && socket.write(chunk)) {
      // until the socket is full
    }
  }
  socket.on("drain", more)
  more()
}

/** Says hello, and gives the command after it to `then`. */
const afterHello =
  (then: Treatment): Treatment =>
  (socket) => {
    socket.write("220 hi\r\n")
    socket.once("data", () => {
      socket.write("250 hi\r\n")
      socket.once("data", () => then(socket))
    })
  }

const upToData =
  (then: Treatment): Treatment =>
  (socket) => {
    socket.write("220 hi\r\n")
    const onData = (bytes: Buffer) => {
      if (!bytes.toString("latin1").startsWith("DATA")) return void socket.write("250 ok\r\n")
      socket.off("data", onData)
      socket.write("354 go\r\n")
      then(socket)
    }
    socket.on("data", onData)
  }

const never = () => {}

const servers: ReadonlyArray<readonly [what: string, treatment: Treatment, says: RegExp]> = [
  ["a greeting of one endless line [H1]", (socket) => flood(socket, "220-x"), /too long/],
  ["a greeting of endless lines [H2]", (socket) => flood(socket, "220-x\r\n"), /too (?:long|many)/],
  [
    "endless replies to one command [H8, H16]",
    afterHello((socket) => flood(socket, "250 ok\r\n")),
    /protocol violation/
  ],
  [
    "endless continuation lines to one command [H2]",
    afterHello((socket) => flood(socket, "250-ok\r\n")),
    /too (?:long|many)/
  ],
  [
    "endless replies while the message goes out [H2, H20]",
    upToData((socket) => flood(socket, "250 ok\r\n")),
    /protocol violation/
  ],
  [
    "an octet from time to time [H3]",
    (socket) => {
      const timer = setInterval(() => socket.write("2"), 50)
      socket.on("close", () => clearInterval(timer))
    },
    /timed out/
  ],
  ["a closed window in the middle of the message [H21]", upToData((socket) => socket.pause()), /timed out/],
  ["nothing [H4]", never, /timed out/]
]

const serverWith = (treatment: Treatment) =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const sockets: Array<net.Socket> = []
      const server = net.createServer((socket) => {
        sockets.push(socket)
        socket.on("error", never)
        treatment(socket)
      })
      server.listen(0, "127.0.0.1")
      await once(server, "listening")
      return { server, sockets }
    }),
    ({ server, sockets }) =>
      Effect.sync(() => {
        for (const socket of sockets) socket.destroy()
        server.close()
      })
  )

const peakMebibytes = (pid: number): number => {
  try {
    return Number(/^VmHWM:\s+(\d+) kB/m.exec(fs.readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1024
  } catch {
    return 0
  }
}

/** Sends 32 MiB, or as much of it as the program takes. */
const sendLarge = (home: string) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const bin = installNames(home)
      return spawn(path.join(bin, "sendmail"), ["-i", "-f", "ada@example.org", "bob@example.net"], {
        env: { HOME: home, PATH: searchPath(bin) },
        stdio: ["pipe", "ignore", "pipe"]
      })
    }),
    (child) => Effect.sync(() => child.kill("SIGKILL"))
  ).pipe(
    Effect.flatMap((child) =>
      Effect.promise(async () => {
        let peak = 0
        let stderr = ""
        const watch = setInterval(() => {
          peak = Math.max(peak, peakMebibytes(child.pid ?? 0))
        }, 10)
        child.stderr.on("data", (text: Buffer) => {
          stderr += text.toString()
        })
        child.stdin.on("error", never)
        const closed = once(child, "close")
        child.stdin.end(`Subject: x\n\n${"0123456789abcdef0123456789abcde\n".repeat(1024 * 1024)}`)
        const [status] = await closed
        clearInterval(watch)
        return { peak, status: Number(status), stderr }
      })
    )
  )

describe.runIf(fs.existsSync("/proc/self/status"))(
  `with at most ${limitMebibytes} MiB, sendmail ends against`,
  () => {
    for (const [what, treatment, says] of servers) {
      it.scopedLive(what, () =>
        Effect.gen(function* () {
          const { server } = yield* serverWith(treatment)
          const address = server.address()
          const port = typeof address === "object" && address !== null ? address.port : 0
          const home = yield* makeHome({
            identity: "ada@example.org",
            hostname: `127.0.0.1:${port}`,
            timeout: "2s"
          })
          const { peak, status, stderr } = yield* sendLarge(home)
          assert.match(stderr, says)
          assert.include([75, 76], status, stderr)
          assert.notMatch(stderr, /internal error|unhandled/i)
          assert.isAbove(peak, 10)
          assert.isBelow(peak, limitMebibytes)
        })
      )
    }
  }
)
