import { existsSync, mkdtempSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as CertificatesFactory from "../../support/Certificates.ts"
import * as FakeSmtpServer from "../../support/FakeSmtpServer.ts"
import { requirePart } from "../../support/requirePart.ts"
import { makeProbe } from "../../support/runProbe.ts"

const { Certificates } = CertificatesFactory

const address = "127.0.0.1"
const host = "mail.example.com"

const world = Effect.gen(function* () {
  const certificates = yield* Certificates
  const directory = mkdtempSync(join(certificates.directory, "env-"))
  const save = (name: string, text: string) => {
    const file = join(directory, name)
    writeFileSync(file, text, { mode: 0o600 })
    return file
  }
  const root = certificates.authority({ commonName: "Root" })
  const leaf = root.issue({ subjectAltName: `DNS:${host}`, key: "rsa2048" })
  const tls = { certificate: leaf.chain, key: leaf.key }
  return { certificates, directory, save, root, tls, run: yield* makeProbe }
})

describe.runIf(requirePart("openssl", "openssl"))("The transport as a process", () => {
  layer(CertificatesFactory.layer, { excludeTestServices: true })((it) => {
    it.scoped(
      "needs no more memory for 256 MiB than for 64 MiB, in clear and over TLS",
      () =>
        Effect.gen(function* () {
          const { run, save, root, tls } = yield* world
          const caFile = save("ca.pem", root.certificate)
          for (const scenario of [{ extensions: ["PIPELINING", "CHUNKING"] }, { extensions: [], tls }]) {
            const server = yield* FakeSmtpServer.make({ ...scenario, discardBodies: true })
            const mode = scenario.tls === undefined ? "disabled" : "required"
            const overrides = { host, timeoutMillis: 60_000, tls: { mode, caFile } } as const
            const peakFor = (mebibytes: number) =>
              Effect.map(run({ port: server.port, address, mebibytes, overrides }), (report) => {
                assert.strictEqual(report.outcome, "delivered 250")
                return report.peakMebibytes
              })
            const [small, large] = [yield* peakFor(64), yield* peakFor(256)]
            assert.isAbove(server.messages()[1]?.wireBytes ?? 0, 256 * 1024 * 1024)
            assert.isBelow(large, small + 30)
            assert.isBelow(large, 150)
          }
        }),
      120_000
    )

    it.scoped(
      "is not weakened by its environment [L7]",
      () =>
        Effect.gen(function* () {
          const { certificates, directory, run, save, root, tls } = yield* world
          const other = save("other.pem", certificates.authority({ commonName: "Other" }).certificate)
          const extra = save("extra.pem", root.certificate)
          const keys = join(directory, "keys.log")
          const weakening: ReadonlyArray<Readonly<Record<string, string>>> = [
            { NODE_TLS_REJECT_UNAUTHORIZED: "0" },
            { NODE_EXTRA_CA_CERTS: extra },
            { SSL_CERT_FILE: extra, SSL_CERT_DIR: directory, NODE_OPTIONS: "--use-openssl-ca" },
            { NODE_OPTIONS: "--tls-min-v1.0 --tls-max-v1.2" }
          ]
          for (const environment of weakening) {
            const server = yield* FakeSmtpServer.make({ tls })
            const overrides = { host, tls: { mode: "required", caFile: other } } as const
            const report = yield* run({ port: server.port, address, mebibytes: 1, overrides }, environment)
            assert.strictEqual(report.outcome, "TlsFailed Certificate", JSON.stringify(environment))
          }
          const old = yield* FakeSmtpServer.make({
            tls: { ...tls, minVersion: "TLSv1", maxVersion: "TLSv1.1" }
          })
          const trusting = { host, tls: { mode: "required", caFile: extra } } as const
          const lenient = { NODE_OPTIONS: "--tls-min-v1.0 --tls-cipher-list=DEFAULT@SECLEVEL=0" }
          const downgraded = yield* run(
            { port: old.port, address, mebibytes: 1, overrides: trusting },
            lenient
          )
          assert.strictEqual(downgraded.outcome, "TlsFailed Handshake")
          const current = yield* FakeSmtpServer.make({ tls })
          const logging = { SSLKEYLOGFILE: keys, NODE_OPTIONS: `--tls-keylog=${keys} --trace-tls` }
          const logged = yield* run(
            { port: current.port, address, mebibytes: 1, overrides: trusting },
            logging
          )
          assert.strictEqual(logged.outcome, "delivered 250")
          assert.strictEqual(current.connections[0]?.tls?.protocol, "TLSv1.3")
          assert.isFalse(existsSync(keys))
          assert.notMatch(logged.stderr, /Client|Handshake|Record/)
        }),
      60_000
    )
  })
})
