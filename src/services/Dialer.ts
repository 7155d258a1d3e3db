/**
 * Connections to relays as streams of bytes, over sockets or over whatever stands for a network.
 *
 * What is said over them, and how long it may take, is the business of the dialogue and its driver alone.
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import type { TlsFacts } from "../domain/smtp/DialogueTypes.ts"
import type { Relay } from "../domain/smtp/Relay.ts"
import type { ConnectFailed, SessionTimedOut, TlsFailed } from "../domain/smtp/SmtpError.ts"
import type { AddressReach } from "./SmtpTransport.ts"

export interface SocketAddress {
  /** Numeric. */
  readonly address: string
  readonly port: number
}

export type LineEvent =
  | { readonly _tag: "Received"; readonly bytes: Uint8Array }
  | { readonly _tag: "Closed"; readonly cause?: unknown }

/** Nothing here fails but the handshake: a loss is an event, and whatever the peer had still said comes before it. */
export interface Line {
  readonly isOpen: () => boolean
  /** One segment where it fits. What is written after a loss goes nowhere. */
  readonly write: (parts: ReadonlyArray<Uint8Array>) => void
  /** Succeeds when there is room for more; never, once the connection is lost. */
  readonly drained: Effect.Effect<void>
  /** The reader has taken this many bytes. */
  readonly consumed: (bytes: number) => void
  /** STARTTLS. None: the peer has said something behind its 220, which must not be taken for a part of the handshake. */
  readonly upgrade: Effect.Effect<Option.Option<TlsFacts>, TlsFailed>
  /** Ends our half. Succeeds when everything is on its way, or at a loss. */
  readonly finish: Effect.Effect<void>
  readonly destroy: () => void
}

/** A connection that nobody listens to yet. */
export interface Dialled {
  readonly address: SocketAddress
  /** Numeric, of our own end; perhaps empty. */
  readonly localAddress: string
  /** Implicit TLS: before the peer has said anything. The caller keeps the deadline. */
  readonly secure: Effect.Effect<TlsFacts, TlsFailed>
  readonly listen: (tell: (event: LineEvent) => void) => Line
}

/** One of the addresses did not answer. */
export type OnSilence = (address: SocketAddress, failure: string) => Effect.Effect<void>

/** A relay, found but not yet connected to. */
export interface Destination {
  /** Non-empty, preferred ones first. */
  readonly addresses: ReadonlyArray<SocketAddress>
  /** To the first of `addresses` that answers. Closed when the scope closes at the latest. */
  readonly connect: (
    addresses: ReadonlyArray<SocketAddress>,
    onSilence: OnSilence
  ) => Effect.Effect<Dialled, ConnectFailed | SessionTimedOut, Scope.Scope>
  /** In words, if it was TLS that ended a connection with this cause. */
  readonly tlsFault: (cause: unknown) => Option.Option<string>
}

export class Dialer extends Context.Tag("esmtp/services/Dialer")<
  Dialer,
  {
    /** Everything that can be known, or fail, before anything is connected: the stores of TLS, the addresses. */
    readonly find: (relay: Relay) => Effect.Effect<Destination, ConnectFailed | TlsFailed>
    /** Which addresses answer; nothing is said to any of them. */
    readonly survey: (relay: Relay) => Effect.Effect<ReadonlyArray<AddressReach>, ConnectFailed>
  }
>() {}
