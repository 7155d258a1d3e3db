/** Programs that deliver a message while their caller waits: C esmtp and msmtp. */
import * as fs from "node:fs"
import * as path from "node:path"
import { account, needsProgram, programPath, recipient, repository, sender, writeLines } from "./client.mjs"

/** @typedef {import("./client.mjs").Target} Target */

/** Libraries of unpacked packages; nothing changes where there are none. */
const libraryPath = {
  LD_LIBRARY_PATH: path.join(repository, ".parts/bench/usr/lib/x86_64-linux-gnu")
}

/** It has no implicit TLS, and waits for ever where a session ticket of TLS 1.3 overtakes its EHLO. @type {import("./client.mjs").Client} */
export const cEsmtp = {
  name: "C esmtp",
  kind: "one-shot",
  missing: needsProgram("esmtp"),
  securities: ["plain", "starttls"],
  tlsMaxVersion: "TLSv1.2",
  install: async ({ port, security, work, authorityPath }) => {
    const secure = ["starttls = required", `username = "${account.user}"`, `password = "${account.password}"`]
    writeLines(path.join(work, ".esmtprc"), [
      `hostname = "localhost:${port}"`,
      ...(security === "plain" ? ["starttls = disabled"] : secure)
    ])
    writeLines(path.join(work, ".config/libesmtp/ca.pem"), [fs.readFileSync(authorityPath, "latin1")])
    return {
      submit: {
        file: programPath("esmtp"),
        args: ["-f", sender, recipient],
        env: { HOME: work, ...libraryPath }
      }
    }
  }
}

/** @type {import("./client.mjs").Client} */
export const msmtp = {
  name: "msmtp",
  kind: "one-shot",
  missing: needsProgram("msmtp"),
  install: async ({ port, security, work, authorityPath }) => {
    const secure = [
      "tls on",
      `tls_starttls ${security === "starttls" ? "on" : "off"}`,
      `tls_trust_file ${authorityPath}`,
      "auth plain",
      `user ${account.user}`,
      `password ${account.password}`
    ]
    const configuration = path.join(work, "msmtprc")
    writeLines(configuration, [
      "account default",
      "host localhost",
      `port ${port}`,
      `from ${sender}`,
      ...(security === "plain" ? ["tls off", "auth off"] : secure)
    ])
    return {
      submit: {
        file: programPath("msmtp"),
        args: ["-C", configuration, "-f", sender, recipient],
        env: { HOME: work, ...libraryPath }
      }
    }
  }
}
