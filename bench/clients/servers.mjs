/** Mail servers of Debian as null clients: Postfix and OpenSMTPD. */
import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { run } from "../commands.mjs"
import {
  account,
  fillBy,
  needsProgram,
  programPath,
  recipient,
  sender,
  waitFor,
  writeLines
} from "./client.mjs"
import { needsPrivateRoot, startDaemon } from "./daemons.mjs"

/** @typedef {import("./client.mjs").Target} Target */

/** @param {Target} target */
const postfixTls = ({ security, authorityPath }) =>
  security === "plain"
    ? ["smtp_tls_security_level = none"]
    : [
        "smtp_tls_security_level = verify",
        `smtp_tls_CAfile = ${authorityPath}`,
        `smtp_tls_wrappermode = ${security === "implicit" ? "yes" : "no"}`,
        "smtp_sasl_auth_enable = yes",
        `smtp_sasl_password_maps = static:${account.user}:${account.password}`,
        "smtp_sasl_security_options = noanonymous"
      ]

/** @param {Target} target */
const postfixMain = (target) => [
  "compatibility_level = 3.6",
  `queue_directory = ${target.work}/queue`,
  `data_directory = ${target.work}/data`,
  `maillog_file = ${target.work}/log`,
  `maillog_file_prefixes = ${target.work}`,
  "myhostname = bench.example.org",
  "mydestination =",
  `relayhost = [localhost]:${target.port}`,
  "smtp_host_lookup = native",
  "smtp_dns_support_level = disabled",
  "smtp_address_preference = ipv4",
  "inet_interfaces = loopback-only",
  "alias_maps =",
  "alias_database =",
  "message_size_limit = 0",
  ...postfixTls(target)
]

const postfixServices = [
  "pickup unix n - n 60 1 pickup",
  "cleanup unix n - n - 0 cleanup",
  "qmgr unix n - n 300 1 qmgr",
  "tlsmgr unix - - n 1000? 1 tlsmgr",
  "rewrite unix - - n - - trivial-rewrite",
  "bounce unix - - n - 0 bounce",
  "defer unix - - n - 0 bounce",
  "trace unix - - n - 0 bounce",
  "flush unix n - n 1000? 0 flush",
  "proxymap unix - - n - - proxymap",
  "smtp unix - - n - - smtp",
  "showq unix n - n - - showq",
  "error unix - - n - - error",
  "retry unix - - n - - error",
  "scache unix - - n - 1 scache",
  "postlog unix-dgram n - n - 1 postlogd"
]

/** @type {import("./client.mjs").Client} */
export const postfix = {
  name: "Postfix",
  kind: "daemon",
  missing: () => needsProgram("postfix")() ?? (process.getuid?.() === 0 ? undefined : "needs root"),
  install: async (target) => {
    const { work } = target
    const configuration = path.join(work, "etc")
    fs.mkdirSync(path.join(work, "queue"))
    fs.mkdirSync(path.join(work, "data"))
    execFileSync("chown", ["postfix", path.join(work, "data")])
    writeLines(path.join(configuration, "main.cf"), postfixMain(target), 0o644)
    writeLines(path.join(configuration, "master.cf"), postfixServices, 0o644)
    const postfixCommand = (/** @type {string} */ verb) =>
      run({ file: programPath("postfix"), args: ["-c", configuration, verb] })
    const set = (/** @type {string} */ setting) =>
      run({ file: programPath("postconf"), args: ["-c", configuration, "-e", setting] })
    await postfixCommand("start")
    const submit = {
      file: "/usr/sbin/sendmail",
      args: ["-C", configuration, "-i", "-f", sender, recipient]
    }
    return {
      submit,
      fill: async (text, count) => {
        await set("defer_transports = smtp")
        await postfixCommand("reload")
        await fillBy(submit, text, count)
        await waitFor(() => !fs.readdirSync(path.join(work, "queue/maildrop")).length)
        await waitFor(() => !fs.readdirSync(path.join(work, "queue/incoming")).length)
      },
      drain: async () => {
        await set("defer_transports =")
        await postfixCommand("reload")
        await run({ file: programPath("postqueue"), args: ["-c", configuration, "-f"] })
      },
      stop: () => postfixCommand("stop")
    }
  }
}

/** It demands to be setgid, and takes its task from its name. @param {string} work @param {string} name */
const setgidCopy = (work, name) => {
  const file = path.join(work, name)
  fs.copyFileSync(programPath("smtpctl"), file)
  execFileSync("chown", ["root:opensmtpq", file])
  fs.chmodSync(file, 0o2755)
  return file
}

/** @type {import("./client.mjs").Client} */
export const openSmtpd = {
  name: "OpenSMTPD",
  kind: "daemon",
  missing: needsPrivateRoot("smtpd"),
  drainLimit: 1000,
  install: async ({ port, security, work }) => {
    fs.rmSync("/var/spool/smtpd", { recursive: true, force: true })
    const scheme = { plain: "smtp+notls", starttls: "smtp+tls", implicit: "smtps" }[security]
    const secure = security === "plain" ? "" : " auth <secrets> tls no-verify"
    const label = security === "plain" ? "" : "bench@"
    const configuration = path.join(work, "smtpd.conf")
    writeLines(configuration, [
      `table secrets { bench = "${account.user}:${account.password}" }`,
      "listen on socket",
      `action "relay" relay host ${scheme}://${label}localhost:${port}${secure}`,
      'match from local for any action "relay"'
    ])
    const stop = startDaemon(programPath("smtpd"), ["-d", "-f", configuration])
    await waitFor(() => fs.existsSync("/var/run/smtpd.sock"))
    const [sendmail, smtpctl] = [setgidCopy(work, "sendmail"), setgidCopy(work, "smtpctl")]
    const submit = { file: sendmail, args: ["-i", "-f", sender, recipient] }
    const control = (/** @type {Array<string>} */ ...args) => run({ file: smtpctl, args })
    return {
      submit,
      fill: async (text, count) => {
        await control("pause", "mta")
        await fillBy(submit, text, count)
      },
      drain: () => control("resume", "mta"),
      stop
    }
  }
}
