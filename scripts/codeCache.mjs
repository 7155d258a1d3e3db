/**
 * Makes the code cache for the Node that runs it: sends one message of no consequence to a relay of a moment on loopback,
 * so that what a send needs is compiled, and keeps what V8 has compiled by then.
 *
 * The build runs this, and whoever has upgraded Node may. A program without a cache only starts slower, so nothing that
 * goes wrong here is an error.
 */
import { spawn } from "node:child_process"
import { createHash } from "node:crypto"
import * as fs from "node:fs"
import { createServer } from "node:net"
import * as os from "node:os"
import * as path from "node:path"
import { Script } from "node:vm"
import { cacheFile } from "./codeCacheFile.mjs"

const timeoutMillis = 10_000
const program = path.join(__dirname, "program.cjs")

/** Through a temporary name, so that no program that starts meanwhile reads half of it. */
const write = (/** @type {string} */ file, /** @type {Buffer} */ data) => {
  const temporary = `${file}.${process.pid}.new`
  try {
    fs.writeFileSync(temporary, createHash("sha256").update(data).digest(), { flag: "wx" })
    fs.appendFileSync(temporary, data)
    fs.renameSync(temporary, file)
  } catch {
    fs.rmSync(temporary, { force: true })
  }
}

/** The run that is kept: as a `sendmail`, as most are. */
const runProgram = () => {
  const source = fs.readFileSync(program, "latin1")
  const script = new Script(source, { filename: program })
  process.argv.splice(1, process.argv.length, "sendmail", "-i", "nobody@example.net")
  process.once("exit", () => write(cacheFile(program, source), script.createCachedData()))
  script.runInThisContext()(require)
}

const answer = (/** @type {string} */ command) => {
  if (/^data$/i.test(command)) return "354 go on\r\n"
  if (/^ehlo /i.test(command)) return "250-relay.example\r\n250-PIPELINING\r\n250 8BITMIME\r\n"
  return /^quit$/i.test(command) ? "221 bye\r\n" : "250 yes\r\n"
}

/** As little of a relay as one message of ours needs. */
const startRelay = async () => {
  const server = createServer((socket) => {
    let isBody = false
    let rest = ""
    socket.on("error", () => {})
    socket.write("220 relay.example\r\n")
    socket.setEncoding("latin1").on("data", (text) => {
      const lines = (rest + text).split("\r\n")
      rest = lines.pop() ?? ""
      for (const line of lines) {
        if (!isBody || line === ".") socket.write(answer(line))
        isBody = isBody ? line !== "." : /^data$/i.test(line)
      }
    })
  })
  await new Promise((resolve, reject) => {
    server.once("error", reject).listen(0, "127.0.0.1", () => resolve(undefined))
  })
  return server
}

const main = async () => {
  const home = fs.mkdtempSync(path.join(os.tmpdir(), "esmtp-cache-"))
  const server = await startRelay()
  try {
    const address = server.address()
    const port = address === null || typeof address === "string" ? 0 : address.port
    const message = path.join(home, "message")
    fs.writeFileSync(message, "From: nobody@example.org\nSubject: nothing\n\nNothing.\n")
    fs.writeFileSync(
      path.join(home, ".esmtprc"),
      `identity "nobody@example.org"\n    hostname = "127.0.0.1:${port}"\n    default\n`,
      { mode: 0o600 }
    )
    const stdin = fs.openSync(message, "r")
    const child = spawn(process.execPath, [__filename, "run"], {
      cwd: home,
      env: { HOME: home, LANG: "C.UTF-8" },
      stdio: [stdin, "ignore", "ignore"],
      timeout: timeoutMillis
    })
    await new Promise((resolve) => child.once("error", resolve).once("exit", resolve))
    fs.closeSync(stdin)
  } finally {
    server.close()
    fs.rmSync(home, { recursive: true, force: true })
  }
}

if (process.argv[2] === "run") runProgram()
else main().catch(() => {})
