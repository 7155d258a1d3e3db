/** A message of 256 MB from a pipe: every octet arrives, and memory does not grow with it. */
import { type ChildProcess, spawn } from "node:child_process"
import { createHash, randomBytes } from "node:crypto"
import { once } from "node:events"
import * as fs from "node:fs"
import * as net from "node:net"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { makeHome } from "../support/EmbeddedRelay.ts"
import { installNames, searchPath } from "../support/runProgram.ts"

const lineCount = 3_500_000
const line = `${randomBytes(38).toString("hex")}\n`
const linesPerChunk = 1000
const limitBytes = 150 * 1024 * 1024

/** A relay that hashes what comes after DATA and keeps nothing. */
const hashingRelay = Effect.acquireRelease(
  Effect.promise(async () => {
    const received = { bytes: 0, sha256: "" }
    const server = net.createServer((socket) => {
      const hash = createHash("sha256")
      let inData = false
      let tail = Buffer.alloc(0)
      socket.on("error", () => {})
      socket.write("220 sink\r\n")
      socket.on("data", (chunk) => {
        if (!inData) {
          const command = chunk.toString("latin1")
          if (/^EHLO/.test(command)) socket.write("250 sink\r\n")
          else if (/^DATA/m.test(command)) {
            inData = true
            socket.write("354 go\r\n")
          } else if (/^QUIT/.test(command)) socket.end("221 bye\r\n")
          else socket.write("250 ok\r\n")
          return
        }
        const all = Buffer.concat([tail, chunk])
        const isComplete = all.subarray(-5).toString("latin1") === "\r\n.\r\n"
        const content = isComplete ? all.subarray(0, -3) : all.subarray(0, -5)
        tail = isComplete ? Buffer.alloc(0) : Buffer.from(all.subarray(-5))
        received.bytes += content.length
        hash.update(content)
        if (isComplete) {
          inData = false
          received.sha256 = hash.digest("hex")
          socket.write("250 2.0.0 taken\r\n")
        }
      })
    })
    server.listen(0, "127.0.0.1")
    await once(server, "listening")
    return { server, received }
  }),
  ({ server }) => Effect.sync(() => server.close())
)

const header =
  "From: ada@example.org\nTo: grace@example.net\nDate: Thu, 1 Jan 2026 00:00:00 +0000\nMessage-ID: <large@example.org>\n"

/** The hash of what must arrive. */
const expectedHash = (): string => {
  const hash = createHash("sha256").update(`${header}\n`.replaceAll("\n", "\r\n"))
  const chunk = line.replace("\n", "\r\n").repeat(linesPerChunk)
  for (let sent = 0; sent < lineCount; sent += linesPerChunk) hash.update(chunk)
  return hash.digest("hex")
}

const writeMessage = async (child: ChildProcess): Promise<void> => {
  const { stdin } = child
  if (stdin === null) return
  stdin.write(`${header}\n`)
  const chunk = Buffer.from(line.repeat(linesPerChunk))
  for (let sent = 0; sent < lineCount; sent += linesPerChunk) {
    if (!stdin.write(chunk)) await once(stdin, "drain")
  }
  stdin.end()
}

/** The most memory that the process ever had, in octets, as far as it was seen. */
const peakBytes = (pid: number): number => {
  try {
    const kilobytes = /^VmHWM:\s+(\d+) kB/m.exec(fs.readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]
    return Number(kilobytes ?? 0) * 1024
  } catch {
    return 0
  }
}

/** Feeds the message to its end, and tells how the program fared. */
const feedAndWatch = async (child: ChildProcess) => {
  let peak = 0
  const watch = setInterval(() => {
    peak = Math.max(peak, peakBytes(child.pid ?? 0))
  }, 20)
  const errors: Array<Buffer> = []
  child.stderr?.on("data", (chunk: Buffer) => errors.push(chunk))
  child.stdin?.on("error", () => {})
  const closed = once(child, "close")
  await Promise.race([writeMessage(child), closed])
  const [code] = await closed
  clearInterval(watch)
  return { peak, status: Number(code), stderr: Buffer.concat(errors).toString() }
}

describe.runIf(fs.existsSync("/proc/self/status"))("a message of 256 MB", () => {
  it.scopedLive(
    `arrives whole with under ${limitBytes / 1024 / 1024} MB of memory`,
    () =>
      Effect.gen(function* () {
        const { received, server } = yield* hashingRelay
        const address = server.address()
        const port = typeof address === "object" && address !== null ? address.port : 0
        const home = yield* makeHome({ hostname: `127.0.0.1:${port}`, identity: "ada@example.org" })
        const bin = installNames(home)
        const child = yield* Effect.acquireRelease(
          Effect.sync(() =>
            spawn(path.join(bin, "sendmail"), ["-i", "grace@example.net"], {
              env: { HOME: home, PATH: searchPath(bin) },
              stdio: ["pipe", "ignore", "pipe"]
            })
          ),
          (started) => Effect.sync(() => started.kill("SIGKILL"))
        )
        const { peak, status, stderr } = yield* Effect.promise(() => feedAndWatch(child))
        assert.strictEqual(status, 0, stderr)
        assert.strictEqual(received.sha256, expectedHash())
        assert.isAbove(received.bytes, 256 * 1024 * 1024)
        assert.isBelow(peak, limitBytes)
      }),
    120_000
  )
})
