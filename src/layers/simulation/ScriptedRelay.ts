/**
 * `Dialer` whose relays are scripts in memory: the dialogue, its driver and its deadlines are the program's own, and only
 * what the server says is made up. TLS is a fact that the script states; no octet is encrypted.
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { matches } from "../../domain/simulation/Glob.ts"
import { type Outage, outageAt, type RelayScript } from "../../domain/simulation/RelayScript.ts"
import * as RelayState from "../../domain/simulation/RelayState.ts"
import type { StoredMessage } from "../../domain/simulation/ServerTurn.ts"
import { deadlineMillis } from "../../domain/smtp/Deadlines.ts"
import type { Relay } from "../../domain/smtp/Relay.ts"
import { ConnectFailed, type Peer, peerName, peerOf, SessionTimedOut } from "../../domain/smtp/SmtpError.ts"
import { isLoopbackAddress, parse as parseIpAddress } from "../../domain/smtp/tls/IpAddress.ts"
import { type Destination, Dialer, type OnSilence, type SocketAddress } from "../../services/Dialer.ts"
import * as ScriptedLine from "./ScriptedLine.ts"

export interface TakenMessage extends StoredMessage {
  /** Milliseconds since the epoch. */
  readonly at: number
  /** `host:service`, as the program calls it. */
  readonly relay: string
}

export interface Call {
  readonly at: number
  readonly relay: string
  readonly result: "answered" | Outage["kind"]
}

/** What the relays of a simulation have seen. */
export class Probe extends Context.Tag("esmtp/layers/simulation/ScriptedRelay/Probe")<
  Probe,
  {
    /** Complete messages that a relay keeps, in the order in which they came. */
    readonly messages: Effect.Effect<ReadonlyArray<TakenMessage>>
    /** Connections made, or tried. */
    readonly calls: Effect.Effect<ReadonlyArray<Call>>
  }
>() {}

/** What all connections share. */
interface Network {
  readonly relays: ReadonlyArray<ScriptedLine.ServerRelay>
  readonly messages: Array<TakenMessage>
  readonly calls: Array<Call>
}

const wellKnownPorts: ReadonlyMap<string, number> = new Map([
  ["smtp", 25],
  ["submission", 587],
  ["submissions", 465],
  ["smtps", 465]
])

const portOf = (service: string): number | undefined =>
  /^[0-9]{1,5}$/.test(service) ? Number(service) : wellKnownPorts.get(service.toLowerCase())

const isNumeric = (host: string): boolean => Option.isSome(parseIpAddress(host))

const addressesOf = (script: RelayScript, { host, service }: Relay): ReadonlyArray<SocketAddress> => {
  const own = isNumeric(host) ? [host] : host === "localhost" ? ["127.0.0.1"] : script.addresses
  return own.map((address) => ({ address, port: portOf(service) ?? 25 }))
}

const resolve = ({ relays }: Network, relay: Relay, now: number) => {
  const peer = peerOf(relay)
  const failed = (reason: ConnectFailed["reason"]) =>
    Effect.fail(new ConnectFailed({ peer, stage: "resolve", reason }))
  const server = relays.find(
    ({ state: { script } }) => matches(script.host, relay.host) || matches(script.host, peerName(peer))
  )
  if (portOf(relay.service) === undefined) return failed("ServiceUnknown")
  if (server === undefined) return failed("NameNotFound")
  if (!isNumeric(relay.host) && outageAt(server.state.script, now)?.kind === "dns")
    return failed("NameLookupFailed")
  return Effect.succeed(server)
}

interface Wanted {
  readonly relay: Relay
  readonly peer: Peer
  readonly server: ScriptedLine.ServerRelay
}

type Silence = "refused" | "silent" | "unreachable"

const silenceWords: Readonly<Record<Silence, string>> = {
  refused: "connection refused",
  silent: "no answer",
  unreachable: "no route to host"
}

const noAnswer = (
  { peer, relay }: Wanted,
  kind: Silence,
  addresses: ReadonlyArray<SocketAddress>,
  onSilence: OnSilence
): Effect.Effect<never, ConnectFailed | SessionTimedOut> =>
  Effect.gen(function* () {
    const afterMillis = deadlineMillis("connect", relay.timeoutMillis)
    if (kind === "silent") yield* Effect.sleep(Duration.millis(afterMillis))
    for (const address of addresses) yield* onSilence(address, silenceWords[kind])
    if (kind === "silent") return yield* new SessionTimedOut({ peer, stage: "connect", afterMillis })
    const reason = kind === "refused" ? "Refused" : "Unreachable"
    return yield* new ConnectFailed({ peer, stage: "connect", reason })
  })

/** What the script says of a connection before anybody has said a word. */
const fateOf = ({ server }: Wanted, now: number) => {
  const outage = outageAt(server.state.script, now)
  if (outage !== undefined && outage.kind !== "busy" && outage.kind !== "dns")
    return { silence: outage.kind, delayMillis: 0 }
  const { relay, rule } = RelayState.rule(server.state, { at: "connect" }, now)
  server.state = relay
  const silence = rule?.end === undefined ? undefined : rule.end === "close" ? "refused" : "silent"
  return { silence, delayMillis: rule?.delayMillis ?? 0 } as const
}

const connect = (network: Network, wanted: Wanted): Destination["connect"] =>
  Effect.fn("connect")(function* (addresses, onSilence) {
    const now = yield* Clock.currentTimeMillis
    const { silence, delayMillis } = fateOf(wanted, now)
    const relay = peerName(wanted.peer)
    network.calls.push({ at: now, relay, result: silence ?? "answered" })
    if (delayMillis > 0) yield* Effect.sleep(Duration.millis(delayMillis))
    const [address] = addresses
    if (silence !== undefined || address === undefined)
      return yield* noAnswer(wanted, silence ?? "unreachable", addresses, onSilence)
    return yield* ScriptedLine.dial({
      relay: wanted.relay,
      peer: { ...wanted.peer, address: address.address },
      address,
      localAddress: isLoopbackAddress(address.address) ? "127.0.0.1" : "192.0.2.1",
      server: wanted.server,
      store: (message, at) => void network.messages.push({ ...message, at, relay })
    })
  })

const dialer = (network: Network) =>
  Dialer.of({
    find: Effect.fn("ScriptedRelay.find")(function* (relay) {
      const server = yield* resolve(network, relay, yield* Clock.currentTimeMillis)
      const destination: Destination = {
        addresses: addressesOf(server.state.script, relay),
        connect: connect(network, { relay, peer: peerOf(relay), server }),
        tlsFault: () => Option.none()
      }
      return destination
    }),
    survey: (relay) =>
      Effect.gen(function* () {
        const now = yield* Clock.currentTimeMillis
        const server = yield* resolve(network, relay, now)
        const { silence } = fateOf({ relay, peer: peerOf(relay), server }, now)
        return addressesOf(server.state.script, relay).map(({ address }) => ({
          address,
          ...(silence === undefined ? {} : { failure: silenceWords[silence] })
        }))
      })
  })

/** The same scripts, seed and calls give the same answers. */
export const layer = (scripts: ReadonlyArray<RelayScript>, seed = 1): Layer.Layer<Dialer | Probe> =>
  Layer.effectContext(
    Effect.sync(() => {
      const network: Network = {
        relays: scripts.map((script, index) => ({ state: RelayState.make(script, seed + index) })),
        messages: [],
        calls: []
      }
      const probe = Probe.of({
        messages: Effect.sync(() => [...network.messages]),
        calls: Effect.sync(() => [...network.calls])
      })
      return Context.make(Dialer, dialer(network)).pipe(Context.add(Probe, probe))
    })
  )
