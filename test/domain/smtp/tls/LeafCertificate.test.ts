import { assert, describe, it, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import { parse } from "../../../../src/domain/smtp/tls/LeafCertificate.ts"
import * as CertificatesFactory from "../../../support/Certificates.ts"
import { requirePart } from "../../../support/requirePart.ts"

const { Certificates } = CertificatesFactory

describe.runIf(requirePart("openssl", "openssl"))("LeafCertificate", () => {
  layer(CertificatesFactory.layer)((it) => {
    it.effect("reads names, key and signature of an EC certificate", () =>
      Effect.gen(function* () {
        const certificates = yield* Certificates
        const leaf = certificates.selfSigned({
          commonName: "ignored.example",
          subjectAltName:
            "DNS:mail.example.com,DNS:*.example.org,IP:192.0.2.7,IP:2001:db8::1,email:a@example.com"
        })
        const parsed = Option.getOrThrow(parse(leaf.der))
        assert.deepStrictEqual(parsed.dnsNames, ["mail.example.com", "*.example.org"])
        assert.deepStrictEqual([...(parsed.ipAddresses[0] ?? [])], [192, 0, 2, 7])
        assert.strictEqual(parsed.ipAddresses[1]?.length, 16)
        assert.deepStrictEqual(parsed.key, { kind: "EC", bits: 256 })
        assert.strictEqual(parsed.signatureHash, "sha256")
      })
    )

    it.effect("measures RSA keys and sees weak hashes", () =>
      Effect.gen(function* () {
        const certificates = yield* Certificates
        const strong = Option.getOrThrow(
          parse(certificates.selfSigned({ key: "rsa2048", digest: "sha384" }).der)
        )
        assert.deepStrictEqual(strong.key, { kind: "RSA", bits: 2048 })
        assert.strictEqual(strong.signatureHash, "sha384")
        const weak = Option.getOrThrow(parse(certificates.selfSigned({ key: "rsa1024", digest: "sha1" }).der))
        assert.deepStrictEqual(weak.key, { kind: "RSA", bits: 1024 })
        assert.strictEqual(weak.signatureHash, "sha1")
      })
    )

    it.effect("finds the hash of an RSASSA-PSS signature in its parameters", () =>
      Effect.gen(function* () {
        const certificates = yield* Certificates
        const leaf = certificates.selfSigned({ key: "rsa2048", pss: true, digest: "sha384" })
        assert.strictEqual(Option.getOrThrow(parse(leaf.der)).signatureHash, "sha384")
      })
    )

    it.effect("knows an Ed25519 key, whose signature has no hash of its own", () =>
      Effect.gen(function* () {
        const certificates = yield* Certificates
        const issuer = certificates.authority({ key: "ed25519" })
        const parsed = Option.getOrThrow(parse(issuer.der))
        assert.deepStrictEqual(parsed.key, { kind: "EdDSA", bits: 256 })
        assert.strictEqual(parsed.signatureHash, undefined)
      })
    )

    it.effect("reads ten thousand names in linear time", () =>
      Effect.gen(function* () {
        const certificates = yield* Certificates
        const names = Array.from({ length: 10_000 }, (_, index) => `DNS:h${index}.example.com`).join(",")
        const leaf = certificates.selfSigned({ subjectAltName: names })
        assert.strictEqual(Option.getOrThrow(parse(leaf.der)).dnsNames.length, 10_000)
      })
    )

    it.effect("survives every truncation and every flipped octet of a certificate", () =>
      Effect.gen(function* () {
        const certificates = yield* Certificates
        const { der } = certificates.selfSigned({ subjectAltName: "DNS:mail.example.com,IP:192.0.2.7" })
        for (let length = 0; length < der.length; length++)
          assert.isTrue(Option.isNone(parse(der.slice(0, length))))
        for (let index = 0; index < der.length; index++) {
          for (const flip of [0x01, 0x80, 0xff]) {
            const damaged = der.slice()
            damaged[index] = (damaged[index] ?? 0) ^ flip
            parse(damaged)
          }
        }
      })
    )
  })
})

describe("LeafCertificate of hostile octets", () => {
  it.prop("never throws", [FastCheck.uint8Array({ maxLength: 400 })], ([octets]) => {
    parse(octets)
  })

  it("refuses lengths that point outside, indefinite ones and long tags", () => {
    for (const octets of [
      [0x30, 0x80],
      [0x30, 0x84, 0xff, 0xff, 0xff, 0xff],
      [0x30, 0x85, 1, 1, 1, 1, 1],
      [0x1f, 0x01, 0x00],
      []
    ]) {
      assert.isTrue(Option.isNone(parse(Uint8Array.from(octets))))
    }
  })
})
