/**
 * One real message through one real SMTP session, on this machine, and what became of it.
 *
 * Needs nothing but Node and npm. Everything it makes is in one temporary directory that is removed at the end.
 */
import { spawn } from "node:child_process"
import { createHash, randomBytes } from "node:crypto"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { build } from "./build.mjs"
import { makeCertificates } from "./certificates.mjs"
import { demoMessage, readPart } from "./demoMessage.mjs"
import { startEmbeddedServer } from "./embeddedServer.mjs"
import { repository } from "./ensureInstalled.mjs"

const account = { user: "ada", password: randomBytes(12).toString("base64url") }
const sender = "ada@example.org"
const visible = ["grace@example.net", "linus@example.com"]
const hidden = "archive@example.org"
const timeoutMillis = 60_000

const isColoured = process.stdout.isTTY === true && process.env["NO_COLOR"] === undefined
/** @param {string} code @param {string} text */
const paint = (code, text) => (isColoured ? `\u001b[${code}m${text}\u001b[0m` : text)
/** @param {string} text */
const say = (text) => process.stdout.write(`${text}\n`)
/** @param {string} text */
const heading = (text) => say(`\n${paint("1", text)}`)
/** @param {string} text */
const block = (text) => {
  for (const line of text.replaceAll("\r", "").replace(/\n$/, "").split("\n")) say(`  ${line}`)
}

/** Runs of base64 lines say nothing to a reader: the middle of each is left out. @param {string} text */
const shortened = (text) =>
  text
    .replaceAll("\r", "")
    .replace(/((?:^[A-Za-z0-9+/]{76}\n){2})((?:^[A-Za-z0-9+/]{76}\n)+)/gm, (_, head, rest) => {
      return `${head}  … ${rest.split("\n").length - 1} more such lines …\n`
    })

/** @param {string} file @param {ReadonlyArray<string>} args @param {Buffer} stdin @param {NodeJS.ProcessEnv} env */
const run = (file, args, stdin, env) =>
  new Promise((resolve, reject) => {
    const child = spawn(file, args, { env, stdio: ["pipe", "pipe", "pipe"], timeout: timeoutMillis })
    /** @type {Array<Buffer>} */
    const stdout = []
    /** @type {Array<Buffer>} */
    const stderr = []
    child.stdout.on("data", (chunk) => stdout.push(chunk))
    child.stderr.on("data", (chunk) => stderr.push(chunk))
    // A child that ends without reading its input is judged by its status.
    child.stdin.on("error", () => {})
    child.on("error", reject)
    child.on("close", (status, signal) =>
      resolve({
        status,
        signal,
        stdout: Buffer.concat(stdout).toString(),
        stderr: Buffer.concat(stderr).toString()
      })
    )
    child.stdin.end(stdin)
  })

/** @param {Buffer} data */
const sha256 = (data) => createHash("sha256").update(data).digest("hex")

/** @param {string} home */
const installNames = (home) => {
  const bin = path.join(home, "bin")
  fs.mkdirSync(bin)
  fs.symlinkSync(path.join(repository, "dist/main.cjs"), path.join(bin, "sendmail"))
  return path.join(bin, "sendmail")
}

/** @param {string} home @param {number} port @param {string} authority */
const configure = (home, port, authority) => {
  const caFile = path.join(home, "ca.pem")
  fs.writeFileSync(caFile, authority)
  const settings = [
    `identity "${sender}"`,
    `    hostname = "localhost:${port}"`,
    `    username = "${account.user}"`,
    `    password = "${account.password}"`,
    `    starttls = required`,
    `    tls_ca_file = "${caFile}"`,
    "    default"
  ].join("\n")
  fs.writeFileSync(path.join(home, ".esmtprc"), `${settings}\n`, { mode: 0o600 })
  return settings.replace(account.password, "…")
}

/**
 * What must be true for the demonstration to have worked.
 * @param {{ status: number | null, transcript: string, received: import("./embeddedServer.mjs").ReceivedMail | undefined,
 *   attachment: Buffer }} facts
 * @returns {ReadonlyArray<readonly [boolean, string]>}
 */
const judge = ({ status, transcript, received, attachment }) => {
  const content = received?.content.toString("latin1") ?? ""
  const arrived = readPart(content, "engine.bin")
  const secrets = [account.password, Buffer.from(`\0${account.user}\0${account.password}`).toString("base64")]
  return [
    [status === 0, `sendmail exited with status ${status}`],
    [received?.isEncrypted === true, "the session was encrypted before anything private was said"],
    [received?.user === account.user, `the relay knows the sender as "${received?.user ?? "nobody"}"`],
    [received?.from === sender, `reverse-path <${received?.from ?? ""}>`],
    [
      received?.to.join() === [...visible, hidden].join(),
      `recipients ${received?.to.map((each) => `<${each}>`).join(", ") ?? "none"}`
    ],
    [
      !/^bcc[ \t]*:/im.test(content) && !content.includes(hidden),
      "the Bcc recipient got it, and nobody else can tell"
    ],
    [/^Message-I[Dd]:/m.test(content) && /^Date:/m.test(content), "Date and Message-ID were added"],
    [
      arrived !== undefined && sha256(arrived) === sha256(attachment),
      `the attachment arrived intact: ${attachment.length} bytes, sha256 ${sha256(attachment).slice(0, 16)}…`
    ],
    [
      content.includes("\r\n.\r\nA line that is one dot"),
      "a line that is one dot arrived as one dot, and ended nothing"
    ],
    [
      transcript !== "" && secrets.every((secret) => !transcript.includes(secret)),
      "the password is nowhere in the transcript"
    ]
  ]
}

/** @param {string} home */
const demonstrate = async (home) => {
  heading("1. A relay on loopback, with STARTTLS and AUTH")
  const certificates = await makeCertificates()
  const server = await startEmbeddedServer({ security: "starttls", certificates, account })
  try {
    say(`  127.0.0.1:${server.port}, certificate for "localhost" from an authority made a moment ago`)

    heading("2. A private configuration, ~/.esmtprc, mode 0600")
    block(configure(home, server.port, certificates.authority))

    const transcriptFile = path.join(home, "traffic")
    const { message, attachment } = demoMessage({ sender, visible, hidden })
    heading("3. $ sendmail -v -X traffic -t < message")
    const env = { PATH: `${path.dirname(process.execPath)}:/usr/bin:/bin`, HOME: home, LANG: "C.UTF-8" }
    const result = await run(installNames(home), ["-v", "-X", transcriptFile, "-t"], message, env)
    block(result.stdout)
    if (result.stderr !== "") block(result.stderr)

    heading("4. The dialogue (-X)")
    const transcript = fs.existsSync(transcriptFile) ? fs.readFileSync(transcriptFile, "utf8") : ""
    block(transcript)

    heading("5. The message as the relay received it")
    const received = server.messages[0]
    block(received === undefined ? "(nothing)" : shortened(received.content.toString("utf8")))

    heading("6. What happened")
    const verdicts = judge({ status: result.status, transcript, received, attachment })
    for (const [isTrue, text] of verdicts)
      say(`  ${isTrue ? paint("32", "✓") : paint("31", "✗ NOT:")} ${text}`)
    return verdicts.every(([isTrue]) => isTrue)
  } finally {
    await server.close()
  }
}

const main = async () => {
  say("Building the program …")
  await build()
  const home = fs.mkdtempSync(path.join(os.tmpdir(), "esmtp-demo-"))
  const cleanUp = () => fs.rmSync(home, { recursive: true, force: true })
  for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM"])) {
    process.once(signal, () => {
      cleanUp()
      process.exit(signal === "SIGINT" ? 130 : 143)
    })
  }
  try {
    const isGood = await demonstrate(home)
    process.exitCode = isGood ? 0 : 1
    heading(
      isGood
        ? "The message went through. Everything made for it is removed again."
        : "It did not go as it must."
    )
  } finally {
    cleanUp()
  }
}

await main()
