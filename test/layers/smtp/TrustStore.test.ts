import { execFileSync } from "node:child_process"
import { X509Certificate } from "node:crypto"
import { chmodSync, chownSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { assert, describe, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type { TlsPolicy } from "../../../src/domain/smtp/Relay.ts"
import { load, type StorePlaces } from "../../../src/layers/smtp/TrustStore.ts"
import * as CertificatesFactory from "../../support/Certificates.ts"
import { requirePart } from "../../support/requirePart.ts"

const { Certificates } = CertificatesFactory

const policy: TlsPolicy = { mode: "required", minVersion: "TLSv1.2" }
const host = "mail.example.com"
const xdg = ".config/libesmtp"
const legacy = ".authenticate"

const put = (path: string, text: string, mode = 0o600) => {
  mkdirSync(dirname(path), { recursive: true, mode: 0o755 })
  writeFileSync(path, text)
  chmodSync(path, mode)
  return path
}

const problemOf = (over: Partial<TlsPolicy>, places: StorePlaces) =>
  Effect.map(Effect.flip(load({ ...policy, ...over }, host, places)), ({ message }) => message)

const world = Effect.gen(function* () {
  const certificates = yield* Certificates
  const home = mkdtempSync(join(certificates.directory, "home-"))
  const root = certificates.authority({ commonName: "Root" })
  const leaf = root.issue({ commonName: "client", extendedKeyUsage: "clientAuth" })
  const path = (...names: ReadonlyArray<string>) => join(home, ...names)
  return { certificates, home, root, leaf, pair: leaf.certificate + leaf.key, path, places: { home } }
})

const subjects = (pem: string | undefined) => new X509Certificate(pem ?? "").subject

describe.runIf(requirePart("openssl", "openssl"))("TrustStore", () => {
  layer(CertificatesFactory.layer)((it) => {
    it.effect("is the system's where the user has none", () =>
      Effect.gen(function* () {
        const { places } = yield* world
        for (const somewhere of [places, {}, { home: "relative" }]) {
          assert.deepStrictEqual(yield* load(policy, host, somewhere), { revocationLists: [] })
        }
      })
    )

    it.effect.each([xdg, legacy])("reads CA list and client certificate from %s", (layout) =>
      Effect.gen(function* () {
        const { root, pair, path, places } = yield* world
        put(path(layout, "ca.pem"), root.certificate, 0o400)
        put(path(layout, "private/smtp-starttls.pem"), pair)
        const material = yield* load(policy, host, places)
        assert.deepStrictEqual(material.authorities, [root.certificate])
        assert.strictEqual(subjects(material.client?.certificate), "CN=client")
        assert.match(material.client?.key ?? "", /BEGIN PRIVATE KEY/)
      })
    )

    it.effect.each([`${xdg}/private/${host}.pem`, `${legacy}/${host}/private/smtp-starttls.pem`])(
      "prefers the certificate for the host in %s to any general one",
      (special) =>
        Effect.gen(function* () {
          const { root, pair, path, places } = yield* world
          const own = root.issue({ commonName: "for this host" })
          put(path(xdg, "private/smtp-starttls.pem"), pair)
          put(path(legacy, "private/smtp-starttls.pem"), pair)
          put(path(special), own.key + own.certificate)
          const material = yield* load(policy, host, places)
          assert.strictEqual(subjects(material.client?.certificate), "CN=for this host")
        })
    )

    it.effect("looks where either XDG variable points, then in ~/.config, then in ~/.authenticate", () =>
      Effect.gen(function* () {
        const { certificates, home, path } = yield* world
        const authorities = ["a", "b", "c", "d"].map(
          (commonName) => certificates.authority({ commonName }).certificate
        )
        const files = ["dir/libesmtp", "xdghome/libesmtp", xdg, legacy].map((name) => path(name, "ca.pem"))
        const places = { home, xdgConfigDir: path("dir"), xdgConfigHome: path("xdghome") }
        for (const index of [3, 2, 1, 0]) {
          put(files[index] ?? "", authorities[index] ?? "")
          const material = yield* load(policy, host, places)
          assert.deepStrictEqual(material.authorities, authorities.slice(index, index + 1))
        }
        const relative = yield* load(policy, host, { home, xdgConfigDir: "dir" })
        assert.deepStrictEqual(relative.authorities, authorities.slice(2, 3))
      })
    )

    it.effect("reads a hashed directory, with or without a list beside it", () =>
      Effect.gen(function* () {
        const { certificates, root, path, places } = yield* world
        const other = certificates.authority({ commonName: "Other" })
        put(path(xdg, "ca/root.pem"), root.certificate, 0o644)
        chmodSync(path(xdg, "ca"), 0o700)
        execFileSync("openssl", ["rehash", path(xdg, "ca")])
        assert.deepStrictEqual((yield* load(policy, host, places)).authorities, [root.certificate])
        put(path(xdg, "ca.pem"), other.certificate)
        assert.deepStrictEqual((yield* load(policy, host, places)).authorities, [
          other.certificate,
          root.certificate
        ])
      })
    )

    it.effect("follows links to the files", () =>
      Effect.gen(function* () {
        const { root, path, places } = yield* world
        mkdirSync(path(xdg), { recursive: true })
        symlinkSync(put(path("dotfiles/ca.pem"), root.certificate), path(xdg, "ca.pem"))
        assert.deepStrictEqual((yield* load(policy, host, places)).authorities, [root.certificate])
      })
    )

    it.effect.each([0o640, 0o604, 0o660, 0o602, 0o610, 0o601])(
      "refuses a CA list of mode %o and says how to cure it",
      (mode) =>
        Effect.gen(function* () {
          const { root, path, places } = yield* world
          const file = put(path(xdg, "ca.pem"), root.certificate, mode)
          const problem = yield* problemOf({}, places)
          assert.strictEqual(
            problem,
            `${file}: others have access to it (mode ${mode.toString(8).padStart(4, "0")}): chmod 600 ${file}`
          )
        })
    )

    it.effect("refuses what is no file, empty, executable or somebody else's", () =>
      Effect.gen(function* () {
        const { root, path, places } = yield* world
        const file = put(path(xdg, "ca.pem"), "")
        assert.match(yield* problemOf({}, places), /ca\.pem: is empty$/)
        put(file, root.certificate, 0o700)
        assert.match(yield* problemOf({}, places), /is executable \(mode 0700\): chmod 600/)
        if (process.getuid?.() === 0) {
          chownSync(put(file, root.certificate), 12_345, 0)
          assert.match(yield* problemOf({}, places), /must be owned by you$/)
        }
        const { path: elsewhere, places: others } = yield* world
        mkdirSync(elsewhere(xdg, "ca.pem"), { recursive: true })
        assert.match(yield* problemOf({}, others), /is not a regular file$/)
      })
    )

    it.effect("refuses a FIFO at once instead of waiting for a writer", () =>
      Effect.gen(function* () {
        const { path, places } = yield* world
        mkdirSync(path(xdg), { recursive: true })
        execFileSync("/usr/bin/mkfifo", ["-m", "600", path(xdg, "ca.pem")])
        assert.match(yield* problemOf({}, places), /is not a regular file$/)
      })
    )

    it.effect("refuses a hashed directory that others may read, or that is not hashed", () =>
      Effect.gen(function* () {
        const { root, path, places } = yield* world
        put(path(xdg, "ca/root.pem"), root.certificate)
        chmodSync(path(xdg, "ca"), 0o755)
        assert.match(yield* problemOf({}, places), /ca: others have access to it \(mode 0755\): chmod 700 /)
        chmodSync(path(xdg, "ca"), 0o500)
        assert.match(yield* problemOf({}, places), /ca: has no hashed certificate: openssl rehash /)
        // Or an ordinary user could not remove it.
        chmodSync(path(xdg, "ca"), 0o700)
      })
    )

    it.effect("refuses a list without certificates, or with a damaged one", () =>
      Effect.gen(function* () {
        const { root, path, places } = yield* world
        const file = put(path(xdg, "ca.pem"), "no PEM at all\n")
        assert.match(yield* problemOf({}, places), /has no certificate in PEM form$/)
        put(file, root.certificate + root.certificate.replace(/MII/, "AAA"))
        assert.match(yield* problemOf({}, places), /has a certificate that can't be read: /)
      })
    )

    it.effect("takes the keywords instead of the stores", () =>
      Effect.gen(function* () {
        const { root, leaf, path, places } = yield* world
        put(path(xdg, "ca.pem"), "broken, but not asked", 0o666)
        put(path(xdg, "private/smtp-starttls.pem"), "broken, but not asked", 0o666)
        const material = yield* load(
          {
            ...policy,
            caFile: put(path("ca.pem"), root.certificate, 0o644),
            crlFile: put(path("crl.pem"), root.revocationList() + root.revocationList(), 0o644),
            certificate: put(path("cert.pem"), leaf.certificate, 0o644),
            key: put(path("key.pem"), leaf.key)
          },
          host,
          places
        )
        assert.deepStrictEqual(material.authorities, [root.certificate])
        assert.strictEqual(material.revocationLists.length, 2)
        assert.strictEqual(subjects(material.client?.certificate), "CN=client")
      })
    )

    it.effect("refuses keyword files that are missing, unsafe or not what they should be", () =>
      Effect.gen(function* () {
        const { root, leaf, pair, path, places } = yield* world
        const key = put(path("key.pem"), leaf.key)
        const certificate = put(path("cert.pem"), leaf.certificate, 0o644)
        const cases: ReadonlyArray<readonly [Partial<TlsPolicy>, RegExp]> = [
          [{ caFile: path("none.pem") }, /none\.pem: ENOENT/],
          [
            { caFile: put(path("writable.pem"), root.certificate, 0o664) },
            /others may write it \(mode 0664\): chmod go-w /
          ],
          [{ crlFile: certificate }, /has no revocation list in PEM form/],
          [
            { crlFile: put(path("crl.pem"), root.revocationList().replace(/MI/, "AA")) },
            /crl\.pem: can't be read/
          ],
          [
            { certificate: put(path("pair.pem"), pair, 0o640) },
            /others have access to it \(mode 0640\): chmod 600 /
          ],
          [{ certificate, key: put(path("open.pem"), leaf.key, 0o644) }, /open\.pem: others have access/],
          [{ certificate, key: path("none.pem") }, /ENOENT/],
          [{ certificate, key: put(path("nokey.pem"), leaf.certificate) }, /has no private key in PEM form/],
          [{ certificate, key: put(path("other.pem"), root.key) }, /private key is not that of .*cert\.pem/],
          [{ certificate: put(path("nocert.pem"), leaf.key), key }, /nocert\.pem: has no certificate/],
          [
            { certificate, key: put(path("bad.pem"), leaf.key.replace(/MI/, "AA")) },
            /private key can't be read/
          ]
        ]
        for (const [over, expected] of cases) assert.match(yield* problemOf(over, places), expected)
      })
    )

    it.effect("opens an encrypted key with the passphrase, and never shows it [T14]", () =>
      Effect.gen(function* () {
        const { certificates, leaf, path, places } = yield* world
        const passphrase = Redacted.make("open sesame")
        const key = certificates.encryptKey(leaf.key, Redacted.value(passphrase))
        const certificate = put(path("cert.pem"), leaf.certificate + key)
        const opened = yield* load({ ...policy, certificate, passphrase }, host, places)
        assert.match(opened.client?.key ?? "", /BEGIN PRIVATE KEY/)
        assert.match(
          yield* problemOf({ certificate }, places),
          /is encrypted and certificate_passphrase is not set$/
        )
        const wrong = yield* problemOf({ certificate, passphrase: Redacted.make("open barley") }, places)
        assert.match(wrong, /can't be opened with certificate_passphrase$/)
        const old = execFileSync(
          "openssl",
          ["rsa", "-aes256", "-traditional", "-passout", "pass:open sesame"],
          {
            input: certificates.selfSigned({ key: "rsa2048" }).key,
            stdio: ["pipe", "pipe", "ignore"]
          }
        ).toString()
        put(certificate, leaf.certificate + old)
        assert.match(yield* problemOf({ certificate, passphrase }, places), /is not that of/)
      })
    )

    it.effect.each(["../../etc", "a/b", "", ".", "..", "host\u0000", "-"])(
      "never looks for a host certificate under the name %j",
      (name) =>
        Effect.gen(function* () {
          const { pair, path, places } = yield* world
          put(path(xdg, "private/smtp-starttls.pem"), pair)
          const material = yield* load(policy, name, places)
          assert.strictEqual(subjects(material.client?.certificate), "CN=client")
        })
    )
  })
})
