/** The built program against the embedded SMTP server: what arrives, and with which exit status. */
import * as fs from "node:fs"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { EmbeddedServerOptions } from "../../scripts/embeddedServer.mjs"
import { makeHome, type RcStatements, startEmbeddedRelay } from "../support/EmbeddedRelay.ts"
import { type ProgramRun, runProgram } from "../support/runProgram.ts"

const account = { user: "ada", password: "correct horse;battery=staple\\\\" }
const written = { username: account.user, password: "correct horse;battery=staple\\\\\\\\" }

/** A relay, a home that points at it, and a way to run `sendmail` there. */
const setUp = (options: Omit<EmbeddedServerOptions, "certificates">, statements: RcStatements = {}) =>
  Effect.gen(function* () {
    const relay = yield* startEmbeddedRelay(options)
    const home = yield* makeHome({
      identity: "ada@example.org",
      hostname: `localhost:${relay.port}`,
      ...statements
    })
    const sendmail = (args: ReadonlyArray<string>, stdin: string, more: Partial<ProgramRun> = {}) =>
      runProgram({ home, args, stdin, ...more })
    return { relay, home, sendmail }
  })

/** Statement that trusts the authority of the embedded relay; the home is known only later. */
const trusting = (home: string): void =>
  fs.appendFileSync(path.join(home, ".esmtprc"), `tls_ca_file = "${path.join(home, "ca.pem")}"\n`)

const message = "From: Ada <ada@example.org>\nTo: grace@example.net\nSubject: hi\n\nbody\n"

describe("sendmail and the embedded server", () => {
  for (const mechanism of ["PLAIN", "LOGIN", "CRAM-MD5"]) {
    for (const security of ["plain", "starttls", "implicit"] as const) {
      it.scopedLive(`delivers with ${mechanism} over ${security}`, () =>
        Effect.gen(function* () {
          const starttls =
            security === "plain" ? "disabled" : security === "starttls" ? "required" : "implicit"
          const { home, relay, sendmail } = yield* setUp(
            { security, account, mechanisms: [mechanism] },
            { ...written, starttls }
          )
          trusting(home)
          const result = yield* sendmail(["-t"], message)
          assert.deepStrictEqual([result.status, result.stdout, result.stderr], [0, "", ""])
          const [received] = relay.messages
          assert.deepStrictEqual(
            [received?.from, received?.to, received?.user, received?.isEncrypted],
            ["ada@example.org", ["grace@example.net"], "ada", security !== "plain"]
          )
        })
      )
    }
  }

  it.scopedLive("keeps the order of recipients, sends a duplicate once, and tells nobody of a Bcc", () =>
    Effect.gen(function* () {
      const { relay, sendmail } = yield* setUp({ security: "plain" })
      const text = `From: ada@example.org\nBcc: hidden@example.com,\n also@example.com\nTo: a@example.net, b@example.net\nCc: a@example.net\n\nx\n`
      const result = yield* sendmail(["-t", "z@example.net"], text)
      assert.strictEqual(result.status, 0, result.stderr)
      const [received] = relay.messages
      assert.deepStrictEqual([...(received?.to ?? [])].sort(), [
        "a@example.net",
        "also@example.com",
        "b@example.net",
        "hidden@example.com",
        "z@example.net"
      ])
      assert.notMatch(received?.content.toString() ?? "", /bcc|hidden|also/i)
    })
  )

  it.scopedLive("sends every line end as CRLF, dots stuffed, and adds what is missing", () =>
    Effect.gen(function* () {
      const { relay, sendmail } = yield* setUp({ security: "plain" })
      const result = yield* sendmail(["grace@example.net"], "Subject: dots\n\n.\n..\r\n.x\nno newline")
      assert.strictEqual(result.status, 0, result.stderr)
      const content = relay.messages[0]?.content.toString() ?? ""
      assert.match(content, /\r\n\r\n\.\r\n\.\.\r\n\.x\r\nno newline\r\n$/)
      assert.notMatch(content, /(^|[^\r])\n|\r(?!\n)/)
      for (const field of [/^Date: /m, /^Message-I[dD]: <[^>]+>\r$/m, /^From: .*ada@example\.org/m]) {
        assert.match(content, field)
      }
    })
  )

  it.scopedLive("tells the refused recipient, the server's words and the stage, one line each", () =>
    Effect.gen(function* () {
      const refuse = (to: string) =>
        to.startsWith("full@")
          ? { code: 452, text: "4.2.2 mailbox full" }
          : { code: 550, text: "5.1.1 no such user" }
      const { relay, sendmail } = yield* setUp({ security: "plain", refuse })
      const permanent = yield* sendmail(["nobody@example.net"], message)
      assert.strictEqual(permanent.status, 67, permanent.stderr)
      assert.match(permanent.stderr, /nobody@example\.net.*550 5\.1\.1 no such user/)
      assert.strictEqual(permanent.stderr.trimEnd().split("\n").length, 1)
      const temporary = yield* sendmail(["full@example.net"], message)
      assert.strictEqual(temporary.status, 75, temporary.stderr)
      assert.match(temporary.stderr, /452 4\.2\.2 mailbox full/)
      assert.deepStrictEqual(relay.messages, [])
    })
  )

  it.scopedLive("fails with 77 where the password is wrong, without a word of it", () =>
    Effect.gen(function* () {
      const { home, relay, sendmail } = yield* setUp(
        { security: "starttls", account },
        { username: "ada", password: "canary-7731", starttls: "required" }
      )
      trusting(home)
      const result = yield* sendmail(["-v", "-d9", "-X", path.join(home, "traffic"), "-t"], message)
      assert.strictEqual(result.status, 77, result.stderr)
      assert.match(result.stderr, /535/)
      const everything = result.stdout + result.stderr + fs.readFileSync(path.join(home, "traffic"), "utf8")
      for (const secret of ["canary-7731", Buffer.from("canary-7731").toString("base64").slice(0, 14)]) {
        assert.notInclude(everything, secret)
      }
      assert.strictEqual(fs.statSync(path.join(home, "traffic")).mode & 0o777, 0o600)
      assert.deepStrictEqual(relay.messages, [])
    })
  )

  it.scopedLive("trusts no certificate from an authority that nobody named", () =>
    Effect.gen(function* () {
      const { relay, sendmail } = yield* setUp(
        { security: "starttls", account },
        { ...written, starttls: "required" }
      )
      const result = yield* sendmail(["-t"], message)
      assert.strictEqual(result.status, 77, result.stderr)
      assert.match(result.stderr, /certificate/i)
      assert.deepStrictEqual(relay.messages, [])
    })
  )

  it.scopedLive("sends nothing in clear where TLS is required and not offered", () =>
    Effect.gen(function* () {
      const { relay, sendmail } = yield* setUp(
        { security: "plain", account },
        { ...written, starttls: "required" }
      )
      const result = yield* sendmail(["-t"], message)
      assert.strictEqual(result.status, 75, result.stderr)
      assert.match(result.stderr, /TLS/)
      assert.deepStrictEqual(relay.messages, [])
    })
  )
})
