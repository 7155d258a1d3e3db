/** Programs of Debian that queue every message and deliver it from there: nullmailer and dma. */
import { execFileSync, spawn } from "node:child_process"
import * as fs from "node:fs"
import { run } from "../commands.mjs"
import { isFurnished } from "../privateRoot.mjs"
import { account, fillBy, needsProgram, programPath, recipient, sender, writeLines } from "./client.mjs"

/** They know one place for their files, so the place must be a private one. @param {string} program */
export const needsPrivateRoot = (program) => () =>
  isFurnished() ? needsProgram(program)() : "needs root, for a file system view of its own"

/** A daemon in the foreground. @param {string} file @param {ReadonlyArray<string>} args */
export const startDaemon = (file, args) => {
  const child = spawn(file, [...args], { stdio: "ignore", detached: true })
  return () =>
    new Promise((/** @type {(value: void) => void} */ resolve) => {
      child.once("exit", () => resolve())
      if (child.exitCode === null && child.signalCode === null) child.kill("SIGTERM")
      else resolve()
    })
}

const nullmailerSpool = "/var/spool/nullmailer"

/** @type {import("./client.mjs").Client} */
export const nullmailer = {
  name: "nullmailer",
  kind: "daemon",
  missing: needsPrivateRoot("nullmailer-send"),
  drainLimit: 1000,
  install: async ({ port, security, authorityPath }) => {
    const secure = `${security === "implicit" ? "--ssl" : "--starttls"} --x509cafile=${authorityPath} --user=${account.user} --pass=${account.password}`
    writeLines("/etc/nullmailer/remotes", [
      `localhost smtp --port=${port} ${security === "plain" ? "" : secure}`
    ])
    writeLines("/etc/nullmailer/me", ["bench.example.org"])
    fs.rmSync(nullmailerSpool, { recursive: true, force: true })
    for (const name of ["queue", "tmp", "failed"])
      fs.mkdirSync(`${nullmailerSpool}/${name}`, { recursive: true })
    execFileSync("mkfifo", ["-m", "622", `${nullmailerSpool}/trigger`])
    const start = () => startDaemon(programPath("nullmailer-send"), [])
    let stop = start()
    const submit = { file: programPath("nullmailer-inject"), args: ["-f", sender, recipient] }
    return {
      submit,
      fill: async (text, count) => {
        await stop()
        await fillBy(submit, text, count)
      },
      drain: async () => {
        stop = start()
      },
      stop: () => stop()
    }
  }
}

/** @type {import("./client.mjs").Client} */
export const dma = {
  name: "dma",
  kind: "daemon",
  missing: needsPrivateRoot("dma"),
  drainLimit: 1000,
  install: async ({ port, security }) => {
    fs.rmSync("/var/spool/dma", { recursive: true, force: true })
    fs.mkdirSync("/var/spool/dma", { recursive: true, mode: 0o770 })
    fs.chmodSync("/var/spool/dma", 0o770)
    execFileSync("chown", ["mail:mail", "/var/spool/dma"])
    fs.chmodSync("/etc/dma", 0o755)
    writeLines("/etc/dma/auth.conf", [`${account.user}|localhost:${account.password}`], 0o644)
    const secure = [
      "SECURETRANSFER",
      ...(security === "starttls" ? ["STARTTLS"] : []),
      "AUTHPATH /etc/dma/auth.conf"
    ]
    const configure = (/** @type {ReadonlyArray<string>} */ more) =>
      writeLines(
        "/etc/dma/dma.conf",
        [
          "SMARTHOST localhost",
          `PORT ${port}`,
          "NULLCLIENT",
          ...(security === "plain" ? [] : secure),
          ...more
        ],
        0o644
      )
    configure([])
    const submit = { file: programPath("dma"), args: ["-f", sender, recipient] }
    return {
      submit,
      fill: async (text, count) => {
        configure(["DEFER"])
        await fillBy(submit, text, count)
        configure([])
      },
      drain: () => run({ file: programPath("dma"), args: ["-q1"] })
    }
  }
}
