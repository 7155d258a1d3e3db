/**
 * Connects to the first of several addresses that answers, without waiting long for those that don't.
 *
 * Families alternate; the next attempt starts when the one before has failed, or has been silent for 250 ms. The first
 * connection wins, the others are closed. A refusal on loopback comes at once, so nothing is ever waited for there.
 * Source: RFC 8305 §4, §5. esmtp: libESMTP protocol.c tried one address after the other, without a limit of time.
 */
import * as net from "node:net"
import * as Data from "effect/Data"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type { SocketAddress } from "../../services/Dialer.ts"

/** Node has words for these only from version 23 on. */
const wordsOf: ReadonlyMap<string, string> = new Map([
  ["ECONNREFUSED", "connection refused"],
  ["ECONNRESET", "connection reset"],
  ["EHOSTUNREACH", "no route to host"],
  ["ENETUNREACH", "network unreachable"],
  ["EADDRNOTAVAIL", "no such network here"],
  ["EACCES", "not permitted"],
  ["ETIMEDOUT", "no answer"]
])

/** One address did not answer. `code` is the system's, or `ETIMEDOUT` for our own limit. */
export class AddressFailed extends Data.TaggedError("AddressFailed")<{
  readonly address: SocketAddress
  readonly code: string
  readonly cause?: unknown
}> {
  override get message(): string {
    return wordsOf.get(this.code) ?? this.code
  }
}

/** None of the addresses answered. */
export class NoAddressAnswered extends Data.TaggedError("NoAddressAnswered")<{
  /** In the order of failing; empty where the total limit passed before any failed. */
  readonly failures: ReadonlyArray<AddressFailed>
}> {}

export interface RaceOptions {
  readonly attemptDelayMillis: number
  readonly addressMillis: number
  readonly totalMillis: number
  /** Told as it happens. */
  readonly onFailure: (failure: AddressFailed) => Effect.Effect<void>
}

export interface Connected {
  readonly socket: net.Socket
  readonly address: SocketAddress
}

/** RFC 8305 §4: keeps the resolver's order within a family and begins with the family it prefers. */
export const interleave = (addresses: ReadonlyArray<SocketAddress>): ReadonlyArray<SocketAddress> => {
  if (addresses.length < 2) return addresses
  const prefersIpv6 = net.isIPv6(addresses[0]?.address ?? "")
  const first = addresses.filter(({ address }) => net.isIPv6(address) === prefersIpv6)
  const second = addresses.filter(({ address }) => net.isIPv6(address) !== prefersIpv6)
  const longer = Math.max(first.length, second.length)
  return Array.from({ length: longer }, (_, index) => [first[index], second[index]])
    .flat()
    .filter((address) => address !== undefined)
}

/**
 * A flight leaves as soon as it is written. Keep-alives hold the path through translating routers open while a server
 * takes its ten minutes over a message: a reply lost there is a message sent twice.
 */
const socketOptions = {
  noDelay: true,
  autoSelectFamily: false,
  keepAlive: true,
  keepAliveInitialDelay: 60_000
}

/** Every socket has a listener for `error` from birth to death: whoever waits for it may have gone. */
const ignoreErrors = () => {}

/** `claim` decides in the moment of connecting whether this one is wanted, so that no second one can be left over. */
const connectOne = (
  address: SocketAddress,
  claim: (connected: Connected) => boolean
): Effect.Effect<void, AddressFailed> =>
  Effect.async<void, AddressFailed>((resume) => {
    const target = { host: address.address, port: address.port }
    const socket = net.connect({ ...target, ...socketOptions })
    let isWinner = false
    const onConnect = () => {
      socket.off("error", onError)
      // Nothing is read before somebody listens.
      socket.pause()
      isWinner = claim({ socket, address })
      if (!isWinner) socket.destroy()
      resume(Effect.void)
    }
    const onError = (cause: NodeJS.ErrnoException) => {
      socket.destroy()
      resume(Effect.fail(new AddressFailed({ address, code: cause.code ?? cause.message, cause })))
    }
    socket.on("error", ignoreErrors).once("connect", onConnect).once("error", onError)
    // The winner's own attempt may be interrupted between its claim and its end.
    return Effect.sync(() => (isWinner ? undefined : socket.destroy()))
  })

const race = Effect.fn("HappyEyeballs.race")(function* (
  addresses: ReadonlyArray<SocketAddress>,
  options: RaceOptions,
  winner: { connected?: Connected }
) {
  const failures: Array<AddressFailed> = []
  const won = yield* Deferred.make<void>()
  const claim = (connected: Connected) => {
    if (winner.connected !== undefined) return false
    winner.connected = connected
    Deferred.unsafeDone(won, Effect.void)
    return true
  }
  const attempt = (address: SocketAddress) =>
    connectOne(address, claim).pipe(
      Effect.timeoutFail({
        duration: Duration.millis(options.addressMillis),
        onTimeout: () => new AddressFailed({ address, code: "ETIMEDOUT" })
      }),
      Effect.catchAll((failure) => {
        failures.push(failure)
        return options.onFailure(failure)
      })
    )
  const attempts: Array<Fiber.Fiber<void>> = []
  for (const address of interleave(addresses)) {
    const fiber = yield* Effect.forkScoped(attempt(address))
    attempts.push(fiber)
    yield* Effect.raceFirst(Fiber.await(fiber), Deferred.await(won)).pipe(
      Effect.timeoutOption(Duration.millis(options.attemptDelayMillis))
    )
    if (winner.connected !== undefined) return winner.connected
  }
  yield* Effect.raceFirst(Fiber.awaitAll(attempts), Deferred.await(won))
  return winner.connected ?? (yield* new NoAddressAnswered({ failures }))
}, Effect.scoped)

/** The socket is paused, and destroyed when the scope closes at the latest. */
export const connect = Effect.fn("HappyEyeballs.connect")(function* (
  addresses: ReadonlyArray<SocketAddress>,
  options: RaceOptions
) {
  const winner: { connected?: Connected } = {}
  yield* Effect.addFinalizer(() => Effect.sync(() => winner.connected?.socket.destroy()))
  return yield* race(addresses, options, winner).pipe(
    Effect.timeoutFail({
      duration: Duration.millis(options.totalMillis),
      onTimeout: () => new NoAddressAnswered({ failures: [] })
    })
  )
})
