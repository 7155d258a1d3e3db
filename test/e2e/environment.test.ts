/**
 * L7: nothing that the built program finds in its environment weakens a TLS session, or carries a secret off.
 *
 * Whoever starts a program may harm himself in other ways (a library that the loader is told to load); what is looked at
 * here leaks into the environment of cron, CI and application servers without anybody thinking of mail.
 */
import * as fs from "node:fs"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { makeHome, testCertificates } from "../support/EmbeddedRelay.ts"
import * as FakeSmtpServer from "../support/FakeSmtpServer.ts"
import { leaksOf } from "../support/leaks.ts"
import { runProgram } from "../support/runProgram.ts"

const password = "Canary-Pa55word-of-the-environment"

type Environment = Readonly<Record<string, string>>

const relayWith = (settings: { readonly minVersion?: "TLSv1"; readonly maxVersion?: "TLSv1.1" } = {}) =>
  Effect.gen(function* () {
    const { certificate, key } = yield* testCertificates
    return yield* FakeSmtpServer.make({
      tls: { certificate, key, ...settings, ...(settings.minVersion && { ciphers: "ALL:@SECLEVEL=0" }) },
      extensionsAfterTls: ["AUTH PLAIN"]
    })
  })

/** In it: `ca.pem`, which would make the server's certificate good, and files that a variable may point to. */
const homeFor = (port: number, trust: "trusting" | "distrusting") =>
  Effect.gen(function* () {
    const home = yield* makeHome({
      identity: "ada@example.org",
      hostname: `localhost:${port}`,
      username: "ada",
      password,
      tls: "required",
      ...(trust === "trusting" && { tls_ca_file: "~/ca.pem" })
    })
    fs.writeFileSync(path.join(home, "openssl.cnf"), weakOpenssl)
    fs.writeFileSync(path.join(home, "preload.cjs"), preloaded)
    fs.mkdirSync(path.join(home, "out"))
    return home
  })

const weakOpenssl = `nodejs_conf = main
openssl_conf = main
[main]
ssl_conf = ssl
[ssl]
system_default = weak
[weak]
MinProtocol = TLSv1
CipherString = ALL:@SECLEVEL=0
Options = UnsafeLegacyRenegotiation
`

/** Trusts everybody, and writes down what goes over the wire and who it was loaded into. */
const preloaded = `
const fs = require("node:fs"), net = require("node:net"), tls = require("node:tls")
fs.appendFileSync(__dirname + "/out/loaded", "once ")
Object.defineProperty(tls.TLSSocket.prototype, "authorized", { get: () => true, set: () => {} })
for (const { prototype } of [net.Socket, tls.TLSSocket]) {
  const write = prototype.write
  prototype.write = function (data, ...rest) {
    fs.appendFileSync(__dirname + "/out/written", data)
    return write.call(this, data, ...rest)
  }
}
`

const send = (home: string, env: Environment) =>
  runProgram({
    home,
    args: ["-f", "ada@example.org", "bob@example.net"],
    stdin: "Subject: x\n\nx\n",
    env: Object.fromEntries(Object.entries(env).map(([name, text]) => [name, text.replaceAll("~", home)]))
  })

const titleOf = (env: Environment): string =>
  Object.entries(env)
    .map(([name, text]) => `${name}=${text}`)
    .join(" ")

const trusting: ReadonlyArray<Environment> = [
  { NODE_TLS_REJECT_UNAUTHORIZED: "0" },
  { NODE_EXTRA_CA_CERTS: "~/ca.pem" },
  { NODE_OPTIONS: "--use-openssl-ca", SSL_CERT_FILE: "~/ca.pem", SSL_CERT_DIR: "~" },
  { SSL_CERT_FILE: "~/ca.pem", SSL_CERT_DIR: "~" },
  { NODE_OPTIONS: "--require ~/preload.cjs" },
  { NODE_OPTIONS: "--import ~/preload.cjs", NODE_TLS_REJECT_UNAUTHORIZED: "0" }
]

const downgrading: ReadonlyArray<Environment> = [
  { NODE_OPTIONS: "--tls-min-v1.0 --tls-max-v1.2 --tls-cipher-list=ALL:@SECLEVEL=0" },
  { OPENSSL_CONF: "~/openssl.cnf" },
  { NODE_OPTIONS: "--openssl-config=~/openssl.cnf --openssl-legacy-provider" }
]

const telling: ReadonlyArray<Environment> = [
  { SSLKEYLOGFILE: "~/out/keys" },
  { NODE_OPTIONS: "--tls-keylog=~/out/keys --trace-tls" },
  { NODE_OPTIONS: "--require ~/preload.cjs" },
  { NODE_OPTIONS: "--inspect=127.0.0.1:0" },
  {
    NODE_OPTIONS: "--report-on-signal --report-on-fatalerror --report-uncaught-exception --report-dir=~/out"
  },
  { NODE_OPTIONS: "--heapsnapshot-signal=SIGUSR2 --heapsnapshot-near-heap-limit=1 --max-old-space-size=512" },
  { NODE_OPTIONS: "--abort-on-uncaught-exception --insecure-http-parser --trace-uncaught" },
  { NODE_DEBUG: "*", NODE_DEBUG_NATIVE: "tls,crypto,http2,quic" },
  { NODE_V8_COVERAGE: "~/out", NODE_REDIRECT_WARNINGS: "~/out/warnings", NODE_PENDING_DEPRECATION: "1" },
  { NODE_PATH: "~", NODE_REPL_HISTORY: "~/out/history", NODE_REPL_EXTERNAL_MODULE: "~/preload.cjs" },
  { UV_THREADPOOL_SIZE: "1", UV_USE_IO_URING: "1", OPENSSL_MODULES: "~", OPENSSL_ENGINES: "~" }
]

const filesIn = (directory: string): ReadonlyArray<string> =>
  fs.readdirSync(directory).map((name) => path.join(directory, name))

describe.concurrent("L7: what the environment holds", () => {
  for (const env of trusting) {
    it.scopedLive(`makes no certificate good: ${titleOf(env)}`, () =>
      Effect.gen(function* () {
        const relay = yield* relayWith()
        const home = yield* homeFor(relay.port, "distrusting")
        const { status, stderr } = yield* send(home, env)
        assert.strictEqual(status, 77, stderr)
        assert.match(stderr, /^esmtp: .*certificate not accepted/m)
        assert.notMatch(stderr, /Warning/)
        assert.deepStrictEqual(relay.connections[0]?.commands.slice(1), ["STARTTLS"])
      })
    )
  }

  for (const env of downgrading) {
    it.scopedLive(`allows no old version of TLS: ${titleOf(env)}`, () =>
      Effect.gen(function* () {
        const relay = yield* relayWith({ minVersion: "TLSv1", maxVersion: "TLSv1.1" })
        const home = yield* homeFor(relay.port, "trusting")
        const { status, stderr } = yield* send(home, env)
        assert.strictEqual(status, 75, stderr)
        assert.match(stderr, /^esmtp: .*TLS handshake failed/m)
      })
    )
  }

  for (const env of telling) {
    it.scopedLive(`carries no secret off: ${titleOf(env)}`, () =>
      Effect.gen(function* () {
        const relay = yield* relayWith()
        const home = yield* homeFor(relay.port, "trusting")
        const { status, stderr, stdout } = yield* send(home, env)
        assert.strictEqual(status, 0, stderr)
        assert.strictEqual(relay.messages().length, 1)
        assert.strictEqual(relay.connections[0]?.tls?.protocol, "TLSv1.3")
        const files = filesIn(path.join(home, "out"))
        const texts = files.map((file) => fs.readFileSync(file, "latin1"))
        assert.deepStrictEqual(leaksOf(password, stdout, stderr, ...texts), [])
        assert.notMatch([stderr, ...texts].join("\n"), /CLIENT_TRAFFIC_SECRET|AUTH PLAIN/)
        const loaded = files.filter((file) => file.endsWith("/loaded"))
        assert.deepStrictEqual(
          loaded.map((file) => fs.readFileSync(file, "utf8")),
          // Into the process that takes nothing in, and not into the other.
          env["NODE_OPTIONS"]?.includes("preload") === true ? ["once "] : []
        )
      })
    )
  }
})
