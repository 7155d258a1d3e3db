/**
 * Which certification authorities a session trusts, and which certificate of its own it can show.
 *
 * The keywords of the configuration come first, then libESMTP's two layouts (XDG, then `~/.authenticate`), then the
 * system's bundle. Everything is read and understood before the first byte is sent: a bad file ends the attempt, as a
 * session that should have been verified must never go on without.
 *
 * Source: esmtp: libESMTP smtp-tls.c (`starttls_create_ctx`), tlsutils.c (`user_pathname`, `host_pathname`).
 * Deviations: `<host>` is the configured name, never the one that DNS makes of it; a hashed directory without a hashed
 * file, an encrypted key that does not open, and a key that does not fit its certificate are errors.
 */
import { isAbsolute, join } from "node:path"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type { TlsPolicy } from "../../domain/smtp/Relay.ts"
import { readExisting, readFile, readHashedDirectory, StoreProblem } from "./TrustFiles.ts"

/** Where the user's stores may be. */
export interface StorePlaces {
  readonly home?: string
  readonly xdgConfigDir?: string
  readonly xdgConfigHome?: string
}

/** A certificate of the client and its key; not encrypted any more. */
export interface ClientCertificate {
  readonly path: string
  readonly certificate: string
  readonly key: string
}

export interface TrustMaterial {
  /** PEM texts; absent: the system's authorities. */
  readonly authorities?: ReadonlyArray<string>
  /** PEM of single lists. */
  readonly revocationLists: ReadonlyArray<string>
  readonly client?: ClientCertificate
}

interface Layout {
  readonly base: string
  readonly hostCertificate: (host: string) => string
}

const clientFile = join("private", "smtp-starttls.pem")

const layouts = ({ home, xdgConfigDir, xdgConfigHome }: StorePlaces): ReadonlyArray<Layout> => {
  const given = [xdgConfigDir, xdgConfigHome].filter((path) => path !== undefined && isAbsolute(path))
  const homes = home === undefined || !isAbsolute(home) ? [] : [home]
  const configs = [...given, ...homes.map((path) => join(path, ".config"))]
  return [
    ...Array.from(new Set(configs), (config) => {
      const base = join(config ?? "", "libesmtp")
      return { base, hostCertificate: (host: string) => join(base, "private", `${host}.pem`) }
    }),
    ...homes.map((path) => {
      const base = join(path, ".authenticate")
      return { base, hostCertificate: (host: string) => join(base, host, clientFile) }
    })
  ]
}

const pemBlocks = (text: string, kind: "CERTIFICATE" | "X509 CRL"): ReadonlyArray<string> => {
  const type = kind === "CERTIFICATE" ? "(?:X509 |TRUSTED )?CERTIFICATE" : "X509 CRL"
  return text.match(new RegExp(`-----BEGIN ${type}-----[^-]+-----END ${type}-----`, "g")) ?? []
}

const privateKeyBlock = /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----[\s\S]+?-----END (?:[A-Z]+ )*PRIVATE KEY-----/

const loadCrypto = Effect.promise(() => import("node:crypto"))

/** The library's reason names neither secret nor input. */
const reasonOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))

const checkCertificates = Effect.fn("TrustStore.checkCertificates")(function* (path: string, text: string) {
  const { X509Certificate } = yield* loadCrypto
  const blocks = pemBlocks(text, "CERTIFICATE")
  if (blocks.length === 0) return yield* new StoreProblem({ path, detail: "has no certificate in PEM form" })
  // OpenSSL's TRUSTED form carries trailing data that only the TLS library itself understands.
  yield* Effect.forEach(
    blocks.filter((block) => !block.includes("TRUSTED")),
    (block) =>
      Effect.try({
        try: () => new X509Certificate(block),
        catch: (cause) =>
          new StoreProblem({ path, detail: `has a certificate that can't be read: ${reasonOf(cause)}` })
      }),
    { discard: true }
  )
})

/** A CA list and a hashed directory of one layout; either makes the store count. */
const authoritiesIn = Effect.fn("TrustStore.authoritiesIn")(function* ({ base }: Layout) {
  const listPath = join(base, "ca.pem")
  const list = yield* readFile(listPath, "store")
  if (Option.isSome(list)) yield* checkCertificates(listPath, list.value)
  const directory = yield* readHashedDirectory(join(base, "ca"))
  const texts = [...Option.toArray(list), ...Option.getOrElse(directory, () => [])]
  return texts.length === 0 ? Option.none() : Option.some(texts)
})

const firstSome = <A, B>(
  candidates: ReadonlyArray<A>,
  look: (candidate: A) => Effect.Effect<Option.Option<B>, StoreProblem>
): Effect.Effect<Option.Option<B>, StoreProblem> =>
  Effect.reduce(candidates, Option.none<B>(), (found, candidate) =>
    Option.isSome(found) ? Effect.succeed(found) : look(candidate)
  )

const authorities = Effect.fn("TrustStore.authorities")(function* (policy: TlsPolicy, places: StorePlaces) {
  if (policy.caFile === undefined) return yield* firstSome(layouts(places), authoritiesIn)
  const text = yield* readExisting(policy.caFile, "public")
  yield* checkCertificates(policy.caFile, text)
  return Option.some([text])
})

const revocationLists = Effect.fn("TrustStore.revocationLists")(function* (path: string | undefined) {
  if (path === undefined) return []
  const text = yield* readExisting(path, "public")
  const lists = pemBlocks(text, "X509 CRL")
  if (lists.length === 0)
    return yield* new StoreProblem({ path, detail: "has no revocation list in PEM form" })
  const { createSecureContext } = yield* Effect.promise(() => import("node:tls"))
  yield* Effect.try({
    try: () => createSecureContext({ ca: [], crl: [...lists] }),
    catch: (cause) => new StoreProblem({ path, detail: `can't be read: ${reasonOf(cause)}` })
  })
  return lists
})

interface ClientFiles {
  readonly certificatePath: string
  readonly certificate: string
  readonly keyPath: string
  readonly key: string
}

/** One PEM file with certificate and key. */
const clientFileAt = (path: string): Effect.Effect<Option.Option<ClientFiles>, StoreProblem> =>
  Effect.map(
    readFile(path, "store"),
    Option.map((text) => ({ certificatePath: path, certificate: text, keyPath: path, key: text }))
  )

/** A name that can't leave the directory it is looked up in. */
const isFileName = (host: string): boolean => /^[A-Za-z0-9_][A-Za-z0-9._:-]*$/.test(host)

const clientFiles = Effect.fn("TrustStore.clientFiles")(function* (
  policy: TlsPolicy,
  host: string,
  places: StorePlaces
) {
  if (policy.certificate === undefined) {
    const stores = layouts(places)
    const hostPaths = isFileName(host) ? stores.map((layout) => layout.hostCertificate(host)) : []
    return yield* firstSome([...hostPaths, ...stores.map(({ base }) => join(base, clientFile))], clientFileAt)
  }
  const certificatePath = policy.certificate
  const keyPath = policy.key ?? certificatePath
  const rule = keyPath === certificatePath ? "secret" : "public"
  const certificate = yield* readExisting(certificatePath, rule)
  const key = yield* readExisting(keyPath, "secret")
  return Option.some({ certificatePath, certificate, keyPath, key })
})

const openKey = Effect.fn("TrustStore.openKey")(function* (
  files: ClientFiles,
  passphrase: string | undefined
) {
  const { createPrivateKey } = yield* loadCrypto
  const problem = (detail: string) => new StoreProblem({ path: files.keyPath, detail })
  const block = privateKeyBlock.exec(files.key)?.[0]
  if (block === undefined) return yield* problem("has no private key in PEM form")
  const isEncrypted = block.includes("ENCRYPTED")
  if (isEncrypted && passphrase === undefined) {
    return yield* problem("private key is encrypted and certificate_passphrase is not set")
  }
  return yield* Effect.try({
    try: () => createPrivateKey({ key: block, ...(isEncrypted ? { passphrase: passphrase ?? "" } : {}) }),
    // The library's own text is left out: it must not be able to carry a passphrase.
    catch: () =>
      problem(
        isEncrypted ? "private key can't be opened with certificate_passphrase" : "private key can't be read"
      )
  })
})

const clientCertificate = Effect.fn("TrustStore.clientCertificate")(function* (
  policy: TlsPolicy,
  host: string,
  places: StorePlaces
) {
  const files = yield* clientFiles(policy, host, places)
  if (Option.isNone(files)) return undefined
  const { certificate, certificatePath } = files.value
  const { X509Certificate } = yield* loadCrypto
  yield* checkCertificates(certificatePath, certificate)
  const passphrase = policy.passphrase === undefined ? undefined : Redacted.value(policy.passphrase)
  const key = yield* openKey(files.value, passphrase)
  const [leaf = ""] = pemBlocks(certificate, "CERTIFICATE")
  if (!new X509Certificate(leaf).checkPrivateKey(key)) {
    return yield* new StoreProblem({
      path: files.value.keyPath,
      detail: `private key is not that of ${certificatePath}`
    })
  }
  const opened = key.export({ type: "pkcs8", format: "pem" }).toString()
  return { path: certificatePath, certificate: pemBlocks(certificate, "CERTIFICATE").join("\n"), key: opened }
})

/** `host` is the configured one. Fails with the exact file and, for a wrong mode, the `chmod` that cures it. */
export const load = Effect.fn("TrustStore.load")(function* (
  policy: TlsPolicy,
  host: string,
  places: StorePlaces
) {
  const trusted = yield* authorities(policy, places)
  const lists = yield* revocationLists(policy.crlFile)
  const client = yield* clientCertificate(policy, host, places)
  const material: TrustMaterial = {
    revocationLists: lists,
    ...(Option.isNone(trusted) ? {} : { authorities: trusted.value }),
    ...(client === undefined ? {} : { client })
  }
  return material
})
