/**
 * Every SASL mechanism of the built program against a server that somebody else wrote: taken with the right secret;
 * refused once with a wrong one, without a second try, and without a trace of the secret.
 */
import * as fs from "node:fs"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestCertificates from "../support/Certificates.ts"
import { type RcStatements, renderRc, testCertificates } from "../support/EmbeddedRelay.ts"
import { leaksOf } from "../support/leaks.ts"
import { hasDovecot, makeToken, startDovecot } from "../support/real/Dovecot.ts"
import { hasExim, startExim } from "../support/real/Exim.ts"
import { hasGnuSasl, startGnuSaslRelay } from "../support/real/GnuSaslRelay.ts"
import { hasPostfix, startPostfix } from "../support/real/Postfix.ts"
import { runProgram } from "../support/runProgram.ts"
import { makeTempDir, writeFiles } from "../support/TempDir.ts"

const me = "ada@example.org"
const password = "horse: battery staple 42"
const wrong = "a wrong secret, long enough to be found"

/** The relay's certificate for `localhost`, readable to whoever the server runs as. */
const relayFiles = Effect.gen(function* () {
  const directory = yield* makeTempDir
  const { authority, certificate, key } = yield* testCertificates
  writeFiles(directory, { "ca.pem": authority, "cert.pem": certificate, "key.pem": key })
  fs.chmodSync(directory, 0o755)
  for (const name of ["ca.pem", "cert.pem", "key.pem"]) fs.chmodSync(path.join(directory, name), 0o644)
  const file = (name: string) => path.join(directory, name)
  return { authorityPath: file("ca.pem"), certificatePath: file("cert.pem"), keyPath: file("key.pem") }
})

interface Sent {
  readonly status: number | undefined
  readonly stderr: string
  /** AUTH commands in the transcript. */
  readonly attempts: number
  /** Everything that was said. */
  readonly said: ReadonlyArray<string>
}

/** With all the talking that there is: `-v`, debug logs, a span tree and a transcript. */
const send = (statements: RcStatements, id: string) =>
  Effect.gen(function* () {
    const home = yield* makeTempDir
    writeFiles(home, { ".esmtprc": renderRc({ identity: me, starttls: "required", ...statements }) })
    const stdin = `From: ${me}\nTo: grace@example.net\nMessage-ID: <${id}@example.org>\n\nHello\n`
    const transcript = path.join(home, "transcript")
    const args = ["-v", "-d", "-X", transcript, "-f", me, "grace@example.net"]
    const { status, stdout, stderr } = yield* runProgram({ home, args, stdin })
    const traffic = fs.readFileSync(transcript, "utf8")
    const sent: Sent = {
      status,
      stderr,
      attempts: traffic.match(/^C: AUTH /gm)?.length ?? 0,
      said: [stdout, stderr, traffic]
    }
    return sent
  })

const assertTaken = (sent: Sent, log: string, ...secrets: ReadonlyArray<string>) => {
  assert.deepStrictEqual([sent.status, sent.attempts], [0, 1], `${sent.stderr}\n${log}`)
  for (const secret of secrets) assert.deepStrictEqual(leaksOf(secret, ...sent.said), [])
}

const assertRefused = (sent: Sent, log: string, ...secrets: ReadonlyArray<string>) => {
  assert.deepStrictEqual([sent.status, sent.attempts], [77, 1], `${sent.stderr}\n${log}`)
  assert.match(sent.stderr, /authentication refused by localhost:\d+ .*\(auth [A-Z0-9-]+\): (?:.+: )?5\d\d /)
  for (const secret of secrets) assert.deepStrictEqual(leaksOf(secret, ...sent.said), [])
}

/** Sessions that a Postfix has had. */
const sessions = (log: string): number => log.match(/smtpd\[\d+\]: connect from/g)?.length ?? 0

describe.runIf(hasPostfix() && hasDovecot())("Postfix with Dovecot", () => {
  const tokenKey = "a key that only the issuer and the server know"

  const relay = Effect.gen(function* () {
    const files = yield* relayFiles
    const dovecot = yield* startDovecot({
      users: { ada: password },
      mechanisms: ["plain", "login", "cram-md5", "scram-sha-1", "scram-sha-256", "xoauth2", "oauthbearer"],
      tokenKey
    })
    const postfix = yield* startPostfix({
      sasl: { dovecotSocket: dovecot.authSocket },
      requireAuth: true,
      tls: files
    })
    const statements = { hostname: `localhost:${postfix.starttlsPort}`, tls_ca_file: files.authorityPath }
    return {
      postfix,
      statements,
      log: Effect.all([postfix.log, dovecot.log]).pipe(Effect.map((all) => all.join("\n")))
    }
  })

  for (const auth of ["PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256", "auto"]) {
    it.scopedLive(`takes ${auth}, and refuses a wrong password once`, () =>
      Effect.gen(function* () {
        const { log, postfix, statements } = yield* relay
        const taken = yield* send({ ...statements, username: "ada", password, auth }, "taken")
        assertTaken(taken, yield* log, password)
        const { content } = yield* postfix.sink.waitForMessage("<taken@example.org>")
        assert.match(content, /\(Authenticated sender: ada\)/)
        const before = sessions(yield* postfix.log)
        const refused = yield* send({ ...statements, username: "ada", password: wrong, auth }, "refused")
        assertRefused(refused, yield* log, wrong)
        assert.strictEqual(sessions(yield* postfix.log) - before, 1)
        assert.strictEqual((yield* postfix.sink.messages).length, 1)
      })
    )
  }

  for (const auth of ["XOAUTH2", "OAUTHBEARER", "auto"]) {
    it.scopedLive(`takes an access token with ${auth}, and refuses a wrong one once`, () =>
      Effect.gen(function* () {
        const { log, postfix, statements } = yield* relay
        const attempt = (token: string, id: string) =>
          send({ ...statements, username: me, oauth2_token_command: `echo ${token}`, auth }, id)
        const good = makeToken(tokenKey, me)
        assertTaken(yield* attempt(good, "taken"), yield* log, good)
        const { content } = yield* postfix.sink.waitForMessage("<taken@example.org>")
        assert.match(content, /\(Authenticated sender: ada@example\.org\)/)
        const bad = makeToken("another key", me)
        assertRefused(yield* attempt(bad, "refused"), yield* log, bad)
        assert.strictEqual((yield* postfix.sink.messages).length, 1)
      })
    )
  }
})

describe.runIf(hasPostfix())("Postfix with Cyrus SASL", () => {
  for (const auth of ["NTLM", "PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256"]) {
    it.scopedLive(`takes ${auth}, and refuses a wrong password once`, () =>
      Effect.gen(function* () {
        const files = yield* relayFiles
        const postfix = yield* startPostfix({
          sasl: { users: { ada: password }, mechanisms: [auth] },
          requireAuth: true,
          tls: files
        })
        const statements = {
          hostname: `localhost:${postfix.starttlsPort}`,
          tls_ca_file: files.authorityPath,
          username: "ada",
          auth
        }
        const taken = yield* send({ ...statements, password_command: `printf %s '${password}'` }, "taken")
        assertTaken(taken, yield* postfix.log, password)
        yield* postfix.sink.waitForMessage("<taken@example.org>")
        const before = sessions(yield* postfix.log)
        const refused = yield* send({ ...statements, password_command: `printf %s '${wrong}'` }, "refused")
        assertRefused(refused, yield* postfix.log, wrong)
        assert.strictEqual(sessions(yield* postfix.log) - before, 1)
      })
    )
  }
})

describe.runIf(hasExim())("Exim", () => {
  for (const auth of ["PLAIN", "LOGIN", "CRAM-MD5"]) {
    it.scopedLive(`takes ${auth}, and refuses a wrong password once`, () =>
      Effect.gen(function* () {
        const files = yield* relayFiles
        const exim = yield* startExim({ tls: files, users: { ada: password }, requireAuth: true })
        const statements = {
          hostname: `localhost:${exim.port}`,
          tls_ca_file: files.authorityPath,
          username: "ada",
          auth
        }
        assertTaken(yield* send({ ...statements, password }, "taken"), yield* exim.log, password)
        yield* exim.sink.waitForMessage("<taken@example.org>")
        assertRefused(yield* send({ ...statements, password: wrong }, "refused"), yield* exim.log, wrong)
        // Exim tells it in two logs.
        const failures = (yield* exim.log).match(/^.*authenticator failed.*$/gm) ?? []
        assert.strictEqual(new Set(failures).size, 1)
      })
    )
  }

  const clientFiles = Effect.gen(function* () {
    const certificates = yield* TestCertificates.Certificates
    const clients = certificates.authority({ commonName: "Clients" })
    const client = clients.issue({ commonName: "ada", extendedKeyUsage: "clientAuth" })
    const stranger = certificates
      .authority({ commonName: "Strangers" })
      .issue({ commonName: "ada", extendedKeyUsage: "clientAuth" })
    const directory = yield* makeTempDir
    fs.chmodSync(directory, 0o755)
    writeFiles(directory, {
      "client.pem": client.certificate + client.key,
      "stranger.pem": stranger.certificate + stranger.key,
      "locked.pem": client.certificate + certificates.encryptKey(client.key, password),
      "clients.pem": clients.certificate
    })
    fs.chmodSync(path.join(directory, "clients.pem"), 0o644)
    return { directory, clientCaPath: path.join(directory, "clients.pem") }
  })

  const externalRelay = Effect.gen(function* () {
    const files = yield* relayFiles
    const { clientCaPath, directory } = yield* clientFiles
    const exim = yield* startExim({ tls: { ...files, clientCaPath }, external: true, requireAuth: true })
    return {
      exim,
      file: (name: string) => path.join(directory, name),
      statements: { hostname: `localhost:${exim.port}`, tls_ca_file: files.authorityPath }
    }
  })

  for (const auth of ["EXTERNAL", "auto"]) {
    it.scopedLive(`takes a client certificate with auth = ${auth}, a locked key too`, () =>
      Effect.gen(function* () {
        const { exim, file, statements } = yield* externalRelay
        const named = auth === "auto" ? { auth, username: "ada" } : { auth }
        const taken = yield* send({ ...statements, ...named, tls_certificate: file("client.pem") }, "taken")
        assertTaken(taken, yield* exim.log)
        yield* exim.sink.waitForMessage("<taken@example.org>")
        assert.match(yield* exim.log, /A=external:ada/)
        const locked = { tls_certificate: file("locked.pem"), certificate_passphrase: password }
        assertTaken(yield* send({ ...statements, ...named, ...locked }, "locked"), yield* exim.log, password)
      }).pipe(Effect.provide(TestCertificates.layer))
    )
  }

  it.scopedLive("is never asked for EXTERNAL with a certificate that it does not know, nor without one", () =>
    Effect.gen(function* () {
      const { exim, file, statements } = yield* externalRelay
      const unknown = yield* send(
        { ...statements, auth: "EXTERNAL", tls_certificate: file("stranger.pem") },
        "unknown"
      )
      const without = yield* send({ ...statements, auth: "EXTERNAL" }, "without")
      assert.deepStrictEqual(
        [unknown.status, unknown.attempts],
        [77, 0],
        `${unknown.stderr}${yield* exim.log}`
      )
      assert.deepStrictEqual([without.status, without.attempts], [77, 0], without.stderr)
      assert.deepStrictEqual(yield* exim.sink.messages, [])
    }).pipe(Effect.provide(TestCertificates.layer))
  )
})

describe.runIf(hasGnuSasl())("GNU SASL behind a relay", () => {
  const relay = (mechanisms: ReadonlyArray<string>, channel?: "another" | "unlisted") =>
    Effect.gen(function* () {
      const files = yield* relayFiles
      const { certificate, key } = yield* testCertificates
      const gnu = yield* startGnuSaslRelay({
        certificate,
        key,
        user: "ada",
        password,
        mechanisms,
        ...(channel === undefined ? {} : { channel })
      })
      return {
        gnu,
        statements: { hostname: `localhost:${gnu.port}`, tls_ca_file: files.authorityPath, username: "ada" }
      }
    })

  for (const mechanism of [
    "SCRAM-SHA-256-PLUS",
    "SCRAM-SHA-1-PLUS",
    "SCRAM-SHA-256",
    "SCRAM-SHA-1",
    "CRAM-MD5",
    "PLAIN",
    "LOGIN"
  ]) {
    it.scopedLive(`takes ${mechanism}, and refuses a wrong password once`, () =>
      Effect.gen(function* () {
        const { gnu, statements } = yield* relay([mechanism])
        assertTaken(
          yield* send({ ...statements, password, auth: mechanism }, "taken"),
          gnu.replies.join("\n"),
          password
        )
        assert.deepStrictEqual(gnu.attempts, [`AUTH ${mechanism}`])
        assert.strictEqual(gnu.messages.length, 1)
        const refused = yield* send({ ...statements, password: wrong, auth: mechanism }, "refused")
        assertRefused(refused, gnu.replies.join("\n"), wrong)
        assert.deepStrictEqual([gnu.attempts.length, gnu.messages.length], [2, 1])
      })
    )
  }

  it.scopedLive("is asked for the strongest that it has, bound to the channel", () =>
    Effect.gen(function* () {
      const { gnu, statements } = yield* relay([
        "PLAIN",
        "SCRAM-SHA-1",
        "SCRAM-SHA-256",
        "SCRAM-SHA-256-PLUS",
        "SCRAM-SHA-1-PLUS"
      ])
      assertTaken(yield* send({ ...statements, password }, "taken"), gnu.replies.join("\n"), password)
      assert.deepStrictEqual(gnu.attempts, ["AUTH SCRAM-SHA-256-PLUS"])
    })
  )

  it.scopedLive("RFC 5802 §6: refuses whoever sits in the middle, and nothing weaker is tried", () =>
    Effect.gen(function* () {
      const { gnu, statements } = yield* relay(["SCRAM-SHA-256-PLUS", "SCRAM-SHA-256", "PLAIN"], "another")
      const refused = yield* send({ ...statements, password }, "refused")
      assert.deepStrictEqual(
        [refused.status, gnu.attempts],
        [77, ["AUTH SCRAM-SHA-256-PLUS"]],
        refused.stderr
      )
      assert.deepStrictEqual([leaksOf(password, ...refused.said), gnu.messages.length], [[], 0])
    })
  )

  it.scopedLive("RFC 5802 §6: notices that somebody took the bound mechanisms from its list", () =>
    Effect.gen(function* () {
      const { gnu, statements } = yield* relay(["SCRAM-SHA-256", "PLAIN"], "unlisted")
      const refused = yield* send({ ...statements, password }, "refused")
      assert.deepStrictEqual([refused.status, gnu.attempts], [77, ["AUTH SCRAM-SHA-256"]], refused.stderr)
    })
  )
})
