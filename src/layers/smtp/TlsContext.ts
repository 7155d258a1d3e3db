/**
 * The TLS library's settings for a session, every one explicit: neither the environment nor a flag of Node
 * (`NODE_EXTRA_CA_CERTS`, `NODE_TLS_REJECT_UNAUTHORIZED`, `--tls-min-v1.0`, `--tls-cipher-list`) may weaken it.
 *
 * Source: RFC 9325 §3.1 (versions), §3.5 (renegotiation), §4.2 (cipher suites), §4.5 (key sizes); RFC 8996.
 */
import type { SecureContext } from "node:tls"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { TlsPolicy } from "../../domain/smtp/Relay.ts"
import { readExisting, StoreProblem } from "./TrustFiles.ts"
import type { TrustMaterial } from "./TrustStore.ts"

/** Where systems keep their authorities, most common first. */
export const systemBundles: ReadonlyArray<string> = [
  "/etc/ssl/certs/ca-certificates.crt",
  "/etc/pki/tls/certs/ca-bundle.crt",
  "/etc/ssl/ca-bundle.pem",
  "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
  "/etc/ssl/cert.pem",
  "/usr/local/share/certs/ca-root-nss.crt"
]

// Authenticated ephemeral key exchange only; level 2 refuses keys under 2048 bits and SHA-1 along the whole chain.
const ciphers = [
  "TLS_AES_256_GCM_SHA384",
  "TLS_CHACHA20_POLY1305_SHA256",
  "TLS_AES_128_GCM_SHA256",
  "ECDHE+AESGCM",
  "ECDHE+CHACHA20",
  "DHE+AESGCM",
  "DHE+CHACHA20",
  "ECDHE+AES",
  "DHE+AES",
  "!aNULL",
  "!eNULL",
  "!PSK",
  "!SRP",
  "!DSS",
  "!MD5",
  "@SECLEVEL=2"
].join(":")

/** The system's authorities; Node's own where the system has none. */
const systemAuthorities = (bundles: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    // These files are the system's to guard: an unreadable one is passed over.
    const readable = yield* Effect.firstSuccessOf([
      ...bundles.map((path) => Effect.asSome(readExisting(path, "any"))),
      Effect.succeedNone
    ]).pipe(Effect.orElse(() => Effect.succeedNone))
    if (Option.isSome(readable)) return [readable.value]
    const { rootCertificates } = yield* Effect.promise(() => import("node:tls"))
    return [...rootCertificates]
  })

/** Takes about 20 ms with a whole system bundle. */
export const make = Effect.fn("TlsContext.make")(function* (
  policy: TlsPolicy,
  material: TrustMaterial,
  bundles: ReadonlyArray<string>
): Effect.fn.Return<SecureContext, StoreProblem> {
  const [{ createSecureContext }, { constants }] = yield* Effect.promise(() =>
    Promise.all([import("node:tls"), import("node:crypto")])
  )
  const authorities = material.authorities ?? (yield* systemAuthorities(bundles))
  return yield* Effect.try({
    try: () =>
      createSecureContext({
        ca: [...authorities],
        minVersion: policy.minVersion,
        maxVersion: "TLSv1.3",
        ciphers,
        ecdhCurve: "auto",
        secureOptions: constants.SSL_OP_NO_RENEGOTIATION | constants.SSL_OP_NO_COMPRESSION,
        ...(material.revocationLists.length === 0 ? {} : { crl: [...material.revocationLists] }),
        ...(material.client === undefined
          ? {}
          : { cert: material.client.certificate, key: material.client.key })
      }),
    catch: (cause) =>
      new StoreProblem({
        path: material.client?.path ?? policy.caFile ?? "trust store",
        detail: cause instanceof Error ? cause.message : String(cause),
        cause
      })
  })
})
