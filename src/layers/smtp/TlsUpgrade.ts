/**
 * Puts TLS on a connection and judges whom it leads to.
 *
 * The library's own verdict on the chain is one piece of evidence; host name, key and pin are judged by our own rules.
 * Verification can't be switched off from outside: what Node would take from its environment is given explicitly.
 * Source: RFC 3207 §4, §6; RFC 8314 §3; RFC 5929 §4, RFC 9266 §2 (channel binding); RFC 6066 §3 (no IP address in SNI).
 */
import type { createHash, X509Certificate } from "node:crypto"
import { isIP, type Socket } from "node:net"
import type { SecureContext, TLSSocket, connect as tlsConnect } from "node:tls"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { ChannelBinding } from "../../domain/sasl/Sasl.ts"
import type { TlsFacts } from "../../domain/smtp/DialogueTypes.ts"
import * as Limits from "../../domain/smtp/Limits.ts"
import type { TlsPolicy } from "../../domain/smtp/Relay.ts"
import { type Peer, TlsFailed } from "../../domain/smtp/SmtpError.ts"
import { flawOf } from "../../domain/smtp/tls/CertificateJudgement.ts"
import { cipherBits, endPointHash } from "../../domain/smtp/tls/TlsParameters.ts"

export interface TlsTarget {
  readonly peer: Peer
  /** A-labels or a numeric address. */
  readonly asciiHost: string
  readonly policy: TlsPolicy
  readonly context: SecureContext
  readonly hasClientCertificate: boolean
}

export interface Secured {
  readonly socket: TLSSocket
  readonly facts: TlsFacts
}

class HandshakeProblem extends Data.TaggedError("HandshakeProblem")<{
  readonly detail: string
  readonly cause?: unknown
}> {}

/** What the library's reason means for whoever reads it; the rest is told as the library says it. */
const plainReasons: ReadonlyMap<string, string> = new Map([
  ["wrong version number", "the server does not answer in TLS"],
  ["packet length too long", "the server does not answer in TLS"],
  ["unsupported protocol", "the server offers no TLS version that is allowed"],
  ["tlsv1 alert protocol version", "the server offers no TLS version that is allowed"],
  [
    "sslv3 alert handshake failure",
    "the server refused the handshake (no cipher or version in common, or no client certificate)"
  ],
  ["tlsv13 alert certificate required", "the server demands a client certificate (tls_certificate)"],
  ["no shared cipher", "no cipher in common"],
  ["dh key too small", "the server's key exchange is too weak"]
])

const property = (cause: unknown, name: string): string | undefined => {
  if (typeof cause !== "object" || cause === null) return undefined
  const value: unknown = Reflect.get(cause, name)
  return typeof value === "string" ? value : undefined
}

/** In words, if the TLS library is what failed. */
export const describeTlsError = (cause: unknown): Option.Option<string> => {
  const reason = property(cause, "reason")
  if (reason === undefined || property(cause, "code")?.startsWith("ERR_SSL_") !== true) return Option.none()
  return Option.some(plainReasons.get(reason) ?? reason)
}

const lossDetail = (cause: unknown): string =>
  Option.getOrElse(describeTlsError(cause), () =>
    cause === undefined
      ? "connection closed during the handshake"
      : `connection lost during the handshake (${property(cause, "code") ?? "unknown error"})`
  )

const ignoreErrors = () => {}

/** `inspect` looks at the session in the moment it stands: a later one might find it gone. */
const handshake = (
  connect: typeof tlsConnect,
  socket: Socket,
  { asciiHost, context }: TlsTarget,
  inspect: (secured: TLSSocket) => TlsFacts
) =>
  Effect.async<Secured, HandshakeProblem>((resume) => {
    if (socket.destroyed) {
      resume(Effect.fail(new HandshakeProblem({ detail: lossDetail(undefined) })))
      return
    }
    let failure: unknown
    const secured = connect({
      socket,
      secureContext: context,
      ...(isIP(asciiHost) === 0 ? { servername: asciiHost } : {}),
      // Judged below in every mode; Node would act on its environment and on lax name rules.
      rejectUnauthorized: false,
      checkServerIdentity: () => undefined,
      minDHSize: 2048,
      enableTrace: false
    })
    // `--tls-keylog` listens here to write the session's keys into a file.
    secured.removeAllListeners("keylog")
    const onSecure = () => {
      secured.off("error", onError).off("close", onClose)
      resume(Effect.succeed({ socket: secured, facts: inspect(secured) }))
    }
    const onError = (cause: unknown) => {
      failure ??= cause
    }
    const onClose = () =>
      resume(Effect.fail(new HandshakeProblem({ detail: lossDetail(failure), cause: failure })))
    secured.on("error", ignoreErrors)
    secured.once("secureConnect", onSecure).on("error", onError).once("close", onClose)
    return Effect.sync(() => secured.destroy())
  })

/** Never absent where the library did not vouch for the chain, whatever it says or fails to say. */
const chainErrorOf = (socket: TLSSocket): string | undefined => {
  if (socket.authorized) return undefined
  const error: unknown = socket.authorizationError
  return typeof error === "string" ? error : (property(error, "code") ?? "UNSPECIFIED")
}

const flawIn = (
  socket: TLSSocket,
  certificate: X509Certificate | undefined,
  { asciiHost, policy }: TlsTarget
): Option.Option<string> => {
  const chainError = chainErrorOf(socket)
  return flawOf({
    host: asciiHost,
    ...(certificate === undefined
      ? {}
      : { leaf: certificate.raw, fingerprint: certificate.fingerprint256.replaceAll(":", "").toLowerCase() }),
    ...(chainError === undefined ? {} : { chainError }),
    ...(policy.fingerprint === undefined ? {} : { pin: policy.fingerprint })
  })
}

const exporterLabel = "EXPORTER-Channel-Binding"

/** RFC 9266 §4.2: with TLS 1.2 the exporter binds only under an extension that Node does not report. */
const channelBindingOf = (
  socket: TLSSocket,
  leaf: Uint8Array | undefined,
  hashOf: typeof createHash
): ChannelBinding => {
  const hash = leaf === undefined ? Option.none() : endPointHash(leaf)
  return {
    ...(socket.getProtocol() === "TLSv1.3"
      ? { exporter: Uint8Array.from(socket.exportKeyingMaterial(32, exporterLabel, Buffer.alloc(0))) }
      : {}),
    ...(leaf === undefined || Option.isNone(hash)
      ? {}
      : { serverEndPoint: Uint8Array.from(hashOf(hash.value).update(leaf).digest()) })
  }
}

/** As far as the server sent it. */
const chainOf = (certificate: X509Certificate | undefined): NonNullable<TlsFacts["chain"]> => {
  const chain: Array<{ readonly subject: string; readonly issuer: string }> = []
  for (
    let one = certificate;
    one !== undefined && chain.length < Limits.chainCertificates;
    one = one.issuerCertificate
  ) {
    chain.push({ subject: one.subject ?? "", issuer: one.issuer ?? "" })
    if (one.subject === one.issuer) break
  }
  return chain
}

const inspectWith =
  (hashOf: typeof createHash, target: TlsTarget) =>
  (socket: TLSSocket): TlsFacts => {
    // Node 20 gives the certificate once: a second call finds none.
    const certificate = socket.getPeerX509Certificate()
    const { name } = socket.getCipher()
    const flaw = Option.getOrUndefined(flawIn(socket, certificate, target))
    const expiry = Date.parse(certificate?.validTo ?? "")
    return {
      protocol: socket.getProtocol() ?? "unknown",
      cipher: name,
      cipherBits: cipherBits(name),
      chain: chainOf(certificate),
      hasClientCertificate: target.hasClientCertificate,
      channelBinding: channelBindingOf(socket, certificate?.raw, hashOf),
      ...(flaw === undefined ? {} : { unverified: flaw }),
      ...(Number.isNaN(expiry) ? {} : { certificateExpiresAt: new Date(expiry).toISOString() })
    }
  }

/**
 * Fails with `Handshake` or `Certificate`, the socket being destroyed. In mode `opportunistic` a bad certificate is a fact
 * that the dialogue judges. Interrupting destroys the socket.
 */
export type Secure = (socket: Socket, target: TlsTarget) => Effect.Effect<Secured, TlsFailed>

/** Loads the TLS library, so that `Secure` starts without giving the peer another moment. */
export const prepare: Effect.Effect<Secure> = Effect.gen(function* () {
  const [{ connect }, { createHash }] = yield* Effect.promise(() =>
    Promise.all([import("node:tls"), import("node:crypto")])
  )
  return Effect.fn("handshake")(function* (socket, target) {
    const { peer, policy } = target
    const secured = yield* handshake(connect, socket, target, inspectWith(createHash, target)).pipe(
      Effect.mapError(
        ({ detail, cause }) =>
          new TlsFailed({ peer, reason: "Handshake", detail, ...(cause === undefined ? {} : { cause }) })
      )
    )
    const { unverified } = secured.facts
    if (unverified === undefined || policy.mode === "opportunistic") return secured
    secured.socket.destroy()
    return yield* new TlsFailed({ peer, reason: "Certificate", detail: unverified })
  })
})
