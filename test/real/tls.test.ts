/**
 * The built program against a real Postfix with good, bad and stolen certificates: whom it sends mail to, whom it
 * refuses, and that nothing of a message or a password reaches the latter.
 */
import * as fs from "node:fs"
import * as path from "node:path"
import { assert, describe, layer } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Certificates from "../support/Certificates.ts"
import type { PartFailed } from "../support/PartFailed.ts"
import { hasPostfix, type Postfix, type Service, startPostfix } from "../support/real/Postfix.ts"
import { runProgram } from "../support/runProgram.ts"
import { makeTempDir, writeFiles } from "../support/TempDir.ts"

const localhost = { subjectAltName: "DNS:localhost" }

interface Material {
  /** The authority whose certificates are good. */
  readonly authority: Certificates.Authority
  readonly servers: Readonly<Record<string, Certificates.Certificate>>
  readonly client: Certificates.Certificate
  readonly revocations: string
}

const makeMaterial = Effect.gen(function* () {
  const workshop = yield* Certificates.Certificates
  const authority = workshop.authority()
  const revoked = authority.issue(localhost)
  authority.revoke(revoked)
  const material: Material = {
    authority,
    servers: {
      good: authority.issue(localhost),
      chained: authority.subordinate({}).issue(localhost),
      revoked,
      expired: authority.issue({ ...localhost, validFrom: -20, validTo: -1 }),
      premature: authority.issue({ ...localhost, validFrom: 2 }),
      misnamed: authority.issue({ subjectAltName: "DNS:localhost.example" }),
      "named-by-cn": authority.issue({ commonName: "localhost" }),
      weak: authority.issue({ ...localhost, key: "rsa1024" }),
      "self-signed": workshop.selfSigned(localhost),
      foreign: workshop.authority().issue(localhost)
    },
    client: authority.issue({ commonName: "ada", extendedKeyUsage: "clientAuth" }),
    revocations: authority.revocationList()
  }
  return material
})

class Relay extends Context.Tag("esmtp/test/real/tls.test/Relay")<
  Relay,
  Material & { readonly postfix: Postfix }
>() {
  static readonly layer: Layer.Layer<Relay, PartFailed> = Layer.scoped(
    Relay,
    Effect.gen(function* () {
      const material = yield* makeMaterial
      const directory = yield* makeTempDir
      fs.chmodSync(directory, 0o755)
      const server = (name: string, one: Certificates.Certificate, settings = {}): Service => {
        writeFiles(directory, { [`${name}.pem`]: one.chain, [`${name}.key`]: one.key })
        return {
          tls: {
            certificatePath: path.join(directory, `${name}.pem`),
            keyPath: path.join(directory, `${name}.key`)
          },
          settings
        }
      }
      const { authority, servers } = material
      writeFiles(directory, { "ca.pem": authority.certificate })
      fs.chmodSync(path.join(directory, "ca.pem"), 0o644)
      const good = servers["good"] ?? authority
      const postfix = yield* startPostfix({
        services: {
          ...Object.fromEntries(Object.entries(servers).map(([name, one]) => [name, server(name, one)])),
          "asks for a certificate": server("asking", good, {
            smtpd_tls_security_level: "encrypt",
            smtpd_tls_req_ccert: "yes",
            smtpd_tls_CAfile: path.join(directory, "ca.pem")
          }),
          "knows TLS 1.2 only": server("old", good, { smtpd_tls_protocols: "TLSv1.2" }),
          "is implicit": server("implicit", good, {
            smtpd_tls_wrappermode: "yes",
            smtpd_tls_security_level: "encrypt"
          })
        }
      })
      return { ...material, postfix }
    }).pipe(Effect.provide(Certificates.layer))
  )
}

interface Case {
  readonly server: string
  /** Statements of the configuration. `~` is the home, where `files` are. */
  readonly rc: ReadonlyArray<string>
  readonly files?: (material: Material) => Readonly<Record<string, string>>
  readonly modes?: Readonly<Record<string, number>>
  /** Absent: it is delivered. */
  readonly refusal?: readonly [status: number, words: RegExp]
  /** What Postfix writes into the message about the session. */
  readonly received?: RegExp
}

const required = ["tls = required", 'tls_ca_file = "~/ca.pem"']
const credentials = ['username = "ada"', 'password = "secret"']
const clientFiles = ({ client }: Material) => ({ "client.pem": client.certificate, "client.key": client.key })
const withClient = [...required, 'tls_certificate = "~/client.pem"', 'tls_key = "~/client.key"']

const cases: Readonly<Record<string, Case>> = {
  "a certificate of a known authority": { server: "good", rc: required, received: /using TLSv1\.3/ },
  "a chain over an intermediate authority": { server: "chained", rc: required },
  "implicit TLS": {
    server: "is implicit",
    rc: ["tls = implicit", 'tls_ca_file = "~/ca.pem"'],
    received: /using TLSv1/
  },
  "TLS 1.2, which is still allowed": {
    server: "knows TLS 1.2 only",
    rc: required,
    received: /using TLSv1\.2/
  },
  "TLS 1.2 where 1.3 is demanded": {
    server: "knows TLS 1.2 only",
    rc: [...required, "tls_min_version = 1.3"],
    refusal: [75, /TLS version/]
  },
  "an expired certificate": { server: "expired", rc: required, refusal: [77, /expired/] },
  "a certificate of tomorrow": { server: "premature", rc: required, refusal: [77, /not yet valid/] },
  "a certificate for another name": { server: "misnamed", rc: required, refusal: [77, /localhost/] },
  "a name in the subject only": { server: "named-by-cn", rc: required, refusal: [77, /name/] },
  "a short key": { server: "weak", rc: required, refusal: [77, /1024|key/] },
  "a self-signed certificate": { server: "self-signed", rc: required, refusal: [77, /self-signed/] },
  "a certificate of an unknown authority": {
    server: "foreign",
    rc: required,
    refusal: [77, /issuer|authority/]
  },
  "no authority of ours, only the system's": {
    server: "good",
    rc: ["tls = required"],
    refusal: [77, /issuer|authority/]
  },
  "a revoked certificate that nobody looks up": { server: "revoked", rc: required },
  "a revoked certificate": {
    server: "revoked",
    rc: [...required, 'tls_crl_file = "~/crl.pem"'],
    files: ({ revocations }) => ({ "crl.pem": revocations }),
    refusal: [77, /revoked/]
  },
  "a certificate that the list does not have": {
    server: "good",
    rc: [...required, 'tls_crl_file = "~/crl.pem"'],
    files: ({ revocations }) => ({ "crl.pem": revocations })
  },
  "a self-signed certificate that is pinned": {
    server: "self-signed",
    rc: ["tls = required", 'tls_fingerprint = "PIN"']
  },
  "a good certificate in place of the pinned one": {
    server: "good",
    rc: [...required, `tls_fingerprint = "sha256:${"0".repeat(64)}"`],
    refusal: [77, /fingerprint/]
  },
  "a client certificate that is asked for": {
    server: "asks for a certificate",
    rc: withClient,
    files: clientFiles,
    received: /Client CN "ada"/
  },
  "a client certificate that is asked for and not there": {
    server: "asks for a certificate",
    rc: required,
    refusal: [75, /certificate/]
  },
  "a client key that others can read": {
    server: "good",
    rc: withClient,
    files: clientFiles,
    modes: { "client.key": 0o644 },
    refusal: [78, /client\.key.*chmod/s]
  },
  "the store where libESMTP has it": {
    server: "good",
    rc: ["tls = required"],
    files: ({ authority }) => ({ ".config/libesmtp/ca.pem": authority.certificate })
  },
  "the store where libESMTP had it before": {
    server: "good",
    rc: ["tls = required"],
    files: ({ authority }) => ({ ".authenticate/ca.pem": authority.certificate })
  },
  "no verification, as there is nothing to protect": {
    server: "self-signed",
    rc: [],
    received: /using TLSv1/
  },
  "no verification before a password": {
    server: "self-signed",
    rc: credentials,
    refusal: [77, /self-signed/]
  },
  "no TLS at all": { server: "expired", rc: ["tls = disabled"], received: /with ESMTP id/ }
}

const homeFor = ({ server, rc, files, modes }: Case, material: Material, port: number) =>
  Effect.gen(function* () {
    const home = yield* makeTempDir
    const pin = `sha256:${material.servers[server]?.fingerprint ?? ""}`
    const statements = [`hostname = "localhost:${port}"`, ...rc].map((line) => line.replace("PIN", pin))
    const all = { "ca.pem": material.authority.certificate, ...files?.(material) }
    for (const [name, text] of Object.entries(all)) {
      fs.mkdirSync(path.dirname(path.join(home, name)), { recursive: true, mode: 0o700 })
      fs.writeFileSync(path.join(home, name), text, { mode: modes?.[name] ?? 0o600 })
      fs.chmodSync(path.join(home, name), modes?.[name] ?? 0o600)
    }
    writeFiles(home, { ".esmtprc": `${statements.join("\n")}\n` })
    return home
  })

describe.runIf(hasPostfix())("TLS with Postfix", () => {
  layer(Relay.layer, { timeout: "60 seconds", excludeTestServices: true })((it) => {
    for (const [number, [what, one]] of Object.entries(cases).entries()) {
      it.scoped(`${one.refusal === undefined ? "delivers over" : "refuses"} ${what}`, () =>
        Effect.gen(function* () {
          const { postfix, ...material } = yield* Relay
          const home = yield* homeFor(one, material, postfix.portOf(one.server))
          const id = `tls${number}@example.org`
          const stdin = `From: ada@example.org\nTo: grace@example.net\nMessage-ID: <${id}>\n\nbody\n`
          const { status, stderr } = yield* runProgram({ home, args: ["-t"], stdin })
          if (one.refusal === undefined) {
            assert.deepStrictEqual([status, stderr], [0, ""])
            const { content } = yield* postfix.sink.waitForMessage(`<${id}>`)
            assert.match(content, one.received ?? /using TLSv1/)
          } else {
            const [expected, words] = one.refusal
            assert.match(stderr, words)
            assert.strictEqual(stderr.trimEnd().split("\n").length, 1, stderr)
            assert.strictEqual(status, expected, stderr)
            assert.notInclude(yield* postfix.log, id)
          }
        })
      )
    }
  })
})
