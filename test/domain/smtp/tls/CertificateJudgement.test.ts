import { assert, describe, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { type CertificateEvidence, flawOf } from "../../../../src/domain/smtp/tls/CertificateJudgement.ts"
import { cipherBits, endPointHash } from "../../../../src/domain/smtp/tls/TlsParameters.ts"
import * as CertificatesFactory from "../../../support/Certificates.ts"
import { requirePart } from "../../../support/requirePart.ts"

const { Certificates } = CertificatesFactory

const flaw = (evidence: CertificateEvidence) => Option.getOrUndefined(flawOf(evidence))

describe.runIf(requirePart("openssl", "openssl"))("CertificateJudgement", () => {
  layer(CertificatesFactory.layer)((it) => {
    it.effect("accepts a good chain for the right name and nothing else", () =>
      Effect.gen(function* () {
        const certificates = yield* Certificates
        const leaf = certificates.selfSigned({ subjectAltName: "DNS:mail.example.com" }).der
        assert.strictEqual(flaw({ host: "mail.example.com", leaf }), undefined)
        assert.strictEqual(
          flaw({ host: "other.example.com", leaf }),
          "certificate is for mail.example.com, not for other.example.com"
        )
        assert.strictEqual(
          flaw({ host: "mail.example.com", leaf, chainError: "CERT_HAS_EXPIRED" }),
          "certificate has expired"
        )
        assert.match(flaw({ host: "mail.example.com", leaf, chainError: "NEW\u001bCODE" }) ?? "", /NEW\?CODE/)
        assert.strictEqual(flaw({ host: "mail.example.com" }), "server sent no certificate")
        assert.strictEqual(flaw({ host: "a", leaf: Uint8Array.of(1, 2, 3) }), "certificate can't be read")
      })
    )

    it.effect("ignores the common name", () =>
      Effect.gen(function* () {
        const certificates = yield* Certificates
        const exact = certificates.selfSigned({ commonName: "mail.example.com" }).der
        assert.match(flaw({ host: "mail.example.com", leaf: exact }) ?? "", /is for no name/)
        const mixed = certificates.selfSigned({
          commonName: "mail.example.com",
          subjectAltName: "DNS:other.example.com"
        }).der
        assert.match(flaw({ host: "mail.example.com", leaf: mixed }) ?? "", /is for other\.example\.com/)
      })
    )

    it.effect("refuses weak keys and hashes even with a good chain", () =>
      Effect.gen(function* () {
        const certificates = yield* Certificates
        const subjectAltName = "DNS:mail.example.com"
        const judge = (spec: CertificatesFactory.CertificateSpec) =>
          flaw({ host: "mail.example.com", leaf: certificates.selfSigned({ subjectAltName, ...spec }).der })
        assert.match(judge({ key: "rsa1024" }) ?? "", /too weak \(RSA 1024 bits\)/)
        assert.match(judge({ key: "ec192" }) ?? "", /too weak \(EC 192 bits\)/)
        assert.match(judge({ key: "rsa2048", digest: "sha1" }) ?? "", /SHA1/)
        assert.match(judge({ key: "rsa2048", digest: "md5" }) ?? "", /MD5/)
        assert.strictEqual(judge({ key: "rsa2048" }), undefined)
      })
    )

    it.effect("lets a matching fingerprint replace chain and name, and a different one beat both", () =>
      Effect.gen(function* () {
        const certificates = yield* Certificates
        const { der: leaf, fingerprint } = certificates.selfSigned({ subjectAltName: "DNS:mail.example.com" })
        const host = "mail.example.com"
        const self = {
          host: "elsewhere.example",
          leaf,
          fingerprint,
          chainError: "DEPTH_ZERO_SELF_SIGNED_CERT"
        }
        assert.strictEqual(flaw({ ...self, pin: fingerprint }), undefined)
        assert.match(
          flaw({ host, leaf, fingerprint, pin: "0".repeat(64) }) ?? "",
          /fingerprint is sha256:[0-9a-f]{64}, not/
        )
        assert.match(flaw({ ...self, chainError: "CERT_REVOKED", pin: fingerprint }) ?? "", /revoked/)
      })
    )

    it.effect("chooses the hash of tls-server-end-point by the certificate's signature", () =>
      Effect.gen(function* () {
        const certificates = yield* Certificates
        const hash = (spec: CertificatesFactory.CertificateSpec) =>
          Option.getOrUndefined(endPointHash(certificates.selfSigned(spec).der))
        assert.strictEqual(hash({ key: "rsa2048", digest: "sha1" }), "sha256")
        assert.strictEqual(hash({ key: "rsa2048", digest: "md5" }), "sha256")
        assert.strictEqual(hash({ digest: "sha256" }), "sha256")
        assert.strictEqual(hash({ digest: "sha384" }), "sha384")
        assert.deepStrictEqual(endPointHash(certificates.authority({ key: "ed25519" }).der), Option.none())
      })
    )

    it.effect("tells cipher bits by name", () =>
      Effect.sync(() => {
        assert.strictEqual(cipherBits("TLS_AES_256_GCM_SHA384"), 256)
        assert.strictEqual(cipherBits("TLS_CHACHA20_POLY1305_SHA256"), 256)
        assert.strictEqual(cipherBits("ECDHE-RSA-AES128-GCM-SHA256"), 128)
        assert.strictEqual(cipherBits("unheard-of"), 0)
      })
    )
  })
})
