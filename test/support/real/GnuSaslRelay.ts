/**
 * A small relay with STARTTLS whose AUTH is judged by GNU SASL, as no mail server of Debian 12 offers SCRAM with channel
 * binding: Dovecot has it from 2.4 on, Postfix gives Cyrus SASL no binding, Debian's Exim is built without GNU SASL.
 */
import { execFileSync, spawn } from "node:child_process"
import * as net from "node:net"
import * as tls from "node:tls"
import { fileURLToPath } from "node:url"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { findProgram, programPath, requirePart } from "../requirePart.ts"

const script = fileURLToPath(new URL("./gsaslServer.py", import.meta.url))

const loads = (python: string): boolean => {
  try {
    execFileSync(python, ["-c", "import ctypes; ctypes.CDLL('libgsasl.so.18')"], { stdio: "ignore" })
    return true
  } catch {
    return false
  }
}

export const hasGnuSasl = (): boolean =>
  requirePart("python3 and libgsasl18", () => {
    const python = findProgram("python3")
    return python !== undefined && loads(python)
  })

export interface GnuSaslOptions {
  readonly certificate: string
  readonly key: string
  readonly user: string
  readonly password: string
  readonly mechanisms: ReadonlyArray<string>
  /**
   * What GNU SASL is told of the channel; absent: what is so, if a mechanism that is offered has use for it. `another`:
   * somebody sits in the middle. `unlisted`: what is so, whatever is offered, as if somebody had shortened the list.
   */
  readonly channel?: "another" | "unlisted"
}

export interface GnuSaslRelay {
  readonly port: number
  /** AUTH commands, without their argument after the mechanism. */
  readonly attempts: ReadonlyArray<string>
  readonly replies: ReadonlyArray<string>
  readonly messages: ReadonlyArray<string>
}

interface Record {
  readonly attempts: Array<string>
  readonly replies: Array<string>
  readonly messages: Array<string>
}

class Session {
  private socket: net.Socket
  private readonly options: GnuSaslOptions
  private readonly record: Record
  private buffer = ""
  private inData = false
  private exchange: ((line: string) => void) | undefined
  private isSecure = false
  private exporter = Buffer.alloc(0)

  constructor(socket: net.Socket, options: GnuSaslOptions, record: Record) {
    this.socket = socket
    this.options = options
    this.record = record
    this.listen(socket)
    this.say("220 gnu.example ESMTP")
  }

  private listen(socket: net.Socket): void {
    socket.on("error", () => socket.destroy())
    socket.on("data", (bytes) => {
      this.buffer += bytes.toString("latin1")
      this.advance()
    })
  }

  private say(text: string): void {
    this.socket.write(`${text}\r\n`)
  }

  private advance(): void {
    const end = this.inData ? this.buffer.indexOf("\r\n.\r\n") : this.buffer.indexOf("\r\n")
    if (end < 0) return
    const text = this.buffer.slice(0, end)
    this.buffer = this.buffer.slice(end + (this.inData ? 5 : 2))
    if (this.inData) {
      this.inData = false
      this.record.messages.push(text)
      this.say("250 2.0.0 taken")
    } else if (this.exchange === undefined) this.command(text)
    else this.exchange(text)
    this.advance()
  }

  private command(line: string): void {
    const [verb = "", ...words] = line.split(" ")
    switch (verb.toUpperCase()) {
      case "EHLO":
        this.say(
          this.isSecure
            ? `250-gnu.example\r\n250 AUTH ${this.options.mechanisms.join(" ")}`
            : "250-gnu.example\r\n250 STARTTLS"
        )
        return
      case "STARTTLS":
        this.startTls()
        return
      case "AUTH":
        this.authenticate(words[0] ?? "", words[1])
        return
      case "DATA":
        this.inData = true
        this.say("354 go on")
        return
      case "QUIT":
        this.socket.end("221 bye\r\n")
        return
      default:
        this.say("250 2.0.0 ok")
    }
  }

  private startTls(): void {
    const { certificate, key } = this.options
    const plain = this.socket
    plain.removeAllListeners("data")
    const secured = new tls.TLSSocket(plain, {
      isServer: true,
      secureContext: tls.createSecureContext({ cert: certificate, key })
    })
    secured.on("secure", () => {
      this.isSecure = true
      this.exporter = secured.exportKeyingMaterial(32, "EXPORTER-Channel-Binding", Buffer.alloc(0))
    })
    plain.write("220 go ahead\r\n")
    this.socket = secured
    this.listen(secured)
  }

  /** In base64. */
  private binding(): string {
    const { channel, mechanisms } = this.options
    if (channel === "another") return Buffer.alloc(32).toString("base64")
    const isUsed = channel === "unlisted" || mechanisms.some((name) => name.endsWith("-PLUS"))
    return isUsed ? this.exporter.toString("base64") : ""
  }

  private authenticate(mechanism: string, initial: string | undefined): void {
    const { user, password } = this.options
    this.record.attempts.push(`AUTH ${mechanism}`)
    const judge = spawn(programPath("python3"), [script, mechanism, user, password, this.binding()], {
      stdio: ["pipe", "pipe", "inherit"]
    })
    this.exchange = (line) => judge.stdin.write(`${line}\n`)
    if (initial !== undefined) this.exchange(initial)
    else if (mechanism === "LOGIN" || mechanism === "CRAM-MD5") this.exchange("")
    else this.say("334 ")
    let told = ""
    judge.stdout.on("data", (bytes: Buffer) => {
      told += bytes.toString()
      for (let end = told.indexOf("\n"); end >= 0; end = told.indexOf("\n")) {
        const reply = told.slice(0, end)
        told = told.slice(end + 1)
        this.record.replies.push(reply.slice(0, reply.startsWith("334") ? 3 : undefined))
        if (!reply.startsWith("334")) this.exchange = undefined
        this.say(reply)
      }
    })
    judge.stdin.on("error", () => {})
  }
}

/** Its end is the end of the scope. */
export const startGnuSaslRelay = (options: GnuSaslOptions): Effect.Effect<GnuSaslRelay, never, Scope.Scope> =>
  Effect.gen(function* () {
    const record: Record = { attempts: [], replies: [], messages: [] }
    const sockets = new Set<net.Socket>()
    const server = yield* Effect.acquireRelease(
      Effect.async<net.Server>((resume) => {
        const listening = net.createServer((socket) => {
          sockets.add(socket)
          new Session(socket, options, record)
        })
        listening.listen(0, "127.0.0.1", () => resume(Effect.succeed(listening)))
      }),
      (listening) =>
        Effect.sync(() => {
          listening.close()
          for (const socket of sockets) socket.destroy()
        })
    )
    const address = server.address()
    return { ...record, port: typeof address === "object" && address !== null ? address.port : 0 }
  })
