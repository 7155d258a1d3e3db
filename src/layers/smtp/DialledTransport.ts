/**
 * Sessions with a relay, over whatever the dialer connects.
 *
 * Source: RFC 5321 §5.1 (every address is tried); esmtp: libESMTP protocol.c (`do_session`).
 * Deviation: an address whose server can't be talked to gives way to the next one, as in C; so does one whose TLS
 * handshake fails. What a server has said about the user or the message is not tried elsewhere.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as ExecutionStrategy from "effect/ExecutionStrategy"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import type { Relay } from "../../domain/smtp/Relay.ts"
import { mayRetryWithHelo } from "../../domain/smtp/SessionPolicy.ts"
import { peerOf } from "../../domain/smtp/SmtpError.ts"
import type { Stage } from "../../domain/smtp/Stage.ts"
import { Dialer, type SocketAddress } from "../../services/Dialer.ts"
import { LocalSystem } from "../../services/LocalSystem.ts"
import { SaslDigests } from "../../services/SaslDigests.ts"
import { Secrets } from "../../services/Secrets.ts"
import { type SessionError, SmtpTransport } from "../../services/SmtpTransport.ts"
import { TrafficLog } from "../../services/TrafficLog.ts"
import { type AttemptFailed, attempt, type Opened, type Opening } from "./SessionOpening.ts"
import * as SocketSession from "./SocketSession.ts"

type Requirements = Dialer | TrafficLog | Secrets | SaslDigests | LocalSystem

/** No further address is tried after this long: each may take its time to refuse. */
const openingNanos = 600_000_000_000n

const talkStages: ReadonlySet<Stage> = new Set(["greeting", "ehlo", "helo", "starttls", "tls"])

/** The server itself is unfit, whoever asks it: another address may lead to a better one. */
const isServersFault = (error: SessionError): boolean => {
  switch (error._tag) {
    case "ConnectFailed":
      return talkStages.has(error.stage) && error.reason !== "HeloNameUnusable"
    case "SessionTimedOut":
      return talkStages.has(error.stage)
    case "TlsFailed":
      return error.reason === "Handshake"
    default:
      return false
  }
}

/** Everything that can be known, or fail, before anything is connected. */
const prepare = Effect.fn("DialledTransport.prepare")(function* (relay: Relay) {
  const dialer = yield* Dialer
  const system = yield* LocalSystem
  const secrets = yield* Secrets
  const digests = yield* SaslDigests
  const { record } = yield* TrafficLog
  const peer = peerOf(relay)
  const destination = yield* dialer.find(relay)
  const opening: Opening = {
    ...{ relay, peer, destination, record, hostName: system.hostName },
    crypto: yield* digests.load,
    credentials: Effect.suspend(() => secrets.credentials(relay.auth))
  }
  return opening
})

/** A failed attempt leaves nothing open; a successful one lives as long as the scope. */
const inScopeOfItsOwn = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const scope = yield* Scope.fork(yield* Effect.scope, ExecutionStrategy.sequential)
    return yield* effect.pipe(
      Scope.extend(scope),
      Effect.onExit((exit) => (Exit.isFailure(exit) ? Scope.close(scope, exit) : Effect.void))
    )
  })

const openAny = (opening: Opening): Effect.Effect<Opened, SessionError, Scope.Scope> =>
  Effect.gen(function* () {
    const untried = new Set(opening.destination.addresses)
    const clock = yield* Effect.clock
    const until = clock.unsafeCurrentTimeNanos() + openingNanos
    const attemptAt = (some: ReadonlyArray<SocketAddress>, heloOnly: boolean) =>
      inScopeOfItsOwn(attempt(opening, some, heloOnly, (address) => untried.delete(address)))
    let told: SessionError | undefined
    while (true) {
      const tried = yield* attemptAt([...untried], false).pipe(
        Effect.catchTag("AttemptFailed", (failed) => retryWithHelo(failed, attemptAt)),
        Effect.either
      )
      if (tried._tag === "Right") return tried.right
      const { error, address } = tried.left
      // What a server said tells more than the silence of the others.
      if (address === undefined) return yield* told ?? error
      untried.delete(address)
      const mayGoOn = isServersFault(error) && untried.size > 0 && clock.unsafeCurrentTimeNanos() < until
      if (!mayGoOn) return yield* error
      const peer = { ...opening.peer, address: address.address }
      yield* opening.record({ _tag: "AddressTried", peer, failure: error.message })
      told ??= error
    }
  })

/** RFC 5321 §4.1.4 has it the other way: some servers hang up on EHLO, and then HELO needs a new connection. */
const retryWithHelo = (
  failed: AttemptFailed,
  attemptAt: (
    addresses: ReadonlyArray<SocketAddress>,
    heloOnly: boolean
  ) => Effect.Effect<Opened, AttemptFailed, Scope.Scope>
): Effect.Effect<Opened, AttemptFailed, Scope.Scope> => {
  const { error, address, plan } = failed
  const mayRetry = plan !== undefined && error._tag !== "HookFailed" && mayRetryWithHelo(plan, error)
  return mayRetry && address !== undefined ? attemptAt([address], true) : Effect.fail(failed)
}

export const layer: Layer.Layer<SmtpTransport, never, Requirements> = Layer.effect(
  SmtpTransport,
  Effect.gen(function* () {
    const context = yield* Effect.context<Requirements>()
    return SmtpTransport.of({
      open: Effect.fn("SmtpTransport.open")(function* (relay) {
        const opening = yield* Effect.provide(prepare(relay), context)
        return yield* SocketSession.make(yield* openAny(opening))
      }),
      survey: Context.get(context, Dialer).survey
    })
  })
)
