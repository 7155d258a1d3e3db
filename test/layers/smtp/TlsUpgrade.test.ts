import { mkdtempSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { recurs } from "effect/Schedule"
import * as Stream from "effect/Stream"
import type { TlsPolicy } from "../../../src/domain/smtp/Relay.ts"
import type { SessionEvent } from "../../../src/domain/telemetry/SessionEvent.ts"
import * as CertificatesFactory from "../../support/Certificates.ts"
import type { Scenario } from "../../support/FakeSmtpScenario.ts"
import * as FakeSmtpServer from "../../support/FakeSmtpServer.ts"
import { requirePart } from "../../support/requirePart.ts"
import { fates, relayAt, sendOver, streamedMessage, verdicts } from "../../support/smtpFixtures.ts"

const { Certificates } = CertificatesFactory

const host = "mail.example.com"
const subjectAltName = `DNS:${host}`
const lookup = () => Effect.succeed(["127.0.0.1"])

interface Presented {
  /** What the server shows, leaf first. */
  readonly certificate: string
  readonly key: string
}

interface Trial {
  readonly tls?: Partial<TlsPolicy>
  readonly trust?: string
  readonly host?: string
  readonly scenario?: Scenario
}

const workshop = Effect.gen(function* () {
  const certificates = yield* Certificates
  const root = certificates.authority({ commonName: "Root" })
  const save = (text: string) => {
    const file = join(mkdtempSync(join(certificates.directory, "f-")), "file.pem")
    writeFileSync(file, text, { mode: 0o600 })
    return file
  }
  const shown = (leaf: CertificatesFactory.Certificate): Presented => ({
    certificate: leaf.chain,
    key: leaf.key
  })

  /** Sends a message to a server with this certificate: `delivered 250`, or the detail of the failure. */
  const attempt = (presented: Presented, trial: Trial = {}) =>
    Effect.gen(function* () {
      const events: Array<SessionEvent> = []
      const server = yield* FakeSmtpServer.make({ tls: presented, ...trial.scenario })
      const relay = relayAt(server, {
        host: trial.host ?? host,
        tls: { mode: "required", caFile: save(trial.trust ?? root.certificate), ...trial.tls }
      })
      const outcome = yield* sendOver(relay, { lookup, events }).pipe(
        Effect.map((results) => verdicts(results).join()),
        Effect.catchTag("TlsFailed", ({ reason, detail }) => Effect.succeed(`${reason}: ${detail}`))
      )
      const established = events.find((event) => event._tag === "TlsEstablished")
      return { outcome, server, facts: established?.tls }
    })
  const verdict = (presented: Presented, trial?: Trial) =>
    Effect.map(attempt(presented, trial), ({ outcome }) => outcome)
  return { certificates, root, save, shown, attempt, verdict }
})

describe.runIf(requirePart("openssl", "openssl"))("TlsUpgrade", () => {
  layer(CertificatesFactory.layer, { excludeTestServices: true })((it) => {
    it.scoped.each(["required", "enabled", "opportunistic", "implicit"] as const)(
      "delivers over TLS in mode %s, with the host's name in SNI [C20]",
      (mode) =>
        Effect.gen(function* () {
          const { root, shown, attempt } = yield* workshop
          const scenario = { implicitTls: mode === "implicit" }
          const leaf = root.issue({ subjectAltName })
          const { outcome, server, facts } = yield* attempt(shown(leaf), { tls: { mode }, scenario })
          assert.strictEqual(outcome, "delivered 250")
          assert.strictEqual(server.connections[0]?.tls?.serverName, host)
          assert.strictEqual(facts?.protocol, "TLSv1.3")
          assert.strictEqual(facts?.unverified, undefined)
          const exporter = Buffer.from(facts?.channelBinding.exporter ?? []).toString("hex")
          assert.strictEqual(exporter, server.connections[0]?.tls?.exporter)
          assert.strictEqual(
            Buffer.from(facts?.channelBinding.serverEndPoint ?? []).toString("hex"),
            leaf.fingerprint
          )
        })
    )

    it.scoped("offers tls-server-end-point alone under TLS 1.2", () =>
      Effect.gen(function* () {
        const { root, shown, attempt } = yield* workshop
        const tls = { ...shown(root.issue({ subjectAltName })), maxVersion: "TLSv1.2" } as const
        const { outcome, facts } = yield* attempt(tls)
        assert.strictEqual(outcome, "delivered 250")
        assert.strictEqual(facts?.protocol, "TLSv1.2")
        assert.strictEqual(facts?.cipherBits, 256)
        assert.deepStrictEqual(Object.keys(facts?.channelBinding ?? {}), ["serverEndPoint"])
      })
    )

    it.scoped("accepts the names of a certificate as RFC 9525 has it [C3, C7, C8]", () =>
      Effect.gen(function* () {
        const { root, shown, verdict } = yield* workshop
        const cases: ReadonlyArray<readonly [san: string, host: string]> = [
          ["DNS:*.example.com", host],
          ["DNS:MAIL.example.COM", "mail.EXAMPLE.com."],
          ["DNS:xn--bcher-kva.example", "bücher.example"],
          ["IP:127.0.0.1", "127.0.0.1"],
          ["DNS:other.example.com,DNS:mail.example.com", host]
        ]
        for (const [san, name] of cases) {
          const leaf = shown(root.issue({ subjectAltName: san, commonName: "unrelated" }))
          assert.strictEqual(yield* verdict(leaf, { host: name }), "delivered 250", san)
        }
      })
    )

    it.scoped("sends no SNI for an address [C20]", () =>
      Effect.gen(function* () {
        const { root, shown, attempt } = yield* workshop
        const { server } = yield* attempt(shown(root.issue({ subjectAltName: "IP:127.0.0.1" })), {
          host: "127.0.0.1"
        })
        assert.strictEqual(server.connections[0]?.tls?.serverName, false)
      })
    )

    it.scoped("refuses certificates that name somebody else [C1, C2, C3, C4, C5, C6, C7]", () =>
      Effect.gen(function* () {
        const { root, shown, verdict } = yield* workshop
        // dNSName "mail.example.com\0.evil.example", as DER.
        const withNul = `DER:30:21:82:1f:${Buffer.from("mail.example.com\0.evil.example\0").toString("hex").match(/../g)?.join(":")}`
        const cases: ReadonlyArray<CertificatesFactory.CertificateSpec & { readonly host?: string }> = [
          { commonName: host },
          { commonName: "*.example.com" },
          { commonName: host, subjectAltName: "DNS:other.example.com" },
          { subjectAltName: "DNS:m*.example.com" },
          { subjectAltName: "DNS:*.com" },
          { subjectAltName: "DNS:mail.*.com" },
          { subjectAltName: "DNS:*" },
          { subjectAltName: "DNS:mail.example.co,DNS:xmail.example.com,DNS:mail.example.com.evil" },
          { subjectAltName: withNul },
          { subjectAltName: "DNS:127.0.0.1", host: "127.0.0.1" },
          { commonName: "127.0.0.1", host: "127.0.0.1" },
          { subjectAltName: "IP:127.0.0.2", host: "127.0.0.1" },
          { subjectAltName: "DNS:*.example.com", host: "example.com" },
          { subjectAltName: "DNS:*.example.com", host: "a.b.example.com" }
        ]
        for (const { host: name = host, ...spec } of cases) {
          const outcome = yield* verdict(shown(root.issue(spec)), { host: name })
          assert.match(outcome, /^Certificate: certificate is for .*, not for /, JSON.stringify(spec))
        }
      })
    )

    it.scoped(
      "refuses certificates that are out of date, of the wrong kind, or weak [C9, C10, C11, C15]",
      () =>
        Effect.gen(function* () {
          const { root, shown, verdict } = yield* workshop
          const cases: ReadonlyArray<readonly [CertificatesFactory.CertificateSpec, RegExp]> = [
            [{ validTo: -0.5 }, /has expired/],
            [{ validFrom: 1 }, /not yet valid/],
            [{ extendedKeyUsage: "clientAuth" }, /not meant for this use/],
            [{ key: "rsa1024" }, /too weak \(RSA 1024 bits\)/],
            [{ key: "ec192" }, /too weak|Handshake/],
            [{ key: "rsa2048" }, /delivered 250/],
            [{ key: "ed25519" }, /delivered 250/]
          ]
          for (const [spec, expected] of cases) {
            assert.match(yield* verdict(shown(root.issue({ subjectAltName, ...spec }))), expected)
          }
          const rsa = (yield* Certificates).authority({ key: "rsa2048" })
          const weak = shown(rsa.issue({ subjectAltName, digest: "sha1" }))
          assert.match(yield* verdict(weak, { trust: rsa.certificate }), /signature is too weak \(SHA1\)/)
        })
    )

    it.scoped("refuses chains that lead nowhere, or where they must not [C12, C13, C14]", () =>
      Effect.gen(function* () {
        const { certificates, root, shown, verdict } = yield* workshop
        const stranger = certificates.authority({ commonName: "Stranger" })
        const middle = root.subordinate({ commonName: "Middle" })
        const expired = root.subordinate({ commonName: "Expired", validTo: -0.5 })
        const fake = root.subordinate({ commonName: "Fake", isAuthority: false })
        const short = root.subordinate({ commonName: "Short", pathLength: 0 })
        const bounded = root.subordinate({
          extensions: ["nameConstraints = critical,permitted;DNS:example.org"]
        })
        const weak = root.subordinate({ commonName: "Weak", key: "rsa1024" })
        const through = (issuer: CertificatesFactory.Authority) => shown(issuer.issue({ subjectAltName }))
        const leaf = middle.issue({ subjectAltName })
        assert.strictEqual(yield* verdict(shown(leaf)), "delivered 250")
        const reversed = {
          certificate: leaf.certificate + root.certificate + middle.certificate,
          key: leaf.key
        }
        assert.strictEqual(yield* verdict(reversed), "delivered 250")
        const cases: ReadonlyArray<readonly [Presented, RegExp]> = [
          [shown(certificates.selfSigned({ subjectAltName })), /self-signed certificate/],
          [through(stranger), /issuer/],
          [{ certificate: leaf.certificate, key: leaf.key }, /issuer/],
          [through(expired), /has expired/],
          [through(fake), /not meant for this use/],
          [through(short.subordinate({})), /longer than one of its issuers allows/],
          [through(bounded), /breaks a rule/],
          [through(weak), /breaks a rule/]
        ]
        for (const [presented, expected] of cases) assert.match(yield* verdict(presented), expected)
        const ownLeaf = stranger.issue({ subjectAltName })
        const withRoot = { certificate: ownLeaf.certificate + stranger.certificate, key: ownLeaf.key }
        assert.match(yield* verdict(withRoot), /root that is not trusted/)
      })
    )

    it.scoped("bears a chain of a hundred certificates and a leaf of ten thousand names [C19]", () =>
      Effect.gen(function* () {
        const { root, shown, verdict } = yield* workshop
        const names = Array.from({ length: 10_000 }, (_, index) => `DNS:h${index}.example.com`).join(",")
        const many = yield* verdict(shown(root.issue({ subjectAltName: names })), {
          host: "h9999.example.com"
        })
        // OpenSSL takes no certificate message of more than 100 KiB: a refusal of its own, and a clear one.
        assert.match(many, /delivered 250|^Handshake: excessive message size/)
        const thousand = Array.from({ length: 1000 }, (_, index) => `DNS:h${index}.example.com`).join(",")
        const some = yield* verdict(shown(root.issue({ subjectAltName: thousand })), {
          host: "h999.example.com"
        })
        assert.strictEqual(some, "delivered 250")
        const leaf = root.issue({ subjectAltName })
        const padded = { certificate: leaf.certificate + root.certificate.repeat(100), key: leaf.key }
        assert.match(yield* verdict(padded), /delivered 250|^Handshake/)
      })
    )

    it.scoped("trusts a self-signed leaf that stands in the trust store [C18]", () =>
      Effect.gen(function* () {
        const { certificates, shown, verdict } = yield* workshop
        const leaf = certificates.selfSigned({ subjectAltName })
        assert.strictEqual(yield* verdict(shown(leaf), { trust: leaf.certificate }), "delivered 250")
      })
    )

    it.scoped("obeys a revocation list: revoked, expired, of another issuer [C16]", () =>
      Effect.gen(function* () {
        const { certificates, root, save, shown, verdict } = yield* workshop
        const good = root.issue({ subjectAltName })
        const bad = root.issue({ subjectAltName })
        root.revoke(bad)
        const withList = (list: string, more: Partial<TlsPolicy> = {}) => ({
          tls: { crlFile: save(list), ...more }
        })
        const current = withList(root.revocationList())
        assert.strictEqual(yield* verdict(shown(good), current), "delivered 250")
        assert.match(yield* verdict(shown(bad), current), /has been revoked/)
        assert.match(
          yield* verdict(shown(good), withList(root.revocationList({ expired: true }))),
          /list has expired/
        )
        const foreign = certificates.authority({ commonName: "Stranger" }).revocationList()
        assert.match(yield* verdict(shown(good), withList(foreign)), /no certificate revocation list/)
        const pinned = withList(root.revocationList(), { fingerprint: bad.fingerprint })
        assert.match(yield* verdict(shown(bad), pinned), /has been revoked/)
      })
    )

    it.scoped("takes a pinned certificate as it is, and no other one [C17]", () =>
      Effect.gen(function* () {
        const { certificates, root, shown, verdict } = yield* workshop
        const own = certificates.selfSigned({ commonName: "anything", validTo: -0.5 })
        assert.strictEqual(
          yield* verdict(shown(own), { tls: { fingerprint: own.fingerprint } }),
          "delivered 250"
        )
        const vouched = shown(root.issue({ subjectAltName }))
        assert.match(
          yield* verdict(vouched, { tls: { fingerprint: own.fingerprint } }),
          /^Certificate: certificate fingerprint/
        )
      })
    )

    it.scoped("goes on with a bad certificate only in mode opportunistic, and says so [C22]", () =>
      Effect.gen(function* () {
        const { certificates, shown, attempt, verdict } = yield* workshop
        const leaf = shown(certificates.selfSigned({ subjectAltName }))
        const { outcome, facts } = yield* attempt(leaf, { tls: { mode: "opportunistic" } })
        assert.strictEqual(outcome, "delivered 250")
        assert.strictEqual(facts?.unverified, "self-signed certificate")
        for (const mode of ["enabled", "required"] as const) {
          assert.match(yield* verdict(leaf, { tls: { mode } }), /^Certificate: self-signed/)
        }
        assert.match(
          yield* verdict(leaf, { tls: { mode: "implicit" }, scenario: { implicitTls: true } }),
          /^Certificate/
        )
      })
    )

    it.scoped("says nothing over a connection whose certificate it refuses", () =>
      Effect.gen(function* () {
        const { certificates, shown, attempt } = yield* workshop
        const { server } = yield* attempt(shown(certificates.selfSigned({ subjectAltName })))
        yield* server.closed
        assert.deepStrictEqual(server.connections[0]?.commands, ["EHLO client.example", "STARTTLS"])
      })
    )

    it.scoped("refuses old versions, old ciphers and anonymous key exchange [T12]", () =>
      Effect.gen(function* () {
        const { root, shown, verdict } = yield* workshop
        const leaf = { ...shown(root.issue({ subjectAltName, key: "rsa2048" })) }
        const against = (settings: Partial<NonNullable<Scenario["tls"]>>, tls: Partial<TlsPolicy> = {}) =>
          verdict(leaf, { scenario: { tls: { ...leaf, ...settings } }, tls })
        assert.match(
          yield* against({ minVersion: "TLSv1", maxVersion: "TLSv1.1" }),
          /^Handshake: the server offers no TLS version that is allowed$/
        )
        assert.match(
          yield* against({ maxVersion: "TLSv1.2" }, { minVersion: "TLSv1.3" }),
          /^Handshake: the server offers no TLS/
        )
        for (const ciphers of [
          "AES128-SHA",
          "NULL-SHA256",
          "AECDH-AES256-SHA",
          "ADH-AES256-GCM-SHA384",
          "PSK-AES128-GCM-SHA256"
        ]) {
          const outcome = yield* against({ maxVersion: "TLSv1.2", ciphers: `${ciphers}@SECLEVEL=0` })
          assert.match(outcome, /^Handshake: the server refused the handshake/, ciphers)
        }
      })
    )

    it.scoped("shows its client certificate, and explains a server that misses one [T14]", () =>
      Effect.gen(function* () {
        const { certificates, root, save, shown, attempt } = yield* workshop
        const clients = certificates.authority({ commonName: "Clients" })
        const mine = clients.issue({ commonName: "me", extendedKeyUsage: "clientAuth" })
        const leaf = { ...shown(root.issue({ subjectAltName })), clientAuthority: clients.certificate }
        const shownMine = yield* attempt(leaf, { tls: { certificate: save(mine.certificate + mine.key) } })
        assert.strictEqual(shownMine.outcome, "delivered 250")
        assert.isTrue(shownMine.facts?.hasClientCertificate)
        assert.strictEqual(shownMine.server.connections[0]?.tls?.clientName, "CN=me")
        const missing = yield* attempt(leaf)
        assert.strictEqual(
          missing.outcome,
          "Handshake: the server demands a client certificate (tls_certificate)"
        )
        const old = yield* attempt(leaf, { scenario: { tls: { ...leaf, maxVersion: "TLSv1.2" } } })
        assert.match(old.outcome, /^Handshake: the server refused the handshake \(.*client certificate\)/)
      })
    )

    it.scoped(
      "takes the end of TLS before the whole reply for a loss in doubt, never for success [T11]",
      () =>
        Effect.gen(function* () {
          const { root, shown } = yield* workshop
          const tls = shown(root.issue({ subjectAltName }))
          for (const bytes of ["", "2", "250 queued", "250-queued\r\n"]) {
            for (const ending of ["close", "reset", "half-close"] as const) {
              const server = yield* FakeSmtpServer.make({
                tls,
                answers: { "end-of-data": [{ bytes, ending }] }
              })
              const relay = relayAt(server, { host, tls: { mode: "opportunistic" } })
              const fate = fates(yield* sendOver(relay, { lookup })).join()
              assert.strictEqual(fate, "ConnectFailed Lost final-dot", `${bytes} ${ending}`)
            }
          }
        })
    )

    it.scoped("honours a refusal in the middle of a message over TLS [H20]", () =>
      Effect.gen(function* () {
        const { root, shown } = yield* workshop
        const tls = shown(root.issue({ subjectAltName }))
        const midBody = {
          afterBytes: 200_000,
          answer: { bytes: "552 5.3.4 too big\r\n", ending: "close" }
        } as const
        const server = yield* FakeSmtpServer.make({ tls, midBody, discardBodies: true })
        const relay = relayAt(server, { host, tls: { mode: "opportunistic" } })
        const chunk = new Uint8Array(64 * 1024).fill(97)
        const body = Stream.repeat(Stream.make(chunk), recurs(500))
        const results = yield* sendOver(relay, { lookup, message: streamedMessage(body, 501 * chunk.length) })
        assert.strictEqual(fates(results).join(), "MessageRejected Refused body")
      })
    )
  })
})
