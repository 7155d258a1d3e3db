/** What the built program tells of a delivery: traces, logs, explanations, checks. */
import * as fs from "node:fs"
import * as http from "node:http"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { makeHome, startEmbeddedRelay } from "../support/EmbeddedRelay.ts"
import { installNames, runProgram, searchPath } from "../support/runProgram.ts"

const message = "From: ada@example.org\nTo: grace@example.net\nBcc: x@example.com\nSubject: hi\n\nbody\n"

const setUp = (statements: Readonly<Record<string, string>> = {}) =>
  Effect.gen(function* () {
    const relay = yield* startEmbeddedRelay({ security: "plain" })
    const home = yield* makeHome({
      identity: "ada@example.org",
      hostname: `127.0.0.1:${relay.port}`,
      tls: "disabled",
      ...statements
    })
    return { relay, home }
  })

/** Shaped as a collector: remembers what is posted, and answers as one. */
const startCollector = Effect.acquireRelease(
  Effect.async<{
    readonly port: number
    readonly bodies: ReadonlyArray<string>
    readonly server: http.Server
  }>((resume) => {
    const bodies: Array<string> = []
    const server = http.createServer((request, response) => {
      let body = `${request.method} ${request.url}\n`
      request.on("data", (chunk: Buffer) => {
        body += chunk.toString()
      })
      request.on("end", () => {
        bodies.push(body)
        response.setHeader("content-type", "application/json").end("{}")
      })
    })
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      const port = typeof address === "object" && address !== null ? address.port : 0
      resume(Effect.succeed({ port, bodies, server }))
    })
  }),
  ({ server }) =>
    Effect.async<void>((resume) => {
      server.closeAllConnections()
      server.close(() => resume(Effect.void))
    })
)

describe("traces", () => {
  it.scopedLive("are a tree of the stages on standard error with -d", () =>
    Effect.gen(function* () {
      const { home } = yield* setUp()
      const { status, stderr } = yield* runProgram({ home, args: ["-t", "-d"], stdin: message })
      assert.strictEqual(status, 0)
      const stages = ["submission", "greeting", "ehlo", "mail", "rcpt", "data", "body", "final-dot"]
      for (const stage of stages) assert.match(stderr, new RegExp(`^[│├└─ ]*${stage} .* ms`, "m"))
    })
  )

  it.scopedLive("stand beside a log of every reply and decision with -d", () =>
    Effect.gen(function* () {
      const { home } = yield* setUp({ timeout: "7s" })
      const { stderr } = yield* runProgram({ home, args: ["-t", "-d"], stdin: message })
      for (const stage of ["greeting", "ehlo", "mail", "data", "body", "final-dot"]) {
        const armed = stderr.match(new RegExp(`message="deadline armed".* stage=${stage}( |$)`, "gm"))
        assert.strictEqual(armed?.length, 1, stage)
      }
      assert.match(stderr, /millis=7000/)
      assert.match(stderr, /message=reply stage=rcpt code=250 .*recipient=x@example.com/)
    })
  )

  it.scopedLive("tell what was agreed with the relay and what it answered", () =>
    Effect.gen(function* () {
      const account = { user: "ada", password: "lovelace" }
      const relay = yield* startEmbeddedRelay({ security: "starttls", account, mechanisms: ["PLAIN"] })
      const home = yield* makeHome({
        identity: "ada@example.org",
        hostname: `localhost:${relay.port}`,
        username: account.user,
        password: account.password,
        tls: "required"
      })
      fs.appendFileSync(path.join(home, ".esmtprc"), `tls_ca_file = "${home}/ca.pem"\n`)
      const { status, stderr } = yield* runProgram({ home, args: ["--trace", "-t"], stdin: message })
      assert.strictEqual(status, 0, stderr)
      assert.match(stderr, /submission .* identity=ada@example.org recipients=2 bytes=\d+ mode=interactive/)
      assert.match(
        stderr,
        /─ tls .* relay=localhost:\d+ address=\S+ protocol=TLSv1\.3 cipher=TLS_\w+ .*certificateExpires=\d{4}-/
      )
      assert.match(stderr, /─ auth .* mechanism=PLAIN replies=235/)
      assert.match(stderr, /─ rcpt .* replies=250 \(2\)/)
      assert.match(stderr, /─ body .* bytes=\d+/)

      yield* runProgram({ home, args: ["-odq", "-t"], stdin: message })
      const queued = yield* runProgram({ home, name: "deliver", args: ["--trace"] })
      assert.match(queued.stderr, /─ queue\.attempt .* queueId=\w+ attempt=1/)
    })
  )

  it.scopedLive("go to a collector as OTLP over HTTP", () =>
    Effect.gen(function* () {
      const { home } = yield* setUp()
      const collector = yield* startCollector
      const { status, stderr } = yield* runProgram({
        home,
        args: ["-t"],
        stdin: message,
        env: { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${collector.port}` }
      })
      assert.deepStrictEqual([status, stderr], [0, ""])
      const posted = collector.bodies.join("\n")
      assert.match(posted, /^POST \/v1\/traces$/m)
      for (const name of ["submission", "ehlo", "final-dot"]) assert.include(posted, `"name":"${name}"`)
      assert.include(posted, '"stringValue":"esmtp"')
    })
  )

  it.scopedLive("that nobody collects cost no message", () =>
    Effect.gen(function* () {
      const { home, relay } = yield* setUp()
      const { status } = yield* runProgram({
        home,
        args: ["-t"],
        stdin: message,
        env: { OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:1" }
      })
      assert.deepStrictEqual([status, relay.messages.length], [0, 1])
    })
  )
})

describe("logs", () => {
  it.scopedLive("have one line a message in a private file that may be rotated", () =>
    Effect.gen(function* () {
      const { home } = yield* setUp()
      const log = path.join(home, "mail.log")
      fs.appendFileSync(path.join(home, ".esmtprc"), `logfile = "${log}"\n`)
      yield* runProgram({ home, args: ["-t"], stdin: message })
      fs.renameSync(log, `${log}.1`)
      yield* runProgram({ home, args: ["-t"], stdin: message })
      for (const file of [log, `${log}.1`]) {
        const lines = fs.readFileSync(file, "utf8").trimEnd().split("\n")
        assert.strictEqual(lines.length, 1)
        for (const field of [
          "from=ada@example.org",
          "to=grace@example.net,x@example.com",
          "status=sent",
          "relay=127.0.0.1:"
        ]) {
          assert.include(lines[0], field)
        }
        assert.strictEqual(fs.statSync(file).mode & 0o777, 0o600)
      }
    })
  )

  it.scopedLive("go to the system's log by its own means", () =>
    Effect.gen(function* () {
      const { home } = yield* setUp({ logfile: "syslog" })
      const bin = installNames(home)
      const fake = path.join(bin, "logger")
      fs.writeFileSync(fake, `#!/bin/sh\nprintf '%s\\n' "$*" >> "${home}/syslog"\n`, { mode: 0o755 })
      yield* runProgram({
        home,
        args: ["-t", "-L", "newsletter"],
        stdin: message,
        env: { PATH: searchPath(bin) }
      })
      assert.match(
        fs.readFileSync(path.join(home, "syslog"), "utf8"),
        /^-p mail\.info -t newsletter -- .*status=sent/
      )
    })
  )

  it.scopedLive("are JSON where that is asked for", () =>
    Effect.gen(function* () {
      const { home } = yield* setUp()
      const { stderr } = yield* runProgram({
        home,
        args: ["-t"],
        stdin: message,
        env: { ESMTP_LOG: "json", ESMTP_LOG_LEVEL: "info" }
      })
      const lines: ReadonlyArray<{
        readonly message: string
        readonly annotations: { readonly status: string }
      }> = stderr
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line))
      assert.deepStrictEqual(
        lines.map(({ message: text, annotations }) => [text, annotations.status]),
        [["outcome", "sent"]]
      )
    })
  )
})

describe("esmtp explain", () => {
  it.scopedLive("tells who sends what to whom and why, and sends nothing", () =>
    Effect.gen(function* () {
      const { home, relay } = yield* setUp()
      const { status, stdout } = yield* runProgram({
        home,
        name: "esmtp",
        args: ["explain", "-t"],
        stdin: message
      })
      assert.strictEqual(status, 0)
      for (const line of [
        "identity: ada@example.org",
        "reverse-path: <ada@example.org> (from From:)",
        "  - Bcc: x@example.com",
        "  <x@example.com> by relay",
        "  TLS: never; TLSv1.2 or later"
      ]) {
        assert.include(stdout.split("\n"), line)
      }
      assert.strictEqual(relay.messages.length, 0)
    })
  )

  it.scopedLive("is -bv too, and JSON for programs", () =>
    Effect.gen(function* () {
      const { home } = yield* setUp()
      const text = yield* runProgram({ home, args: ["-bv", "grace@example.net"] })
      assert.include(text.stdout, "<grace@example.net> by relay")
      const json = yield* runProgram({
        home,
        name: "esmtp",
        args: ["explain", "--json", "grace@example.net"]
      })
      const parsed: { readonly recipients: ReadonlyArray<{ readonly route: string }> } = JSON.parse(
        json.stdout
      )
      assert.deepStrictEqual(
        parsed.recipients.map(({ route }) => route),
        ["relay"]
      )
    })
  )
})

describe("esmtp check", () => {
  it.scopedLive("finds a working relay well", () =>
    Effect.gen(function* () {
      const { home, relay } = yield* setUp()
      const { status, stdout } = yield* runProgram({ home, name: "esmtp", args: ["check"] })
      assert.match(stdout, /^ok {6}address .* answers$/m)
      assert.match(stdout, /^ok {6}capabilities /m)
      assert.deepStrictEqual([status, relay.messages.length], [0, 0])
    })
  )

  it.scopedLive("fails as a delivery would, for monitoring", () =>
    Effect.gen(function* () {
      const home = yield* makeHome({ hostname: "127.0.0.1:1" })
      const { status, stdout } = yield* runProgram({ home, name: "esmtp", args: ["check", "--json"] })
      const report: { readonly findings: ReadonlyArray<{ readonly verdict: string }> } = JSON.parse(stdout)
      assert.strictEqual(status, 75)
      assert.isTrue(report.findings.some(({ verdict }) => verdict === "failed"))
    })
  )

  it.scopedLive("tells all that is wrong with a configuration at once", () =>
    Effect.gen(function* () {
      const home = yield* makeHome({})
      fs.writeFileSync(path.join(home, ".esmtprc"), "tls = perhaps\nnonsense = 1\n", { mode: 0o600 })
      const { status, stdout } = yield* runProgram({ home, name: "esmtp", args: ["check"] })
      assert.strictEqual(stdout.match(/^FAILED +configuration/gm)?.length, 2)
      assert.strictEqual(status, 78)
    })
  )
})
