/**
 * One attempt at a session: connects to the first of some addresses that answers, and talks until the session is ready.
 *
 * Source: RFC 5321 §3.1, §4.1.4 (the EHLO argument); RFC 8314 §3 (implicit TLS).
 */
import type { Socket } from "node:net"
import { domainToASCII } from "node:url"
import * as Data from "effect/Data"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import type { HookFailed } from "../../domain/mda/MdaError.ts"
import type { Credentials, SaslCrypto } from "../../domain/sasl/Sasl.ts"
import { deadlineMillis } from "../../domain/smtp/Deadlines.ts"
import type { SessionFacts, SessionPlan, TlsFacts } from "../../domain/smtp/DialogueTypes.ts"
import type { Relay } from "../../domain/smtp/Relay.ts"
import { ConnectFailed, type Peer, SessionTimedOut, TlsFailed } from "../../domain/smtp/SmtpError.ts"
import { isLoopback, parse as parseIpAddress } from "../../domain/smtp/tls/IpAddress.ts"
import type { SessionEvent } from "../../domain/telemetry/SessionEvent.ts"
import { stageFacts } from "../../domain/telemetry/StageFacts.ts"
import type { SessionError } from "../../services/SmtpTransport.ts"
import * as Connection from "./Connection.ts"
import * as Deadline from "./Deadline.ts"
import * as HappyEyeballs from "./HappyEyeballs.ts"
import * as Inbox from "./Inbox.ts"
import type { SocketAddress } from "./Resolve.ts"
import * as SessionDriver from "./SessionDriver.ts"
import * as TlsSetup from "./TlsSetup.ts"
import { describeTlsError } from "./TlsUpgrade.ts"

/** What all attempts at one relay have in common. */
export interface Opening {
  readonly relay: Relay
  readonly peer: Peer
  readonly asciiHost: string
  /** Absent: TLS is disabled. */
  readonly tls?: TlsSetup.TlsSetup
  readonly crypto: SaslCrypto
  readonly credentials: Effect.Effect<Credentials, HookFailed>
  /** The machine's own name, perhaps empty. */
  readonly hostName: string
  readonly record: (event: SessionEvent) => Effect.Effect<void>
}

export interface Opened {
  readonly driven: SessionDriver.Driven
  readonly facts: SessionFacts
}

/** No session came of it. `address`: where; absent: no address answered. */
export class AttemptFailed extends Data.TaggedError("AttemptFailed")<{
  readonly error: SessionError
  readonly address?: SocketAddress
  readonly plan?: SessionPlan
}> {}

/** Of all addresses together. */
const connectTotalMillis = 120_000
const attemptDelayMillis = 250

const isLoopbackAddress = (address: string): boolean =>
  Option.match(parseIpAddress(address), { onNone: () => false, onSome: isLoopback })

/** RFC 5321 §4.1.3: a machine without a name gives its address. */
const heloNameOf = ({ relay, hostName }: Opening, localAddress: string): string => {
  const name = relay.helo ?? hostName
  if (/[^\x21-\x7e]/.test(name)) return domainToASCII(name) || name
  if (name !== "") return name
  return localAddress.includes(":") ? `[IPv6:${localAddress}]` : `[${localAddress}]`
}

/** Somebody was there; anything else says that nobody was. */
const connectReasons: ReadonlyMap<string, ConnectFailed["reason"]> = new Map([
  ["ECONNREFUSED", "Refused"],
  ["ECONNRESET", "Lost"]
])

const errorOf = (
  { peer, relay }: Opening,
  failures: ReadonlyArray<HappyEyeballs.AddressFailed>
): SessionError => {
  const codes = failures.map(({ code }) => code)
  const timedOut = (afterMillis: number) => new SessionTimedOut({ peer, stage: "connect", afterMillis })
  if (codes.length === 0) return timedOut(connectTotalMillis)
  if (codes.every((code) => code === "ETIMEDOUT"))
    return timedOut(deadlineMillis("connect", relay.timeoutMillis))
  const telling = failures.find(({ code }) => connectReasons.has(code)) ?? failures[0]
  const reason = connectReasons.get(telling?.code ?? "") ?? "Unreachable"
  return new ConnectFailed({ peer, stage: "connect", reason, cause: telling?.cause })
}

const connect = Effect.fn("connect")(function* (
  opening: Opening,
  addresses: ReadonlyArray<SocketAddress>,
  onFailure: (failure: HappyEyeballs.AddressFailed) => void
) {
  const options = {
    attemptDelayMillis,
    addressMillis: deadlineMillis("connect", opening.relay.timeoutMillis),
    totalMillis: connectTotalMillis,
    onFailure: (failure: HappyEyeballs.AddressFailed) => {
      onFailure(failure)
      const peer = { ...opening.peer, address: failure.address.address }
      return opening.record({ _tag: "AddressTried", peer, failure: failure.message })
    }
  }
  return yield* HappyEyeballs.connect(addresses, options).pipe(
    Effect.mapError(({ failures }) => new AttemptFailed({ error: errorOf(opening, failures) }))
  )
})

/** Implicit TLS: before the peer has said anything. */
const secureAtOnce = Effect.fn("SessionOpening.secureAtOnce")(function* (
  { relay, asciiHost, record }: Opening,
  tls: TlsSetup.TlsSetup,
  peer: Peer,
  socket: Socket
) {
  const shake = yield* TlsSetup.handshake(tls, relay, peer, asciiHost)
  const millis = deadlineMillis("tls", relay.timeoutMillis)
  const secured = yield* Effect.timeoutFail(shake(socket), {
    duration: Duration.millis(millis),
    onTimeout: () => new SessionTimedOut({ peer, stage: "tls", afterMillis: millis })
  })
  const established: SessionEvent = { _tag: "TlsEstablished", tls: secured.facts }
  yield* Effect.annotateCurrentSpan({ ...stageFacts(established)?.attributes })
  yield* record(established)
  return secured
})

/** STARTTLS. None: the peer has said something behind its 220, which must not be taken for a part of the handshake. */
const upgrade = (
  { relay, asciiHost, tls }: Opening,
  peer: Peer,
  connection: Connection.Connection,
  inbox: Inbox.Inbox<SessionDriver.SessionInput>
): Effect.Effect<Option.Option<TlsFacts>, TlsFailed> =>
  Effect.gen(function* () {
    if (tls === undefined) return yield* new TlsFailed({ peer, reason: "Refused", detail: "TLS is disabled" })
    const shake = yield* TlsSetup.handshake(tls, relay, peer, asciiHost)
    yield* Deadline.turn
    if (inbox.size() > 0) return Option.none()
    const socket = connection.release()
    if (inbox.size() > 0) return Option.none()
    const secured = yield* shake(socket)
    connection.adopt(secured.socket)
    return Option.some(secured.facts)
  })

/** With TLS 1.3 the server's verdict on the client's certificate arrives only after the handshake. */
const explained = (error: SessionError, tls: TlsFacts | undefined): SessionError => {
  if (error._tag !== "ConnectFailed" || error.reason !== "Lost" || tls === undefined) return error
  return Option.match(describeTlsError(error.cause), {
    onNone: () => error,
    onSome: (detail) => new TlsFailed({ peer: error.peer, reason: "Handshake", detail, cause: error.cause })
  })
}

const driverFor = Effect.fn("SessionOpening.driverFor")(function* (
  opening: Opening,
  { socket, address }: HappyEyeballs.Connected,
  heloOnly: boolean
) {
  const { relay, crypto, credentials, record, tls } = opening
  const peer: Peer = { ...opening.peer, address: address.address }
  yield* Effect.acquireRelease(record({ _tag: "Connected", peer }), () =>
    record({ _tag: "Disconnected", peer })
  )
  const isImplicit = relay.tls.mode === "implicit" && tls !== undefined
  const secured = isImplicit ? yield* secureAtOnce(opening, tls, peer, socket) : undefined
  const plan: SessionPlan = {
    relay,
    peer,
    isLoopback: isLoopbackAddress(address.address),
    heloName: heloNameOf(opening, socket.localAddress ?? ""),
    crypto,
    heloOnly,
    ...(secured === undefined ? {} : { tls: secured.facts })
  }
  const inbox = Inbox.make<SessionDriver.SessionInput>()
  const connection = Connection.make(secured?.socket ?? socket, inbox.push)
  const deadline = Deadline.make(yield* Effect.clock, inbox)
  return yield* Effect.acquireRelease(
    Effect.sync(() =>
      SessionDriver.make({
        ...{ plan, connection, inbox, deadline, record, credentials },
        upgrade: upgrade(opening, peer, connection, inbox)
      })
    ),
    SessionDriver.close
  )
})

/** The session lives as long as the scope. `onFailure` hears of each address that did not answer. */
export const attempt = (
  opening: Opening,
  addresses: ReadonlyArray<SocketAddress>,
  heloOnly: boolean,
  onFailure: (failure: HappyEyeballs.AddressFailed) => void
): Effect.Effect<Opened, AttemptFailed, Scope.Scope> =>
  Effect.gen(function* () {
    const { tls, relay } = opening
    const mayWait = relay.tls.mode === "enabled" || relay.tls.mode === "opportunistic"
    const isNear = isLoopbackAddress(addresses[0]?.address ?? "")
    // Whoever uses it next gets the failure; here it only runs ahead.
    if (tls !== undefined && !(mayWait && isNear)) yield* Effect.forkScoped(Effect.exit(tls.library))
    const connected = yield* connect(opening, addresses, onFailure)
    const { address } = connected
    const driven = yield* driverFor(opening, connected, heloOnly).pipe(
      Effect.mapError((error) => new AttemptFailed({ error, address }))
    )
    const { ready, error } = yield* SessionDriver.begin(driven)
    if (ready !== undefined) return { driven, facts: ready }
    const lost = new ConnectFailed({ peer: driven.plan.peer, stage: "greeting", reason: "Lost" })
    const why = explained(error ?? lost, driven.state.tls)
    return yield* new AttemptFailed({ error: why, address, plan: driven.plan })
  })
