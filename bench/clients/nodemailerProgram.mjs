/**
 * nodemailer as a program: one message from standard input, or many through its pool.
 *
 * Arguments: port, security, path of the authority, and (for the pool) how many messages and how many connections.
 */
import * as fs from "node:fs"
import { createTransport } from "nodemailer"

const [port, security, authorityPath = "", count, connections] = process.argv.slice(2)

const options = {
  host: "localhost",
  port: Number(port),
  secure: security === "implicit",
  ignoreTLS: security === "plain",
  requireTLS: security === "starttls",
  ...(security === "plain"
    ? {}
    : { auth: { user: "ada", pass: "secret" }, tls: { ca: fs.readFileSync(authorityPath) } })
}
const envelope = { from: "ada@example.org", to: "grace@example.net" }

if (count === undefined) {
  await createTransport(options).sendMail({ envelope, raw: process.stdin })
} else {
  const raw = fs.readFileSync(0)
  const pool = createTransport({
    ...options,
    pool: true,
    maxConnections: Number(connections),
    maxMessages: 1e9
  })
  await Promise.all(Array.from({ length: Number(count) }, () => pool.sendMail({ envelope, raw })))
  pool.close()
}
