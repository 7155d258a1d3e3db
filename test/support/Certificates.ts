/**
 * Makes certification authorities, certificates and revocation lists of every kind with the `openssl` command.
 *
 * Everything lives in one private temporary directory that goes away with the scope.
 */
import { execFileSync } from "node:child_process"
import { X509Certificate } from "node:crypto"
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

export type KeyKind = "ec256" | "ec192" | "rsa2048" | "rsa1024" | "ed25519"

export interface CertificateSpec {
  readonly commonName?: string
  /** openssl's text: `DNS:mail.example.com,IP:192.0.2.1`, or `DER:30…`. */
  readonly subjectAltName?: string
  readonly key?: KeyKind
  readonly digest?: "sha256" | "sha384" | "sha1" | "md5"
  readonly pss?: boolean
  /** Days from now. */
  readonly validFrom?: number
  readonly validTo?: number
  readonly extendedKeyUsage?: string
  /** Further lines for the extension section. */
  readonly extensions?: ReadonlyArray<string>
}

export interface AuthoritySpec extends CertificateSpec {
  readonly pathLength?: number
  /** `false` makes a certificate that signs others although it must not. */
  readonly isAuthority?: boolean
}

export interface Certificate {
  readonly certificate: string
  readonly key: string
  readonly certificatePath: string
  readonly keyPath: string
  /** This certificate and its issuers up to, without, the root. */
  readonly chain: string
  readonly der: Uint8Array
  /** SHA-256, lower-case hex. */
  readonly fingerprint: string
}

export interface Authority extends Certificate {
  readonly issue: (spec: CertificateSpec) => Certificate
  readonly subordinate: (spec: AuthoritySpec) => Authority
  readonly revoke: (certificate: Certificate) => void
  /** A revocation list, in PEM. */
  readonly revocationList: (options?: { readonly expired?: boolean }) => string
}

export class Certificates extends Context.Tag("esmtp/test/support/Certificates")<
  Certificates,
  {
    readonly directory: string
    readonly authority: (spec?: AuthoritySpec) => Authority
    readonly selfSigned: (spec: CertificateSpec) => Certificate
    /** `key` locked with `passphrase`, as PKCS #8. */
    readonly encryptKey: (key: string, passphrase: string) => string
  }
>() {}

const keyArguments: Record<KeyKind, ReadonlyArray<string>> = {
  ec256: ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
  ec192: ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:prime192v1"],
  rsa2048: ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
  rsa1024: ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"],
  ed25519: ["-algorithm", "ED25519"]
}

const openssl = (args: ReadonlyArray<string>, input?: string): string =>
  execFileSync("openssl", args, {
    encoding: "utf8",
    stdio: ["pipe", "pipe", "pipe"],
    ...(input === undefined ? {} : { input })
  })

const asTime = (days: number): string =>
  `${new Date(Date.now() + days * 86_400_000).toISOString().replace(/[-:T]/g, "").slice(0, 14)}Z`

/** The directory of an issuer as `openssl ca` wants it. */
const configurationOf = (directory: string, extensions: ReadonlyArray<string>): string =>
  [
    "[ca]",
    "default_ca = here",
    "[here]",
    `database = ${join(directory, "index.txt")}`,
    `serial = ${join(directory, "serial")}`,
    `new_certs_dir = ${directory}`,
    "policy = any",
    "unique_subject = no",
    "default_md = sha256",
    "email_in_dn = no",
    "[any]",
    "commonName = optional",
    "[req]",
    "distinguished_name = name",
    "prompt = no",
    "[name]",
    "[exts]",
    ...extensions,
    ""
  ].join("\n")

const extensionsOf = (spec: AuthoritySpec, isAuthority: boolean): ReadonlyArray<string> => [
  isAuthority && spec.isAuthority !== false
    ? `basicConstraints = critical,CA:TRUE${spec.pathLength === undefined ? "" : `,pathlen:${spec.pathLength}`}`
    : "basicConstraints = critical,CA:FALSE",
  ...(isAuthority ? ["keyUsage = critical,keyCertSign,cRLSign"] : []),
  ...(isAuthority ? [] : [`extendedKeyUsage = ${spec.extendedKeyUsage ?? "serverAuth"}`]),
  ...(spec.subjectAltName === undefined ? [] : [`subjectAltName = ${spec.subjectAltName}`]),
  "subjectKeyIdentifier = hash",
  ...(spec.extensions ?? [])
]

interface Issuer {
  readonly directory: string
  readonly certificatePath: string
  readonly keyPath: string
  readonly chain: string
}

const makeWorkshop = (root: string) => {
  let made = 0

  const signArguments = (spec: CertificateSpec, keyPath: string, issuer: Issuer | undefined) => [
    ...(issuer === undefined
      ? ["-selfsign", "-keyfile", keyPath]
      : ["-cert", issuer.certificatePath, "-keyfile", issuer.keyPath]),
    ...["-startdate", asTime(spec.validFrom ?? -1), "-enddate", asTime(spec.validTo ?? 30)],
    ...["-md", spec.digest ?? "sha256", ...(spec.pss === true ? ["-sigopt", "rsa_padding_mode:pss"] : [])]
  ]

  const make = (
    spec: AuthoritySpec,
    isAuthority: boolean,
    issuer?: Issuer
  ): Certificate & { directory: string } => {
    made += 1
    const directory = join(root, String(made))
    mkdirSync(directory)
    const path = (name: string) => join(directory, name)
    writeFileSync(path("index.txt"), "")
    writeFileSync(path("serial"), "01\n")
    const configuration = configurationOf(issuer?.directory ?? directory, extensionsOf(spec, isAuthority))
    writeFileSync(path("openssl.cnf"), configuration)
    openssl(["genpkey", ...keyArguments[spec.key ?? "ec256"], "-out", path("key.pem")])
    const name = spec.commonName ?? (isAuthority ? `Authority ${made}` : `leaf ${made}`)
    const common = ["-config", path("openssl.cnf")]
    openssl([
      "req",
      "-new",
      ...common,
      "-key",
      path("key.pem"),
      "-subj",
      `/CN=${name}`,
      "-out",
      path("csr.pem")
    ])
    const signing = signArguments(spec, path("key.pem"), issuer)
    const files = ["-in", path("csr.pem"), "-out", path("cert.pem")]
    openssl(["ca", "-batch", "-notext", ...common, "-extensions", "exts", ...signing, ...files])
    const certificate = readFileSync(path("cert.pem"), "utf8")
    const parsed = new X509Certificate(certificate)
    return {
      directory,
      certificate,
      key: readFileSync(path("key.pem"), "utf8"),
      certificatePath: path("cert.pem"),
      keyPath: path("key.pem"),
      chain: issuer === undefined ? certificate : certificate + issuer.chain,
      der: new Uint8Array(parsed.raw),
      fingerprint: parsed.fingerprint256.replaceAll(":", "").toLowerCase()
    }
  }

  const authority = (spec: AuthoritySpec = {}, issuer?: Issuer): Authority => {
    const own = make(spec, true, issuer)
    // A root is not part of the chain that a server sends.
    const self: Issuer = { ...own, chain: issuer === undefined ? "" : own.chain }
    const signing = [
      "-config",
      join(own.directory, "openssl.cnf"),
      "-cert",
      own.certificatePath,
      "-keyfile",
      own.keyPath
    ]
    // The issuer's database belongs to its own directory, not to that of the certificate that signed it.
    writeFileSync(join(own.directory, "crl.cnf"), configurationOf(own.directory, []))
    const keeping = [...signing.slice(2), "-config", join(own.directory, "crl.cnf")]
    return {
      ...own,
      chain: self.chain,
      issue: (leaf) => make(leaf, false, self),
      subordinate: (sub) => authority(sub, self),
      revoke: (certificate) => {
        openssl(["ca", "-batch", ...keeping, "-revoke", certificate.certificatePath])
      },
      revocationList: (options = {}) => {
        const times =
          options.expired === true
            ? ["-crl_lastupdate", asTime(-10), "-crl_nextupdate", asTime(-1)]
            : ["-crl_lastupdate", asTime(-1), "-crl_nextupdate", asTime(10)]
        return openssl(["ca", "-batch", ...keeping, "-gencrl", ...times])
      }
    }
  }

  return Certificates.of({
    directory: root,
    authority: (spec) => authority(spec),
    selfSigned: (spec) => make(spec, false),
    encryptKey: (key, passphrase) =>
      openssl(["pkcs8", "-topk8", "-v2", "aes-256-cbc", "-passout", `pass:${passphrase}`], key)
  })
}

export const layer: Layer.Layer<Certificates> = Layer.scoped(
  Certificates,
  Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "esmtp-certificates-"))),
    (directory) => Effect.sync(() => rmSync(directory, { recursive: true, force: true }))
  ).pipe(Effect.map(makeWorkshop))
)
