/**
 * An SMTP server that takes everything, keeps nothing, and costs as little as it can: what others are measured against.
 *
 * All replies to one read leave in one write; a body is searched for its end, never copied.
 * Source: RFC 5321 §3, §4; RFC 2920 §3.2; RFC 3030 §2; RFC 3207 §4; RFC 4954 §4 (every password is right).
 */
import * as net from "node:net"
import * as tls from "node:tls"

/**
 * @typedef {object} SinkOptions
 * @property {"plain" | "starttls" | "implicit"} security
 * @property {{ readonly certificate: string, readonly key: string }} [certificates] not for `plain`
 * @property {boolean} [offersChunking]
 * @property {boolean} [offersAuth]
 * @property {"TLSv1.2"} [tlsMaxVersion] absent: 1.3
 * @property {(what: string) => void} [onHeard] told the greeting, and each command and message as it is read
 * @property {(bytes: number) => void} [onAccepted] told before the reply leaves
 */

/**
 * @typedef {object} Sink
 * @property {number} port
 * @property {() => { readonly messages: number, readonly bytes: number, readonly connections: number }} counts
 * @property {() => Promise<void>} close
 */

const endOfMessage = Buffer.from("\r\n.\r\n")
const lineEnd = 0x0a

/** @param {string} line */
const verbOf = (line) => /^[a-z]*/i.exec(line)?.[0].toUpperCase() ?? ""

/** One connection. */
class Session {
  /** @type {"command" | "auth" | "data" | "chunk"} */
  mode = "command"
  isSecure = false
  rest = Buffer.alloc(0)
  replies = ""
  messageBytes = 0
  chunkLeft = 0
  isLastChunk = false
  authLines = 0
  /** The last octets of the message so far. */
  tail = Buffer.alloc(0)

  /** @param {net.Socket} socket @param {SinkOptions} options @param {tls.SecureContext} context */
  constructor(socket, options, context) {
    this.socket = socket
    this.options = options
    this.context = context
  }

  greet() {
    this.options.onHeard?.("greeting")
    this.socket.write("220 sink.example ESMTP\r\n")
  }

  /** @param {Buffer} bytes */
  take(bytes) {
    let left = bytes
    while (left.length > 0) {
      if (this.mode === "data") left = this.takeData(left)
      else if (this.mode === "chunk") left = this.takeChunk(left)
      else left = this.takeLine(left)
    }
    const { replies } = this
    this.replies = ""
    if (replies !== "") this.socket.write(replies)
  }

  /** @param {Buffer} bytes */
  takeLine(bytes) {
    const end = bytes.indexOf(lineEnd)
    if (end < 0) {
      this.rest = Buffer.concat([this.rest, bytes])
      return Buffer.alloc(0)
    }
    const line = Buffer.concat([this.rest, bytes.subarray(0, end)])
      .toString("latin1")
      .trimEnd()
    this.rest = Buffer.alloc(0)
    const left = bytes.subarray(end + 1)
    if (this.mode === "auth") this.response()
    else if (this.command(line)) return Buffer.alloc(0)
    return left
  }

  /** True: whatever follows in clear is not for us. @param {string} line */
  command(line) {
    const verb = verbOf(line)
    this.options.onHeard?.(verb)
    switch (verb) {
      case "EHLO":
        this.replies += this.capabilities()
        break
      case "STARTTLS":
        this.startTls()
        return true
      case "AUTH":
        this.authenticate(line)
        break
      case "DATA":
        this.mode = "data"
        this.messageBytes = 0
        this.tail = Buffer.from("\r\n")
        this.replies += "354 go on\r\n"
        break
      case "BDAT":
        this.beginChunk(line)
        break
      case "QUIT":
        this.socket.end(`${this.replies}221 2.0.0 bye\r\n`)
        this.replies = ""
        return true
      default:
        this.replies += "250 2.0.0 ok\r\n"
    }
    return false
  }

  capabilities() {
    const { security, offersAuth, offersChunking } = this.options
    const keywords = ["sink.example", "PIPELINING", "SIZE", "8BITMIME", "ENHANCEDSTATUSCODES"]
    if (offersChunking === true) keywords.push("CHUNKING")
    if (security === "starttls" && !this.isSecure) keywords.push("STARTTLS")
    else if (offersAuth === true) keywords.push("AUTH PLAIN LOGIN")
    return keywords.map((word, index) => `250${index + 1 < keywords.length ? "-" : " "}${word}\r\n`).join("")
  }

  startTls() {
    const { context, socket } = this
    socket.removeAllListeners("data")
    socket.write(`${this.replies}220 2.0.0 go ahead\r\n`)
    this.replies = ""
    const secured = new tls.TLSSocket(socket, { isServer: true, secureContext: context })
    this.socket = secured
    this.isSecure = true
    secured.on("error", () => {}).on("data", (bytes) => this.take(bytes))
  }

  /** @param {string} line */
  authenticate(line) {
    const [, mechanism = "", initial] = line.split(" ")
    this.authLines = (mechanism.toUpperCase() === "LOGIN" ? 2 : 1) - (initial === undefined ? 0 : 1)
    if (this.authLines > 0) this.mode = "auth"
    this.replies += this.authLines > 0 ? "334 \r\n" : "235 2.7.0 welcome\r\n"
  }

  response() {
    this.options.onHeard?.("response")
    this.authLines -= 1
    if (this.authLines === 0) this.mode = "command"
    this.replies += this.authLines > 0 ? "334 \r\n" : "235 2.7.0 welcome\r\n"
  }

  /** @param {string} line */
  beginChunk(line) {
    const [, size = "0", last] = line.split(" ")
    this.chunkLeft = Number(size)
    this.isLastChunk = last !== undefined
    this.mode = "chunk"
    if (this.chunkLeft === 0) this.endChunk()
  }

  /** @param {Buffer} bytes */
  takeChunk(bytes) {
    const taken = Math.min(this.chunkLeft, bytes.length)
    this.chunkLeft -= taken
    this.messageBytes += taken
    if (this.chunkLeft === 0) this.endChunk()
    return bytes.subarray(taken)
  }

  endChunk() {
    this.mode = "command"
    if (this.isLastChunk) this.accept()
    else this.replies += "250 2.0.0 more\r\n"
  }

  /** @param {Buffer} bytes */
  takeData(bytes) {
    const seam = Buffer.concat([this.tail, bytes.subarray(0, endOfMessage.length - 1)])
    const atSeam = seam.indexOf(endOfMessage)
    const found = atSeam >= 0 ? atSeam - this.tail.length : bytes.indexOf(endOfMessage)
    if (found === -1 && atSeam < 0) {
      this.messageBytes += bytes.length
      const recent = bytes.length < endOfMessage.length ? Buffer.concat([this.tail, bytes]) : bytes
      this.tail = Buffer.from(recent.subarray(-(endOfMessage.length - 1)))
      return Buffer.alloc(0)
    }
    const end = found + endOfMessage.length
    this.messageBytes += end
    this.mode = "command"
    this.options.onHeard?.("message")
    this.accept()
    return bytes.subarray(end)
  }

  accept() {
    this.options.onAccepted?.(this.messageBytes)
    this.messageBytes = 0
    this.replies += "250 2.0.0 taken\r\n"
  }
}

/** Listens on a free port of 127.0.0.1. @param {SinkOptions} options @returns {Promise<Sink>} */
export const startSink = async (options) => {
  const { certificates, security, tlsMaxVersion } = options
  const counts = { messages: 0, bytes: 0, connections: 0 }
  const counting = {
    ...options,
    onAccepted: (/** @type {number} */ bytes) => {
      counts.messages += 1
      counts.bytes += bytes
      options.onAccepted?.(bytes)
    }
  }
  const material = {
    ...(certificates === undefined ? {} : { cert: certificates.certificate, key: certificates.key }),
    ...(tlsMaxVersion === undefined ? {} : { maxVersion: tlsMaxVersion })
  }
  const context = tls.createSecureContext(material)
  /** @type {Set<net.Socket>} */
  const open = new Set()
  const serve = (/** @type {net.Socket} */ socket) => {
    counts.connections += 1
    open.add(socket)
    const session = new Session(socket, counting, context)
    // A client that breaks off is its own affair: what counts is what arrived.
    socket.on("error", () => {}).once("close", () => open.delete(socket))
    socket.setNoDelay(true).on("data", (bytes) => session.take(bytes))
    session.isSecure = security === "implicit"
    session.greet()
  }
  const server = security === "implicit" ? tls.createServer(material, serve) : net.createServer(serve)
  server.on("tlsClientError", () => {})
  await new Promise((resolve) => server.listen(0, "127.0.0.1", 1024, () => resolve(undefined)))
  const address = server.address()
  if (address === null || typeof address === "string") throw new Error("the sink has no port")
  return {
    port: address.port,
    counts: () => ({ ...counts }),
    close: async () => {
      const closed = new Promise((resolve) => server.close(() => resolve(undefined)))
      for (const socket of open) socket.destroy()
      await closed
    }
  }
}
