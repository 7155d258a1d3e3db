/** The message of the demonstration: MIME, an attachment, a Bcc, and text that needs care on the wire. */
import { randomBytes } from "node:crypto"

const attachmentBytes = 20_000

/** @param {Buffer} data */
const base64Lines = (data) => data.toString("base64").replace(/.{76}/g, "$&\n")

/** @param {{ sender: string, visible: ReadonlyArray<string>, hidden: string }} addresses */
export const demoMessage = ({ sender, visible, hidden }) => {
  const attachment = randomBytes(attachmentBytes)
  const boundary = `esmtp-demo-${randomBytes(8).toString("hex")}`
  const [first, ...others] = visible
  const message = `From: Ada Lovelace <${sender}>
To: Grace Hopper <${first}>
Cc: ${others.join(", ")}
Bcc: ${hidden}
Subject: Notes on the engine
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="${boundary}"

--${boundary}
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

The engine weaves algebraical patterns, just as the loom weaves flowers.
.
A line that is one dot must arrive as one dot. Grüße, Ada

--${boundary}
Content-Type: application/octet-stream; name="engine.bin"
Content-Disposition: attachment; filename="engine.bin"
Content-Transfer-Encoding: base64

${base64Lines(attachment)}
--${boundary}--
`
  return { message: Buffer.from(message), attachment }
}

/**
 * The decoded base64 part with this file name, or nothing.
 * @param {string} content @param {string} fileName
 */
export const readPart = (content, fileName) => {
  const start = content.indexOf(`filename="${fileName}"`)
  if (start === -1) return undefined
  const body = content.indexOf("\r\n\r\n", start)
  const end = content.indexOf("\r\n--", body)
  return body === -1 || end === -1 ? undefined : Buffer.from(content.slice(body, end), "base64")
}
