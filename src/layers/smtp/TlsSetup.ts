/**
 * What TLS needs for one relay, made as late as possible and as early as necessary.
 *
 * The user's own files are read and tried out before anything is connected. The system's bundle, whose reading takes
 * 20 ms, is loaded while the network is waited for, or not at all where it may turn out to be useless.
 */
import type { SecureContext } from "node:tls"
import * as Effect from "effect/Effect"
import type { Relay } from "../../domain/smtp/Relay.ts"
import { type Peer, TlsFailed } from "../../domain/smtp/SmtpError.ts"
import * as TlsContext from "./TlsContext.ts"
import * as TlsUpgrade from "./TlsUpgrade.ts"
import type { StoreProblem } from "./TrustFiles.ts"
import * as TrustStore from "./TrustStore.ts"

export interface TlsLibrary {
  readonly secure: TlsUpgrade.Secure
  readonly context: SecureContext
}

export interface TlsSetup {
  /** Loaded once. */
  readonly library: Effect.Effect<TlsLibrary, TlsFailed>
  readonly hasClientCertificate: boolean
}

export interface TlsPlaces {
  readonly stores: TrustStore.StorePlaces
  readonly systemBundles: ReadonlyArray<string>
}

/** Fails with `Store` before the first byte is sent. */
export const make = Effect.fn("TlsSetup.make")(function* (
  { host, tls }: Relay,
  peer: Peer,
  places: TlsPlaces
) {
  const asTlsFailed = (problem: StoreProblem) =>
    new TlsFailed({ peer, reason: "Store", detail: problem.message, cause: problem })
  const material = yield* Effect.mapError(TrustStore.load(tls, host, places.stores), asTlsFailed)
  const library: Effect.Effect<TlsLibrary, TlsFailed> = yield* Effect.cached(
    Effect.all({
      secure: TlsUpgrade.prepare,
      context: Effect.mapError(TlsContext.make(tls, material, places.systemBundles), asTlsFailed)
    })
  )
  const isOwn = material.authorities !== undefined || material.client !== undefined
  if (isOwn || material.revocationLists.length > 0) yield* library
  const setup: TlsSetup = { library, hasClientCertificate: material.client !== undefined }
  return setup
})

/** A handshake under the setup of `relay`. */
export type Handshake = (socket: Parameters<TlsUpgrade.Secure>[0]) => ReturnType<TlsUpgrade.Secure>

/** For a connection to `asciiHost`; everything is loaded when the effect has succeeded. */
export const handshake = (setup: TlsSetup, { tls }: Relay, peer: Peer, asciiHost: string) =>
  Effect.map(setup.library, ({ secure, context }): Handshake => {
    const { hasClientCertificate } = setup
    return (socket) => secure(socket, { peer, asciiHost, policy: tls, context, hasClientCertificate })
  })
