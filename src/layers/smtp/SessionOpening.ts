/**
 * One attempt at a session: connects to the first of some addresses that answers, and talks until the session is ready.
 *
 * Source: RFC 5321 §3.1, §4.1.4 (the EHLO argument); RFC 8314 §3 (implicit TLS).
 */
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
import { isLoopbackAddress } from "../../domain/smtp/tls/IpAddress.ts"
import type { SessionEvent } from "../../domain/telemetry/SessionEvent.ts"
import { stageFacts } from "../../domain/telemetry/StageFacts.ts"
import type { Destination, Dialled, SocketAddress } from "../../services/Dialer.ts"
import type { SessionError } from "../../services/SmtpTransport.ts"
import * as Deadline from "./Deadline.ts"
import * as Inbox from "./Inbox.ts"
import * as SessionDriver from "./SessionDriver.ts"
import * as StageSpan from "./StageSpan.ts"

/** What all attempts at one relay have in common. */
export interface Opening {
  readonly relay: Relay
  readonly peer: Peer
  readonly destination: Destination
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

/** RFC 5321 §4.1.3: a machine without a name gives its address. */
const heloNameOf = ({ relay, hostName }: Opening, localAddress: string): string => {
  const name = relay.helo ?? hostName
  if (/[^\x21-\x7e]/.test(name)) return domainToASCII(name) || name
  if (name !== "") return name
  return localAddress.includes(":") ? `[IPv6:${localAddress}]` : `[${localAddress}]`
}

/** Implicit TLS: before the peer has said anything. */
const secureAtOnce = Effect.fn("SessionOpening.secureAtOnce")(function* (
  { relay, record }: Opening,
  peer: Peer,
  { secure }: Dialled
) {
  const millis = deadlineMillis("tls", relay.timeoutMillis)
  const tls = yield* Effect.timeoutFail(secure, {
    duration: Duration.millis(millis),
    onTimeout: () => new SessionTimedOut({ peer, stage: "tls", afterMillis: millis })
  })
  const established: SessionEvent = { _tag: "TlsEstablished", tls }
  yield* Effect.annotateCurrentSpan({ ...stageFacts(established)?.attributes })
  yield* record(established)
  return tls
})

/** With TLS 1.3 the server's verdict on the client's certificate arrives only after the handshake. */
const explained = (
  { tlsFault }: Destination,
  error: SessionError,
  tls: TlsFacts | undefined
): SessionError => {
  if (error._tag !== "ConnectFailed" || error.reason !== "Lost" || tls === undefined) return error
  return Option.match(tlsFault(error.cause), {
    onNone: () => error,
    onSome: (detail) => new TlsFailed({ peer: error.peer, reason: "Handshake", detail, cause: error.cause })
  })
}

const driverFor = Effect.fn("SessionOpening.driverFor")(function* (
  opening: Opening,
  dialled: Dialled,
  heloOnly: boolean
) {
  const { relay, crypto, credentials, record } = opening
  const { address, localAddress, listen } = dialled
  const peer: Peer = { ...opening.peer, address: address.address }
  yield* Effect.acquireRelease(record({ _tag: "Connected", peer }), () =>
    record({ _tag: "Disconnected", peer })
  )
  const tls = relay.tls.mode === "implicit" ? yield* secureAtOnce(opening, peer, dialled) : undefined
  const plan: SessionPlan = {
    relay,
    peer,
    isLoopback: isLoopbackAddress(address.address),
    heloName: heloNameOf(opening, localAddress),
    crypto,
    heloOnly,
    ...(tls === undefined ? {} : { tls })
  }
  const inbox = Inbox.make<SessionDriver.SessionInput>()
  const connection = listen(inbox.push)
  const deadline = Deadline.make(yield* Effect.clock, inbox)
  yield* Effect.forkScoped(deadline.watch)
  return yield* Effect.acquireRelease(
    Effect.map(StageSpan.isTraced, (isTraced) =>
      SessionDriver.make({ plan, connection, inbox, deadline, record, credentials }, isTraced)
    ),
    SessionDriver.close
  )
})

const connect = (
  { destination, peer, record }: Opening,
  addresses: ReadonlyArray<SocketAddress>,
  onSilence: (address: SocketAddress) => void
) =>
  destination
    .connect(addresses, (address, failure) => {
      onSilence(address)
      return record({ _tag: "AddressTried", peer: { ...peer, address: address.address }, failure })
    })
    .pipe(Effect.mapError((error) => new AttemptFailed({ error })))

/** The session lives as long as the scope. `onSilence` hears of each address that did not answer. */
export const attempt = (
  opening: Opening,
  addresses: ReadonlyArray<SocketAddress>,
  heloOnly: boolean,
  onSilence: (address: SocketAddress) => void
): Effect.Effect<Opened, AttemptFailed, Scope.Scope> =>
  Effect.gen(function* () {
    const dialled = yield* connect(opening, addresses, onSilence)
    const { address } = dialled
    const driven = yield* driverFor(opening, dialled, heloOnly).pipe(
      Effect.mapError((error) => new AttemptFailed({ error, address }))
    )
    const { ready, error } = yield* SessionDriver.begin(driven)
    if (ready !== undefined) return { driven, facts: ready }
    const lost = new ConnectFailed({ peer: driven.plan.peer, stage: "greeting", reason: "Lost" })
    const why = explained(opening.destination, error ?? lost, driven.state.tls)
    return yield* new AttemptFailed({ error: why, address, plan: driven.plan })
  })
