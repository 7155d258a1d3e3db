/** A small real SMTP server on loopback (the `smtp-server` package) that keeps what it receives. */
import { SMTPServer } from "smtp-server"

/**
 * @typedef {object} ReceivedMail
 * @property {string} from the reverse-path
 * @property {ReadonlyArray<string>} to the accepted recipients, in order
 * @property {Buffer} content the message as it came over the wire, dot-stuffing undone
 * @property {string | undefined} user who had authenticated
 * @property {boolean} isEncrypted
 * @property {string} heloName
 */

/**
 * @typedef {object} EmbeddedServerOptions
 * @property {"plain" | "starttls" | "implicit"} security
 * @property {{ readonly certificate: string, readonly key: string } | undefined} [certificates] not for `plain`
 * @property {{ readonly user: string, readonly password: string } | undefined} [account] absent: no AUTH
 * @property {ReadonlyArray<string>} [mechanisms] what to offer
 * @property {(recipient: string) => { readonly code: number, readonly text: string } | undefined} [refuse]
 */

/** @param {EmbeddedServerOptions} options */
const serverOptions = (options) => ({
  secure: options.security === "implicit",
  name: "relay.example",
  banner: "embedded test relay",
  disabledCommands: [
    ...(options.security === "starttls" ? [] : ["STARTTLS"]),
    ...(options.account === undefined ? ["AUTH"] : [])
  ],
  authOptional: options.account === undefined,
  allowInsecureAuth: options.security === "plain",
  authMethods: [...(options.mechanisms ?? ["PLAIN", "LOGIN", "CRAM-MD5"])],
  ...(options.certificates === undefined
    ? {}
    : { cert: options.certificates.certificate, key: options.certificates.key }),
  minVersion: /** @type {const} */ ("TLSv1.2")
})

/** @param {number} code @param {string} text */
const replyError = (code, text) => Object.assign(new Error(text), { responseCode: code })

/**
 * Listens on a free port of 127.0.0.1 until `close` is called.
 * @param {EmbeddedServerOptions} options
 */
export const startEmbeddedServer = async (options) => {
  /** @type {Array<ReceivedMail>} */
  const messages = []
  const server = new SMTPServer({
    ...serverOptions(options),
    onAuth: (auth, _session, callback) => {
      const { account } = options
      const isRight =
        account !== undefined &&
        auth.username === account.user &&
        (auth.method === "CRAM-MD5"
          ? auth.validatePassword(account.password)
          : auth.password === account.password)
      if (isRight) callback(null, { user: auth.username })
      else callback(replyError(535, "5.7.8 authentication credentials invalid"))
    },
    onRcptTo: (address, _session, callback) => {
      const refusal = options.refuse?.(address.address)
      if (refusal === undefined) callback()
      else callback(replyError(refusal.code, refusal.text))
    },
    onData: (stream, session, callback) => {
      /** @type {Array<Buffer>} */
      const chunks = []
      stream.on("data", (chunk) => chunks.push(chunk))
      stream.on("end", () => {
        const { mailFrom, rcptTo } = session.envelope
        messages.push({
          from: mailFrom === false ? "" : mailFrom.address,
          to: rcptTo.map((recipient) => recipient.address),
          content: Buffer.concat(chunks),
          user: session.user,
          isEncrypted: session.secure,
          heloName: session.hostNameAppearsAs
        })
        callback(null, `2.0.0 kept as message ${messages.length}`)
      })
    }
  })
  // A client that breaks off is its own affair; a test sees it in what was received.
  server.on("error", () => {})
  await new Promise((resolve, reject) => {
    server.server.once("error", reject)
    server.listen(0, "127.0.0.1", () => resolve(undefined))
  })
  const address = server.server.address()
  if (address === null || typeof address === "string") throw new Error("the embedded server has no port")
  return {
    port: address.port,
    messages,
    close: () => new Promise((resolve) => server.close(() => resolve(undefined)))
  }
}
