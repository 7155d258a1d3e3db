/**
 * A scripted SMTP server on loopback. It accepts everything unless its scenario says otherwise.
 */
import { createHash, type Hash } from "node:crypto"
import * as net from "node:net"
import * as tls from "node:tls"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import {
  type Answer,
  defaultReplies,
  type FakeSmtpServer,
  isVerb,
  type Part,
  partsOf,
  type RecordedMessage,
  type RecordedTls,
  type Scenario,
  type Step
} from "./FakeSmtpScenario.ts"

type Mode =
  | { readonly _tag: "Command" }
  | { readonly _tag: "Auth" }
  | { readonly _tag: "Data" }
  | { readonly _tag: "Chunk"; left: number; readonly isLast: boolean }
  /** After STARTTLS, until TLS stands; and after `stall`. */
  | { readonly _tag: "Deaf" }

const wait = (millis: number) => new Promise<void>((resolve) => setTimeout(resolve, millis))

const endOfData = Buffer.from("\r\n.\r\n")

class Session {
  readonly commands: Array<string> = []
  readonly messages: Array<RecordedMessage> = []
  plainBytes = Buffer.alloc(0)
  tls?: RecordedTls
  farewell?: string
  isClosed = false
  private mode: Mode = { _tag: "Command" }
  private buffer: Buffer = Buffer.alloc(0)
  private used = new Map<Step, number>()
  private talk: Promise<void> = Promise.resolve()
  private isMute = false
  private from = ""
  private to: Array<string> = []
  private body: Array<Buffer> = []
  private bodyBytes = 0
  private hash: Hash = createHash("sha256")
  private hasInterrupted = false
  private socket: net.Socket
  /** Below TLS, if there is any. */
  private readonly raw: net.Socket
  private readonly scenario: Scenario

  constructor(socket: net.Socket, scenario: Scenario) {
    this.socket = socket
    this.raw = socket
    this.scenario = scenario
    this.watchEnd(socket)
    if (scenario.implicitTls === true) this.startTls()
    else {
      this.listen(socket)
      this.answer("connect")
    }
  }

  destroy() {
    this.socket.destroy()
  }

  private watchEnd(socket: net.Socket) {
    socket.on("error", (error: NodeJS.ErrnoException) => {
      this.farewell ??= error.code ?? error.message
    })
    socket.on("end", () => {
      this.farewell ??= "end"
      socket.end()
    })
    socket.on("close", () => {
      this.isClosed = true
    })
  }

  private listen(socket: net.Socket) {
    socket.on("data", (bytes: Buffer) => {
      if (this.tls === undefined && this.plainBytes.length < 1_000_000) {
        this.plainBytes = Buffer.concat([this.plainBytes, bytes])
      }
      this.consume(bytes)
      const slow = this.scenario.slowReading
      if (slow !== undefined && this.mode._tag === "Data" && this.bodyBytes < slow.firstBytes) {
        socket.pause()
        setTimeout(() => socket.resume(), slow.gapMillis)
      }
    })
  }

  private startTls() {
    const { tls: settings } = this.scenario
    if (settings === undefined) throw new TypeError("scenario without a certificate")
    const secured = new tls.TLSSocket(this.socket, {
      isServer: true,
      secureContext: tls.createSecureContext({
        cert: settings.certificate,
        key: settings.key,
        minVersion: settings.minVersion ?? "TLSv1.2",
        ...(settings.maxVersion === undefined ? {} : { maxVersion: settings.maxVersion }),
        ciphers: settings.ciphers ?? "DEFAULT@SECLEVEL=0",
        ...(settings.clientAuthority === undefined ? {} : { ca: settings.clientAuthority })
      }),
      requestCert: settings.clientAuthority !== undefined,
      rejectUnauthorized: settings.clientAuthority !== undefined
    })
    this.watchEnd(secured)
    // A server's TLSSocket rejects a bad client certificate only where it belongs to a tls.Server.
    secured.on("secure", () => {
      const clientName = secured.getPeerX509Certificate()?.subject
      const serverName: unknown = Reflect.get(secured, "servername")
      this.tls = {
        protocol: secured.getProtocol() ?? "",
        exporter: secured
          .exportKeyingMaterial(32, "EXPORTER-Channel-Binding", Buffer.alloc(0))
          .toString("hex"),
        serverName: typeof serverName === "string" ? serverName : false,
        ...(clientName === undefined ? {} : { clientName })
      }
      this.mode = { _tag: "Command" }
      if (this.scenario.implicitTls === true) this.answer("connect")
    })
    this.socket = secured
    this.listen(secured)
  }

  private consume(bytes: Buffer) {
    if (this.mode._tag === "Deaf") return
    this.buffer = this.buffer.length === 0 ? bytes : Buffer.concat([this.buffer, bytes])
    while (this.advance()) {
      // until more is needed
    }
  }

  /** Whether something was understood. */
  private advance(): boolean {
    const { mode } = this
    if (this.buffer.length === 0 || mode._tag === "Deaf") return false
    if (mode._tag === "Data") return this.takeData()
    if (mode._tag === "Chunk") return this.takeChunk(mode)
    const end = this.buffer.indexOf("\n")
    if (end === -1) return false
    const line = this.buffer.toString("utf8", 0, end).replace(/\r$/, "")
    this.buffer = this.buffer.subarray(end + 1)
    this.commands.push(line)
    if (mode._tag === "Auth") this.answer("response", line)
    else this.command(line)
    return true
  }

  private command(line: string) {
    const verb = /^[a-z]+/i.exec(line)?.[0]?.toUpperCase() ?? ""
    if (verb === "BDAT") {
      const [, size = "0", last] = line.split(" ")
      this.mode = { _tag: "Chunk", left: Number(size), isLast: last === "LAST" }
      if (this.mode.left === 0) this.takeChunk(this.mode)
      return
    }
    if (verb === "MAIL" || verb === "RSET") this.forget()
    if (verb === "MAIL") this.from = line.slice("MAIL FROM:".length)
    this.answer(isVerb(verb) ? verb : "other", line)
  }

  private forget() {
    this.to = []
    this.body = []
    this.bodyBytes = 0
    this.hash = createHash("sha256")
  }

  private store(bytes: Buffer) {
    if (bytes.length === 0) return
    this.bodyBytes += bytes.length
    this.hash.update(bytes)
    if (this.scenario.discardBodies !== true) this.body.push(bytes)
    const { midBody } = this.scenario
    if (midBody !== undefined && !this.hasInterrupted && this.bodyBytes >= midBody.afterBytes) {
      this.hasInterrupted = true
      this.say(midBody.answer)
    }
  }

  private takeData(): boolean {
    const isEmpty = this.bodyBytes === 0 && this.buffer.subarray(0, 3).toString() === ".\r\n"
    const end = isEmpty ? -2 : this.buffer.indexOf(endOfData)
    if (end === -1) {
      // The end may have begun in the last four bytes.
      const sure = this.buffer.length - 4
      if (sure > 0) {
        this.store(this.buffer.subarray(0, sure))
        this.buffer = this.buffer.subarray(sure)
      }
      return false
    }
    this.store(this.buffer.subarray(0, end + 2))
    this.buffer = this.buffer.subarray(end + 5)
    this.mode = { _tag: "Command" }
    this.endMessage()
    return true
  }

  private takeChunk(mode: Extract<Mode, { readonly _tag: "Chunk" }>): boolean {
    const taken = this.buffer.subarray(0, mode.left)
    this.store(taken)
    this.buffer = this.buffer.subarray(taken.length)
    mode.left -= taken.length
    if (mode.left > 0) return false
    this.mode = { _tag: "Command" }
    if (mode.isLast) this.endMessage()
    else this.answer("BDAT")
    return true
  }

  private endMessage() {
    const message: RecordedMessage = {
      from: this.from,
      to: [...this.to],
      wire: Buffer.concat(this.body),
      wireBytes: this.bodyBytes,
      sha256: this.hash.digest("hex")
    }
    const answer = this.scripted("end-of-data")
    if (this.firstReply(answer).startsWith("250") && this.to.length > 0) this.messages.push(message)
    this.forget()
    this.say(answer)
  }

  private scripted(step: Step, line = ""): Answer {
    const answers = this.scenario.answers?.[step]
    const count = this.used.get(step) ?? 0
    this.used.set(step, count + 1)
    const answer = answers?.[Math.min(count, answers.length - 1)]
    if (answer !== undefined) return typeof answer === "function" ? answer(line) : answer
    return step === "EHLO" ? this.hello() : defaultReplies[step]
  }

  private hello(): string {
    const { extensions = [], extensionsAfterTls, tls: settings, implicitTls } = this.scenario
    const isSecured = this.tls !== undefined
    const offered = isSecured ? (extensionsAfterTls ?? extensions) : extensions
    const startTls = settings !== undefined && implicitTls !== true && !isSecured ? ["STARTTLS"] : []
    const lines = ["fake.example", ...offered, ...startTls]
    return lines.map((line, index) => `250${index === lines.length - 1 ? " " : "-"}${line}`).join("\r\n")
  }

  private firstReply(answer: Answer): string {
    return Buffer.from(partsOf(answer)[0]?.bytes ?? "").toString()
  }

  private answer(step: Step, line = "") {
    const answer = this.scripted(step, line)
    const reply = this.firstReply(answer)
    if (step === "DATA" && reply.startsWith("354")) this.mode = { _tag: "Data" }
    if (step === "AUTH" || step === "response") {
      this.mode = { _tag: reply.startsWith("334") ? "Auth" : "Command" }
    }
    if (step === "RCPT" && reply.startsWith("250")) this.to.push(line.slice("RCPT TO:".length))
    const upgrades = step === "STARTTLS" && reply.startsWith("220") && this.scenario.tls !== undefined
    if (upgrades) {
      this.mode = { _tag: "Deaf" }
      this.socket.removeAllListeners("data")
      this.socket.pause()
    }
    this.say(answer, () => {
      if (upgrades) this.startTls()
      else if (step === "QUIT") this.socket.end()
    })
  }

  private say(answer: Answer, then: () => void = () => {}) {
    this.talk = this.talk.then(async () => {
      for (const part of partsOf(answer)) await this.sayPart(part)
      if (!this.isMute && !this.socket.destroyed) then()
    })
  }

  private async sayPart(part: Part) {
    if (part.afterMillis !== undefined) await wait(part.afterMillis)
    const bytes = Buffer.from(part.bytes ?? "")
    for (const [at, piece] of this.piecesOf(bytes, part).entries()) {
      if (this.isMute || !this.socket.writable) return
      if (at > 0) await wait(part.gapMillis ?? 0)
      await new Promise<void>((resolve) => this.socket.write(piece, () => resolve()))
    }
    this.leave(part.ending)
  }

  private piecesOf(bytes: Buffer, { pieceBytes }: Part): ReadonlyArray<Buffer> {
    const { cutRepliesAt } = this.scenario
    if (pieceBytes === undefined && cutRepliesAt !== undefined && bytes.length > 1) {
      const cut = 1 + (cutRepliesAt % (bytes.length - 1))
      return [bytes.subarray(0, cut), bytes.subarray(cut)]
    }
    const size = pieceBytes ?? Math.max(1, bytes.length)
    return Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
      bytes.subarray(index * size, (index + 1) * size)
    )
  }

  private leave(how: Part["ending"]) {
    if (how === undefined) return
    this.isMute = true
    if (how === "stall" || how === "close") this.socket.pause()
    if (how === "stall") this.mode = { _tag: "Deaf" }
    if (how === "close") this.socket.destroy()
    if (how === "half-close") this.socket.end()
    if (how === "reset") this.raw.resetAndDestroy()
  }
}

const listen = (
  host: string,
  port: number,
  onConnection: (socket: net.Socket) => void
): Effect.Effect<net.Server> =>
  Effect.async<net.Server>((resume) => {
    const server = net.createServer({ allowHalfOpen: true, noDelay: true }, onConnection)
    server.listen(port, host, () => resume(Effect.succeed(server)))
    server.on("error", (error) => resume(Effect.die(error)))
  })

/**
 * The nth connection plays the nth scenario, the last one repeats. `port` 0 is a free one; another only beside a server at
 * a different loopback address.
 */
export const make = (
  scenarios: Scenario | ReadonlyArray<Scenario>,
  host = "127.0.0.1",
  port = 0
): Effect.Effect<FakeSmtpServer, never, Scope.Scope> =>
  Effect.gen(function* () {
    const plays = "length" in scenarios ? scenarios : [scenarios]
    const sessions: Array<Session> = []
    const server = yield* Effect.acquireRelease(
      listen(host, port, (socket) => {
        const scenario = plays[Math.min(sessions.length, plays.length - 1)] ?? {}
        sessions.push(new Session(socket, scenario))
      }),
      (running) =>
        Effect.async<void>((resume) => {
          for (const session of sessions) session.destroy()
          running.close(() => resume(Effect.void))
        })
    )
    const address = server.address()
    return {
      host,
      port: typeof address === "object" && address !== null ? address.port : 0,
      connections: sessions,
      messages: () => sessions.flatMap(({ messages }) => messages),
      closed: Effect.promise(async () => {
        while (sessions.some(({ isClosed }) => !isClosed)) await wait(5)
      })
    }
  })
