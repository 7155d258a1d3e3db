/** One connection to a scripted relay: its octets pass through memory, its delays are sleeps on the clock of the program. */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { toBytes } from "../../domain/mail/ByteString.ts"
import * as RelayState from "../../domain/simulation/RelayState.ts"
import * as ServerSession from "../../domain/simulation/ServerSession.ts"
import type { Output, Session, StoredMessage } from "../../domain/simulation/ServerTurn.ts"
import type { TlsFacts } from "../../domain/smtp/DialogueTypes.ts"
import type { Relay } from "../../domain/smtp/Relay.ts"
import { type Peer, TlsFailed } from "../../domain/smtp/SmtpError.ts"
import type { Dialled, Line, LineEvent, SocketAddress } from "../../services/Dialer.ts"
import * as Inbox from "../smtp/Inbox.ts"

/** A relay as all its connections know it. */
export interface ServerRelay {
  state: RelayState.RelayState
}

export interface LineOptions {
  readonly relay: Relay
  readonly peer: Peer
  readonly address: SocketAddress
  readonly localAddress: string
  readonly server: ServerRelay
  readonly store: (message: StoredMessage, at: number) => void
}

interface Wire {
  readonly options: LineOptions
  readonly now: () => number
  /** What the server is still to say, each with the moment at which it does. */
  readonly due: Inbox.Inbox<{ readonly output: Output; readonly at: number }>
  session: Session
  /** Until when the server is busy saying what it said last. */
  busyUntil: number
  /** Not yet said. */
  waiting: number
  tell: (event: LineEvent) => void
  unreadBytes: number
  /** Closed by either side. */
  isOver: boolean
}

const deliver = (wire: Wire, output: Output): void => {
  if (wire.isOver) return
  if (output._tag === "Close") {
    wire.isOver = true
    wire.tell({ _tag: "Closed" })
    return
  }
  const bytes = toBytes(output.text)
  wire.unreadBytes += bytes.length
  wire.tell({ _tag: "Received", bytes })
}

/** At once where nothing is to be waited for; else when its time has come, in order. */
const send = (wire: Wire, output: Output): void => {
  const now = wire.now()
  const at = Math.max(now, wire.busyUntil) + output.afterMillis
  wire.busyUntil = at
  if (at <= now && wire.waiting === 0) {
    deliver(wire, output)
    return
  }
  wire.waiting++
  wire.due.push({ output, at })
}

const happen = (wire: Wire, event: ServerSession.SessionEvent): void => {
  const { server, store } = wire.options
  const now = wire.now()
  const { outputs, relay, session, stored } = ServerSession.step(server.state, wire.session, event, now)
  server.state = relay
  wire.session = session
  for (const message of stored) store(message, now)
  for (const output of outputs) send(wire, output)
}

const carrying = (wire: Wire): Effect.Effect<never> =>
  Effect.gen(function* () {
    const next = wire.due.shift()
    if (next === undefined) return yield* wire.due.arrival
    yield* Effect.sleep(Duration.millis(Math.max(0, next.at - wire.now())))
    wire.waiting--
    deliver(wire, next.output)
  }).pipe(Effect.forever)

const factsOf = ({ relay }: LineOptions, unverified: string | undefined): TlsFacts => ({
  protocol: "TLSv1.3",
  cipher: "TLS_AES_256_GCM_SHA384",
  cipherBits: 256,
  hasClientCertificate: relay.tls.certificate !== undefined,
  channelBinding: {},
  ...(unverified === undefined ? {} : { unverified })
})

/** As the script states it: `close` breaks the handshake off, `silence` never ends it. */
const handshake = (wire: Wire): Effect.Effect<TlsFacts, TlsFailed> =>
  Effect.gen(function* () {
    const { peer, relay, server } = wire.options
    const ruled = RelayState.rule(server.state, { at: "tls" }, wire.now())
    server.state = ruled.relay
    const { delayMillis = 0, end } = ruled.rule ?? {}
    if (delayMillis > 0) yield* Effect.sleep(Duration.millis(delayMillis))
    if (end === "silence") return yield* Effect.never
    if (end === "close") {
      wire.isOver = true
      const detail = "connection closed during the handshake"
      return yield* new TlsFailed({ peer, reason: "Handshake", detail })
    }
    const { flaw } = server.state.script.tls
    if (flaw !== undefined && relay.tls.mode !== "opportunistic")
      return yield* new TlsFailed({ peer, reason: "Certificate", detail: flaw })
    return factsOf(wire.options, flaw)
  })

const concat = (parts: ReadonlyArray<Uint8Array>): Uint8Array => {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

const lineOf = (wire: Wire): Line => ({
  isOpen: () => !wire.isOver,
  write: (parts) => {
    if (!wire.isOver) happen(wire, { _tag: "Received", bytes: concat(parts) })
  },
  drained: Effect.suspend(() => (wire.isOver ? Effect.never : Effect.void)),
  consumed: (bytes) => {
    wire.unreadBytes -= bytes
  },
  upgrade: Effect.gen(function* () {
    if (wire.unreadBytes > 0 || wire.isOver) return Option.none()
    const { peer, relay } = wire.options
    if (relay.tls.mode === "disabled")
      return yield* new TlsFailed({ peer, reason: "Refused", detail: "TLS is disabled" })
    const facts = yield* handshake(wire)
    happen(wire, { _tag: "Secured" })
    return Option.some(facts)
  }),
  finish: Effect.void,
  destroy: () => {
    wire.isOver = true
  }
})

/** A connection that stands until the scope closes, or either side ends it. */
export const dial = (options: LineOptions) =>
  Effect.gen(function* () {
    const clock = yield* Effect.clock
    const wire: Wire = {
      ...{ options, busyUntil: 0, waiting: 0, unreadBytes: 0, isOver: false },
      now: () => clock.unsafeCurrentTimeMillis(),
      due: Inbox.make(),
      session: ServerSession.initial,
      tell: () => {}
    }
    yield* Effect.addFinalizer(() =>
      Effect.sync(() => {
        wire.isOver = true
        happen(wire, { _tag: "Left" })
      })
    )
    yield* Effect.forkScoped(carrying(wire))
    const isSecure = options.relay.tls.mode === "implicit"
    const dialled: Dialled = {
      address: options.address,
      localAddress: options.localAddress,
      secure: handshake(wire),
      listen: (tell) => {
        wire.tell = tell
        happen(wire, { _tag: "Opened", isSecure })
        return lineOf(wire)
      }
    }
    return dialled
  })
