/** This program, as npm installs it and, where it has been built, as one executable. */
import { createHash } from "node:crypto"
import * as fs from "node:fs"
import * as path from "node:path"
import { run } from "../commands.mjs"
import { account, recipient, repository, sender, writeLines } from "./client.mjs"

/** @typedef {import("./client.mjs").Target} Target */

const tlsLines = (/** @type {Target} */ { security, authorityPath }) =>
  security === "plain"
    ? ["tls = disabled"]
    : [
        `tls = ${security === "implicit" ? "implicit" : "required"}`,
        `tls_ca_file = "${authorityPath}"`,
        `username = "${account.user}"`,
        `password = "${account.password}"`
      ]

/** @param {string} program */
export const installFrom = (program) => async (/** @type {Target} */ target) => {
  const { work, port } = target
  const rc = [`identity = "${sender}"`, `hostname = "localhost:${port}"`, ...tlsLines(target)]
  writeLines(path.join(work, ".esmtprc"), rc)
  for (const name of ["sendmail", "mailq", "deliver"]) fs.symlinkSync(program, path.join(work, name))
  const env = { HOME: work }
  const command = (/** @type {string} */ name, /** @type {Array<string>} */ ...args) => ({
    file: path.join(work, name),
    args,
    env
  })
  const enqueue = command("sendmail", "-odq", "-i", "-f", sender, recipient)
  return {
    submit: command("sendmail", "-i", "-f", sender, recipient),
    enqueue,
    fill: async (/** @type {string} */ text, /** @type {number} */ count) => {
      await run(enqueue, text)
      multiply(path.join(work, ".esmtp_queue", "q"), count)
    },
    drain: () => run(command("deliver")),
    list: command("mailq")
  }
}

const digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

/** The same moment, and another end. @param {string} id @param {number} number */
const numbered = (id, number) => {
  let text = ""
  for (let rest = number; text.length < 8; rest = Math.floor(rest / 32))
    text = digits.charAt(rest % 32) + text
  return id.slice(0, 18) + text
}

/**
 * The one entry there, so many times: each copy has an id and an end mark of its own, as docs/QUEUE.md describes them.
 * @param {string} directory @param {number} count
 */
const multiply = (directory, count) => {
  const [id] = fs.readdirSync(directory)
  if (id === undefined) throw new Error("the queue is empty")
  const whole = fs.readFileSync(path.join(directory, id), "latin1")
  const content = whole.slice(0, whole.lastIndexOf("\nEND "))
  fs.rmSync(path.join(directory, id))
  for (let number = 0; number < count; number++) {
    const copy = Buffer.from(content.replace(id, numbered(id, number)), "latin1")
    const mark = `\nEND ${copy.length} ${createHash("sha256").update(copy).digest("hex")}\n`
    fs.writeFileSync(path.join(directory, numbered(id, number)), Buffer.concat([copy, Buffer.from(mark)]), {
      mode: 0o600
    })
  }
}

/** @type {import("./client.mjs").Client} */
export const ours = {
  name: "esmtp",
  kind: "one-shot",
  missing: () =>
    fs.existsSync(path.join(repository, "dist/main.cjs")) ? undefined : "not built: npm run build",
  install: installFrom(path.join(repository, "dist/main.cjs"))
}
