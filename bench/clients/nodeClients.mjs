/** nodemailer, and a Node that does nothing: the ground that every program for Node stands on. */
import { fileURLToPath } from "node:url"

const program = fileURLToPath(new URL("./nodemailerProgram.mjs", import.meta.url))

/** @type {import("./client.mjs").Client} */
export const nodemailer = {
  name: "nodemailer",
  kind: "one-shot",
  missing: () => undefined,
  install: async ({ port, security, authorityPath }) => ({
    submit: { file: process.execPath, args: [program, `${port}`, security, authorityPath] }
  })
}

/** No queue: so many messages through so many connections, and all lost if it dies. @param {import("./client.mjs").Target} target @param {number} count @param {number} connections */
export const nodemailerPool = ({ port, security, authorityPath }, count, connections) => ({
  file: process.execPath,
  args: [program, `${port}`, security, authorityPath, `${count}`, `${connections}`]
})

/** `node -e 0`. */
export const bareNode = { file: process.execPath, args: ["-e", "0"] }
