/**
 * L2: a password, a token and a passphrase are in nothing that the program says, writes or starts, whatever it is asked
 * to tell and however the server fails. They are looked for in clear, in base64 at its three alignments, and in hex.
 */
import { createPrivateKey } from "node:crypto"
import * as fs from "node:fs"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { makeHome, startEmbeddedRelay, testCertificates } from "../support/EmbeddedRelay.ts"
import type { Scenario } from "../support/FakeSmtpScenario.ts"
import * as FakeSmtpServer from "../support/FakeSmtpServer.ts"
import { builtProgram, type ProgramName, type RunResult, run, runProgram } from "../support/runProgram.ts"

const password = "Canary-Pa55word-of-ada"
const token = "Canary-T0ken-of-ada-1234567890"
const passphrase = "Canary-Pa55phrase-of-ada"
const user = "ada@example.org"

const canaries = { password, token, passphrase }

const message = `From: ${user}\nTo: bob@example.net\nSubject: hi\n\nbody\n`

/** Every way in which a secret may stand in a text. The ends of base64 depend on what stands around it, so they go. */
const disguises = (secret: string): ReadonlyArray<string> => [
  secret,
  encodeURIComponent(secret),
  Buffer.from(secret).toString("hex"),
  ...[0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), Buffer.from(secret)]).toString("base64")
    return text.slice(before === 0 ? 0 : 4, -4)
  })
]

const filesBelow = (directory: string): ReadonlyArray<string> =>
  fs.readdirSync(directory, { withFileTypes: true, recursive: true }).flatMap((entry) => {
    const file = path.join(entry.parentPath, entry.name)
    return entry.isFile() ? [file] : []
  })

/** The files into which the user wrote the secret. */
const isUsersOwn = (file: string): boolean => /\/(?:\.esmtprc|secret\.sh)$/.test(file)

const assertNowhere = (home: string, results: ReadonlyArray<RunResult>): void => {
  const places: ReadonlyArray<readonly [where: string, text: string]> = [
    ...results.flatMap(({ stdout, stderr }) => [["stdout", stdout] as const, ["stderr", stderr] as const]),
    ...filesBelow(home)
      .filter((file) => !isUsersOwn(file))
      .map((file) => [file, fs.readFileSync(file, "latin1")] as const)
  ]
  for (const [name, secret] of Object.entries(canaries)) {
    for (const disguise of disguises(secret)) {
      for (const [where, text] of places) {
        assert.isFalse(text.includes(disguise), `${name} as ${disguise} in ${where}:\n${text.slice(0, 2000)}`)
      }
    }
  }
}

/** All that a server which was told a secret can say of it. */
const echoOf = (secret: string): string =>
  `${secret} ${Buffer.from(secret).toString("base64")} ${Buffer.from(`\0${user}\0${secret}`).toString("base64")}`

const failuresWith = (echo: string): Readonly<Record<string, Scenario>> => ({
  "takes it": {},
  "refuses it": { answers: { AUTH: ["535 5.7.8 no"], response: ["535 5.7.8 no"] } },
  "repeats it in its refusal": {
    answers: { AUTH: [`535 5.7.8 ${echo}`], response: [`535 5.7.8 ${echo}`] }
  },
  "repeats it in a challenge": { answers: { AUTH: [`334 ${Buffer.from(echo).toString("base64")}`] } },
  "repeats it in what is no base64": { answers: { AUTH: [`334 !!${echo}`], response: [`334 !!${echo}`] } },
  "repeats it in what is no reply": {
    answers: { AUTH: [{ bytes: `${echo}\r\n` }], response: [{ bytes: `${echo}\r\n` }] }
  },
  "fails for now": { answers: { AUTH: ["454 4.7.0 later"], response: ["454 4.7.0 later"] } },
  "goes away": { answers: { AUTH: [{ ending: "close" }], response: [{ ending: "close" }] } },
  "repeats it when the message is refused": { answers: { "end-of-data": [`554 5.0.0 ${echo}`] } }
})

const mechanisms = ["PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-256", "XOAUTH2", "OAUTHBEARER"]

const isTokenMechanism = (mechanism: string): boolean =>
  mechanism === "XOAUTH2" || mechanism === "OAUTHBEARER"

interface Invocation {
  readonly name: ProgramName
  readonly args: ReadonlyArray<string>
  readonly env?: Readonly<Record<string, string>>
}

const invocations = (home: string): ReadonlyArray<Invocation> => [
  { name: "sendmail", args: ["-t", "-v", "-d3", "-X", path.join(home, "transcript")] },
  { name: "sendmail", args: ["-t"], env: { ESMTP_LOG: "json", ESMTP_LOG_LEVEL: "all" } },
  { name: "esmtp", args: ["explain", "--json", "-t"] },
  { name: "esmtp", args: ["explain", "-v", "-t"] },
  { name: "esmtp", args: ["check", "-v", "--trace", "--json"] },
  { name: "sendmail", args: ["-t", "-odq"] },
  { name: "deliver", args: ["-v", "--trace"] },
  { name: "mailq", args: ["--json"] }
]

const everything = (home: string) =>
  Effect.forEach(invocations(home), ({ name, args, env }) =>
    runProgram({ home, name, args, stdin: message, ...(env !== undefined && { env }) })
  )

const secretScript = (home: string, secret: string): string => {
  const script = path.join(home, "secret.sh")
  // The command's own complaints are its own; what it prints is the secret.
  fs.writeFileSync(script, `#!/bin/sh\nprintf '%s\\n' '${secret}'\n`, { mode: 0o700 })
  return script
}

const setUp = (scenario: Scenario, mechanism: string, source: "file" | "command") =>
  Effect.gen(function* () {
    const server = yield* FakeSmtpServer.make({
      ...scenario,
      extensions: ["PIPELINING", `AUTH ${mechanism}`]
    })
    const home = yield* makeHome({
      identity: user,
      hostname: `127.0.0.1:${server.port}`,
      tls: "disabled",
      username: user,
      queue_dir: "~/queue",
      logfile: "~/mail.log"
    })
    const isToken = isTokenMechanism(mechanism)
    const command = isToken ? "oauth2_token_command" : "password_command"
    const statement =
      isToken || source === "command"
        ? `${command} = "${secretScript(home, isToken ? token : password)}"`
        : `password = "${password}"`
    fs.appendFileSync(path.join(home, ".esmtprc"), `${statement}\nauth = ${mechanism}\n`)
    return { home, server }
  })

describe("L2: secrets are nowhere to be found", () => {
  for (const [behaviour, scenario] of Object.entries(failuresWith(echoOf(password)))) {
    it.scopedLive(
      `when a server ${behaviour}, with PLAIN and a password in the file`,
      () =>
        Effect.gen(function* () {
          const { home } = yield* setUp(scenario, "PLAIN", "file")
          assertNowhere(home, yield* everything(home))
        }),
      120_000
    )
  }

  for (const mechanism of mechanisms) {
    it.scopedLive(
      `with ${mechanism} and a secret from a command, from a server that repeats it`,
      () =>
        Effect.gen(function* () {
          const secret = isTokenMechanism(mechanism) ? token : password
          const refusal = failuresWith(echoOf(secret))["repeats it in its refusal"] ?? {}
          const { home } = yield* setUp(refusal, mechanism, "command")
          assertNowhere(home, yield* everything(home))
        }),
      120_000
    )
  }

  it.scopedLive("in a configuration that can't be understood", () =>
    Effect.gen(function* () {
      const home = yield* makeHome({ identity: user })
      const faults = [
        `password = "${password}" nonsense`,
        `password ${password} ${password}`,
        `tls perhaps\npassword = "${password}"`,
        `certificate_passphrase = "${password}" "${token}"`
      ]
      const results = yield* Effect.forEach(faults, (fault) =>
        Effect.sync(() => fs.writeFileSync(path.join(home, ".esmtprc"), `${fault}\n`, { mode: 0o600 })).pipe(
          Effect.zipRight(runProgram({ home, args: ["-v", "bob@example.net"], stdin: message }))
        )
      )
      assertNowhere(home, results)
      assert.deepStrictEqual(new Set(results.map(({ status }) => status)), new Set([78]))
    })
  )

  const keys: ReadonlyArray<readonly [what: string, opens: string, tells: RegExp]> = [
    ["opens the key", passphrase, /^$/],
    ["does not open the key", "another one", /private key can't be opened/]
  ]
  for (const [what, opens, tells] of keys) {
    it.scopedLive(`when the passphrase ${what} of a client certificate`, () =>
      Effect.gen(function* () {
        const relay = yield* startEmbeddedRelay({ security: "starttls" })
        const { certificate, key } = yield* testCertificates
        const home = yield* makeHome({
          identity: user,
          hostname: `localhost:${relay.port}`,
          tls: "required",
          certificate_passphrase: passphrase
        })
        const files = ["ca_file", "certificate", "key"].map((name) => `tls_${name} = "${home}/${name}.pem"\n`)
        fs.appendFileSync(path.join(home, ".esmtprc"), files.join(""))
        const locked = createPrivateKey(key).export({
          ...{ type: "pkcs8", format: "pem", cipher: "aes-256-cbc" },
          passphrase: opens
        })
        fs.copyFileSync(path.join(home, "ca.pem"), path.join(home, "ca_file.pem"))
        fs.writeFileSync(path.join(home, "certificate.pem"), certificate)
        fs.writeFileSync(path.join(home, "key.pem"), locked, { mode: 0o600 })
        const results = yield* everything(home)
        assert.match(results[1]?.stderr.match(/private key.*/)?.[0] ?? "", tells)
        assertNowhere(home, results)
      })
    )
  }

  it.scopedLive("when a defect ends the program in the middle of an authentication", () =>
    Effect.gen(function* () {
      const { home } = yield* setUp({}, "PLAIN", "file")
      const saboteur = path.join(home, "saboteur.cjs")
      fs.writeFileSync(
        saboteur,
        `const { Socket } = require("node:net")
         const { write } = Socket.prototype
         Socket.prototype.write = function (data, ...rest) {
           if (Buffer.from(data).toString().startsWith("AUTH")) throw new TypeError("forced")
           return write.call(this, data, ...rest)
         }\n`
      )
      const results = yield* Effect.forEach(
        [["-t"], ["-t", "-v", "-d3", "-X", path.join(home, "transcript")]],
        (args) =>
          run({
            file: process.execPath,
            args: ["--require", saboteur, builtProgram, ...args],
            stdin: message,
            env: { HOME: home }
          })
      )
      for (const { status, stderr } of results) {
        assert.strictEqual(status, 70)
        assert.match(stderr, /^esmtp: internal error: TypeError: forced$/m)
      }
      assertNowhere(home, results)
    })
  )

  it.scopedLive("in the environment or on the command line of what is started", () =>
    Effect.gen(function* () {
      const { home } = yield* setUp({}, "PLAIN", "file")
      const probe = path.join(home, "probe.sh")
      fs.writeFileSync(
        probe,
        `#!/bin/sh\n{ env; tr '\\0' ' ' </proc/$PPID/cmdline; cat /proc/$PPID/comm; } >>"${home}/seen"\ncat >/dev/null\n`,
        { mode: 0o700 }
      )
      const rc = path.join(home, ".esmtprc")
      fs.appendFileSync(rc, `preconnect = "${probe} </dev/null"\nmda = "${probe} %T"\n`)
      const result = yield* runProgram({ home, args: ["-v", "bob@example.net", "local"], stdin: message })
      assert.strictEqual(result.status, 0, result.stderr)
      assert.include(fs.readFileSync(path.join(home, "seen"), "utf8"), "PATH=")
      assertNowhere(home, [result])
    })
  )

  it("if they were there, they would be found", () => {
    for (const before of ["", "x", "xy"]) {
      const text = Buffer.from(`${before}${password}and more`).toString("base64")
      assert.isTrue(disguises(password).some((disguise) => text.includes(disguise)))
    }
  })
})
