/** The certificate matrix where nothing is configured: the machine's own authorities, and a verdict that counts. */
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as CertificatesFactory from "../support/Certificates.ts"
import * as FakeSmtpServer from "../support/FakeSmtpServer.ts"
import { requirePart } from "../support/requirePart.ts"
import { openingOver, relayAt } from "../support/smtpFixtures.ts"

const { Certificates } = CertificatesFactory
const host = "mail.example.com"

describe.runIf(requirePart("openssl", "openssl"))("without a trust store of the user's", () => {
  layer(CertificatesFactory.layer, { excludeTestServices: true })((it) => {
    it.scoped.each(["enabled", "required", "implicit"] as const)(
      "the machine's authorities decide in mode %s, and nobody else's are taken (RFC 8314 §3) [C21]",
      (mode) =>
        Effect.gen(function* () {
          const certificates = yield* Certificates
          const root = certificates.authority({ commonName: "Root" })
          const leaf = root.issue({ subjectAltName: `DNS:${host}` })
          const bundle = join(certificates.directory, "bundle.pem")
          writeFileSync(bundle, root.certificate)
          const server = yield* FakeSmtpServer.make({
            tls: { certificate: leaf.chain, key: leaf.key },
            implicitTls: mode === "implicit"
          })
          const openingWith = (systemBundles: ReadonlyArray<string>) =>
            openingOver(relayAt(server, { host, tls: { mode } }), {
              systemBundles,
              lookup: () => Effect.succeed(["127.0.0.1"])
            })
          assert.strictEqual(yield* openingWith([bundle]), "ready")
          // Without a bundle there are those that Node brings along.
          assert.strictEqual(yield* openingWith([]), "TlsFailed Certificate")
          assert.strictEqual(yield* openingWith(["/nonexistent", bundle]), "ready")
        })
    )
  })
})
