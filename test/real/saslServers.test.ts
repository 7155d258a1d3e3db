/** The mechanisms that Dovecot with plain passwords does not have, each against a server that somebody else wrote. */
import * as fs from "node:fs"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestCertificates from "../support/Certificates.ts"
import { type RcStatements, renderRc, testCertificates } from "../support/EmbeddedRelay.ts"
import { hasDovecot, makeToken, startDovecot } from "../support/real/Dovecot.ts"
import { hasExim, startExim } from "../support/real/Exim.ts"
import { hasPostfix, startPostfix } from "../support/real/Postfix.ts"
import { runProgram } from "../support/runProgram.ts"
import { makeTempDir, writeFiles } from "../support/TempDir.ts"

const me = "ada@example.org"
/** ASCII: Cyrus widens the octets of a stored password where NTLM wants its characters. */
const password = "horse: battery staple"

const relayFiles = Effect.gen(function* () {
  const directory = yield* makeTempDir
  const { authority, certificate, key } = yield* testCertificates
  writeFiles(directory, { "ca.pem": authority, "cert.pem": certificate, "key.pem": key })
  const file = (name: string) => path.join(directory, name)
  return { authorityPath: file("ca.pem"), certificatePath: file("cert.pem"), keyPath: file("key.pem") }
})

const send = (statements: RcStatements, id: string) =>
  Effect.gen(function* () {
    const home = yield* makeTempDir
    writeFiles(home, { ".esmtprc": renderRc({ identity: me, ...statements }) })
    const stdin = `From: ${me}\nTo: grace@example.net\nMessage-ID: <${id}@example.org>\n\nHello\n`
    return yield* runProgram({ home, args: ["-v", "-f", me, "grace@example.net"], stdin })
  })

describe.runIf(hasPostfix() && hasDovecot())("access tokens, judged by Dovecot for Postfix", () => {
  const tokenKey = "a key that only the issuer and the server know"

  const relay = Effect.gen(function* () {
    const files = yield* relayFiles
    const dovecot = yield* startDovecot({
      users: { ada: password },
      mechanisms: ["xoauth2", "oauthbearer"],
      tokenKey
    })
    const postfix = yield* startPostfix({
      sasl: { dovecotSocket: dovecot.authSocket },
      requireAuth: true,
      tls: files
    })
    return { files, postfix }
  })

  for (const auth of ["XOAUTH2", "OAUTHBEARER"]) {
    it.scopedLive(`are taken and refused with ${auth}`, () =>
      Effect.gen(function* () {
        const { files, postfix } = yield* relay
        const attempt = (token: string) =>
          send(
            {
              hostname: `localhost:${postfix.starttlsPort}`,
              starttls: "required",
              tls_ca_file: files.authorityPath,
              username: me,
              oauth2_token_command: `echo ${token}`,
              auth
            },
            auth
          )
        const taken = yield* attempt(makeToken(tokenKey, me))
        assert.deepStrictEqual([taken.status, taken.stderr], [0, ""], taken.stderr)
        const stored = yield* postfix.sink.waitForMessage(`<${auth}@example.org>`)
        assert.match(stored.content, /\(Authenticated sender: ada@example\.org\)/)
        const refused = yield* attempt(makeToken("another key", me))
        assert.strictEqual(refused.status, 77, refused.stderr)
        assert.match(refused.stderr, /\(auth \w+\): 535 /)
        assert.notInclude(refused.stdout + refused.stderr, makeToken("another key", me).slice(0, 40))
      })
    )
  }
})

describe.runIf(hasPostfix())("NTLM, judged by Cyrus SASL for Postfix", () => {
  it.scopedLive("is taken with the right password, and refused with a wrong one", () =>
    Effect.gen(function* () {
      const files = yield* relayFiles
      const postfix = yield* startPostfix({
        sasl: { users: { ada: password }, mechanisms: ["NTLM"] },
        requireAuth: true,
        tls: files
      })
      const attempt = (secret: string) =>
        send(
          {
            hostname: `localhost:${postfix.starttlsPort}`,
            starttls: "required",
            tls_ca_file: files.authorityPath,
            username: "ada",
            password_command: `printf %s '${secret}'`,
            auth: "NTLM"
          },
          "ntlm"
        )
      const taken = yield* attempt(password)
      assert.deepStrictEqual([taken.status, taken.stderr], [0, ""], `${taken.stderr}${yield* postfix.log}`)
      yield* postfix.sink.waitForMessage("<ntlm@example.org>")
      assert.strictEqual((yield* attempt("wrong")).status, 77)
    })
  )
})

describe.runIf(hasExim())("EXTERNAL, judged by Exim by the client's certificate", () => {
  it.scopedLive("makes the certificate's name the user", () =>
    Effect.gen(function* () {
      const files = yield* relayFiles
      const certificates = yield* TestCertificates.Certificates
      const clients = certificates.authority({ commonName: "Clients" })
      const client = clients.issue({ commonName: "ada", extendedKeyUsage: "clientAuth" })
      const directory = yield* makeTempDir
      writeFiles(directory, { "client.pem": client.certificate, "client.key": client.key })
      const clientCaPath = path.join(path.dirname(files.keyPath), "clients.pem")
      fs.writeFileSync(clientCaPath, clients.certificate)
      fs.chmodSync(path.dirname(files.keyPath), 0o755)
      for (const file of [files.keyPath, files.certificatePath, clientCaPath]) fs.chmodSync(file, 0o644)
      const exim = yield* startExim({ tls: { ...files, clientCaPath }, external: true, requireAuth: true })
      const result = yield* send(
        {
          hostname: `localhost:${exim.port}`,
          starttls: "required",
          tls_ca_file: files.authorityPath,
          tls_certificate: path.join(directory, "client.pem"),
          tls_key: path.join(directory, "client.key"),
          auth: "EXTERNAL"
        },
        "external"
      )
      assert.deepStrictEqual([result.status, result.stderr], [0, ""], `${result.stderr}${yield* exim.log}`)
      yield* exim.sink.waitForMessage("<external@example.org>")
      assert.match(yield* exim.log, /A=external:ada/)
    }).pipe(Effect.provide(TestCertificates.layer))
  )
})
