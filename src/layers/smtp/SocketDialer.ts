/**
 * `Dialer` over TCP and TLS sockets.
 *
 * Source: RFC 5321 §5.1 (every address is tried); RFC 3207 §4 (STARTTLS); RFC 8314 §3 (implicit TLS).
 */
import type { Socket } from "node:net"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { deadlineMillis } from "../../domain/smtp/Deadlines.ts"
import * as Limits from "../../domain/smtp/Limits.ts"
import type { Relay } from "../../domain/smtp/Relay.ts"
import { ConnectFailed, type Peer, peerOf, SessionTimedOut, TlsFailed } from "../../domain/smtp/SmtpError.ts"
import { isLoopbackAddress } from "../../domain/smtp/tls/IpAddress.ts"
import {
  type Destination,
  Dialer,
  type Dialled,
  type Line,
  type LineEvent,
  type OnSilence,
  type SocketAddress
} from "../../services/Dialer.ts"
import { LocalSystem } from "../../services/LocalSystem.ts"
import * as AddressSurvey from "./AddressSurvey.ts"
import * as Connection from "./Connection.ts"
import * as Deadline from "./Deadline.ts"
import * as HappyEyeballs from "./HappyEyeballs.ts"
import * as Resolve from "./Resolve.ts"
import * as TlsContext from "./TlsContext.ts"
import * as TlsSetup from "./TlsSetup.ts"
import { describeTlsError } from "./TlsUpgrade.ts"

/** What a test replaces. */
export interface SocketDialerOptions {
  readonly lookup?: Resolve.Lookup
  readonly servicesPath?: string
  readonly systemBundles?: ReadonlyArray<string>
  readonly environment?: Readonly<Record<string, string | undefined>>
}

/** A relay with what TLS needs for it. */
interface Target {
  readonly relay: Relay
  readonly peer: Peer
  readonly asciiHost: string
  /** Absent: TLS is disabled. */
  readonly tls?: TlsSetup.TlsSetup
}

const attemptDelayMillis = 250

/** Somebody was there; anything else says that nobody was. */
const connectReasons: ReadonlyMap<string, ConnectFailed["reason"]> = new Map([
  ["ECONNREFUSED", "Refused"],
  ["ECONNRESET", "Lost"]
])

const errorOf = ({ peer, relay }: Target, failures: ReadonlyArray<HappyEyeballs.AddressFailed>) => {
  const codes = failures.map(({ code }) => code)
  const timedOut = (afterMillis: number) => new SessionTimedOut({ peer, stage: "connect", afterMillis })
  if (codes.length === 0) return timedOut(Limits.connectMillis)
  if (codes.every((code) => code === "ETIMEDOUT"))
    return timedOut(deadlineMillis("connect", relay.timeoutMillis))
  const telling = failures.find(({ code }) => connectReasons.has(code)) ?? failures[0]
  const reason = connectReasons.get(telling?.code ?? "") ?? "Unreachable"
  return new ConnectFailed({ peer, stage: "connect", reason, cause: telling?.cause })
}

/** Everything that a handshake needs is loaded when it succeeds. */
const handshakeWith = (
  { asciiHost, peer, relay, tls }: Target,
  { address }: SocketAddress
): Effect.Effect<TlsSetup.Handshake, TlsFailed> => {
  const there = { ...peer, address }
  return tls === undefined
    ? Effect.fail(new TlsFailed({ peer: there, reason: "Refused", detail: "TLS is disabled" }))
    : TlsSetup.handshake(tls, relay, there, asciiHost)
}

const listen = (
  target: Target,
  address: SocketAddress,
  socket: Socket,
  tell: (event: LineEvent) => void
): Line => {
  const connection = Connection.make(socket, tell)
  const upgrade = Effect.gen(function* () {
    const shake = yield* handshakeWith(target, address)
    yield* Deadline.turn
    if (connection.hasUnread()) return Option.none()
    const released = connection.release()
    if (connection.hasUnread()) return Option.none()
    const secured = yield* shake(released)
    connection.adopt(secured.socket)
    return Option.some(secured.facts)
  })
  return { ...connection, upgrade }
}

const dialledOf = (target: Target, { address, socket: plain }: HappyEyeballs.Connected): Dialled => {
  let socket: Socket = plain
  return {
    address,
    localAddress: plain.localAddress ?? "",
    secure: Effect.gen(function* () {
      const shake = yield* handshakeWith(target, address)
      const secured = yield* shake(plain)
      socket = secured.socket
      return secured.facts
    }),
    listen: (tell) => listen(target, address, socket, tell)
  }
}

const connect = (target: Target) =>
  Effect.fn("connect")(function* (addresses: ReadonlyArray<SocketAddress>, onSilence: OnSilence) {
    const { relay, tls } = target
    const mayWait = relay.tls.mode === "enabled" || relay.tls.mode === "opportunistic"
    const isNear = isLoopbackAddress(addresses[0]?.address ?? "")
    // Whoever uses it next gets the failure; here it only runs ahead.
    if (tls !== undefined && !(mayWait && isNear)) yield* Effect.forkScoped(Effect.exit(tls.library))
    const connected = yield* HappyEyeballs.connect(addresses, {
      attemptDelayMillis,
      addressMillis: deadlineMillis("connect", relay.timeoutMillis),
      totalMillis: Limits.connectMillis,
      onFailure: ({ address, message }) => onSilence(address, message)
    }).pipe(Effect.mapError(({ failures }) => errorOf(target, failures)))
    return dialledOf(target, connected)
  })

const tlsPlaces = (home: string | undefined, options: SocketDialerOptions): TlsSetup.TlsPlaces => {
  const { XDG_CONFIG_DIR: xdgConfigDir, XDG_CONFIG_HOME: xdgConfigHome } = options.environment ?? process.env
  return {
    systemBundles: options.systemBundles ?? TlsContext.systemBundles,
    stores: {
      ...(home === undefined ? {} : { home }),
      ...(xdgConfigDir === undefined ? {} : { xdgConfigDir }),
      ...(xdgConfigHome === undefined ? {} : { xdgConfigHome })
    }
  }
}

const resolved = (relay: Relay, options: SocketDialerOptions) =>
  Resolve.resolve(peerOf(relay), {
    lookup: options.lookup ?? Resolve.systemLookup,
    servicesPath: options.servicesPath ?? "/etc/services",
    deadlineMillis: deadlineMillis("resolve", relay.timeoutMillis)
  })

/** `options` are for tests; the program uses `{}`. */
export const layerWith = (options: SocketDialerOptions): Layer.Layer<Dialer, never, LocalSystem> =>
  Layer.effect(
    Dialer,
    Effect.map(LocalSystem, ({ home }) =>
      Dialer.of({
        find: Effect.fn("SocketDialer.find")(function* (relay) {
          const peer = peerOf(relay)
          const tls =
            relay.tls.mode === "disabled"
              ? undefined
              : yield* TlsSetup.make(relay, peer, tlsPlaces(home, options))
          const { asciiHost, addresses } = yield* resolved(relay, options)
          const target: Target = { relay, peer, asciiHost, ...(tls === undefined ? {} : { tls }) }
          const destination: Destination = { addresses, connect: connect(target), tlsFault: describeTlsError }
          return destination
        }),
        survey: (relay) =>
          Effect.flatMap(resolved(relay, options), ({ addresses }) =>
            AddressSurvey.survey(addresses, deadlineMillis("connect", relay.timeoutMillis))
          )
      })
    )
  )
