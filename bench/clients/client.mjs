/** What a mail program must be able to do to be measured, and how a message gets to it. */
import * as fs from "node:fs"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import { run } from "../commands.mjs"

/** @typedef {import("../commands.mjs").Command} Command */

/**
 * @typedef {object} Target
 * @property {number} port of a relay on 127.0.0.1, whose certificate is for `localhost`
 * @property {"plain" | "starttls" | "implicit"} security AUTH with all but `plain`
 * @property {string} authorityPath whom to trust, in PEM
 * @property {string} work an empty directory of its own
 */

/**
 * @typedef {object} Installed
 * @property {Command} submit takes one message on its standard input
 * @property {Command} [enqueue] the same, into its own queue, delivered only by `drain`
 * @property {(text: string, count: number) => Promise<void>} [fill] so many messages into the queue
 * @property {() => Promise<void>} [drain] ends when the queue is on its way, or empty
 * @property {Command} [list]
 * @property {() => Promise<void>} [stop]
 */

/**
 * @typedef {object} Client
 * @property {string} name
 * @property {"one-shot" | "daemon"} kind when `submit` ends: at the relay's acceptance, or at its own
 * @property {() => string | undefined} missing why it can't be measured here
 * @property {ReadonlyArray<Target["security"]>} [securities] absent: all
 * @property {"TLSv1.2"} [tlsMaxVersion] of the server it is measured with; absent: 1.3
 * @property {number} [drainLimit] the longest queue that it gets through in reasonable time
 * @property {(target: Target) => Promise<Installed>} install
 */

export const repository = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..")

export const account = { user: "ada", password: "secret" }
export const sender = "ada@example.org"
export const recipient = "grace@example.net"

const places = ["/usr/local/bin", "/usr/bin", "/usr/sbin", "/bin", "/sbin", "/usr/lib/postfix/sbin"]

/** A program of the unpacked packages, or of the system. @param {string} name */
export const findProgram = (name) => {
  const parts = path.join(repository, ".parts/bench")
  return [...places.map((place) => path.join(parts, place)), ...places]
    .map((place) => path.join(place, name))
    .find((file) => fs.existsSync(file))
}

/** @param {string} name */
export const needsProgram = (name) => () =>
  findProgram(name) === undefined ? `${name} is not installed` : undefined

/** The path of a program that `missing` has found. @param {string} name */
export const programPath = (name) => {
  const found = findProgram(name)
  if (found === undefined) throw new Error(`${name} is not installed`)
  return found
}

/** @param {string} file @param {ReadonlyArray<string>} lines @param {number} [mode] */
export const writeLines = (file, lines, mode = 0o600) => {
  fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o755 })
  fs.rmSync(file, { force: true })
  fs.writeFileSync(file, lines.map((line) => `${line}\n`).join(""), { mode })
}

/** @param {() => boolean} isSo */
export const waitFor = async (isSo) => {
  for (let tries = 0; !isSo(); tries++) {
    if (tries > 1200) throw new Error("it did not come to that")
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** Hands in one message after another, a few at a time. @param {Command} command @param {string} text @param {number} count */
export const fillBy = async (command, text, count) => {
  let left = count
  const worker = async () => {
    while (left > 0) {
      left -= 1
      await run(command, text)
    }
  }
  await Promise.all([worker(), worker(), worker(), worker()])
}

const line = `${"0123456789".repeat(7)}\n`

/** A message of about so many octets. @param {number} bytes */
export const messageOf = (bytes) => {
  const header = `From: <${sender}>\nTo: <${recipient}>\nSubject: bench\nDate: Wed, 25 Nov 2026 12:00:00 +0000\nMessage-ID: <bench@example.org>\n\n`
  return header + line.repeat(Math.max(1, Math.round((bytes - header.length) / line.length)))
}
