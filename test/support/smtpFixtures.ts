/** Relays, envelopes and messages for tests of the transport, and a `TrafficLog` that remembers. */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import type { Envelope } from "../../src/domain/mail/Envelope.ts"
import { Mailbox } from "../../src/domain/mail/Mailbox.ts"
import type { MessageError } from "../../src/domain/mail/MessageError.ts"
import type { QueueFailed } from "../../src/domain/queue/QueueError.ts"
import type { RecipientResult } from "../../src/domain/smtp/DialogueTypes.ts"
import type { AuthPolicy, Relay, TlsPolicy } from "../../src/domain/smtp/Relay.ts"
import type { SessionEvent } from "../../src/domain/telemetry/SessionEvent.ts"
import * as NodeCrypto from "../../src/layers/sasl/NodeCrypto.ts"
import type { SocketDialerOptions } from "../../src/layers/smtp/SocketDialer.ts"
import { layerWith } from "../../src/layers/smtp/SocketTransport.ts"
import { LocalSystem } from "../../src/services/LocalSystem.ts"
import type { Message } from "../../src/services/Message.ts"
import { Secrets } from "../../src/services/Secrets.ts"
import { type SessionError, SmtpTransport } from "../../src/services/SmtpTransport.ts"
import { TrafficLog } from "../../src/services/TrafficLog.ts"

export interface RelayOverrides {
  readonly tls?: Partial<TlsPolicy>
  readonly auth?: Partial<AuthPolicy>
  readonly host?: string
  readonly helo?: string
  readonly timeoutMillis?: number
}

export const relayAt = (
  { host, port }: { readonly host: string; readonly port: number },
  { tls, auth, ...overrides }: RelayOverrides = {}
): Relay => ({
  host,
  service: String(port),
  helo: "client.example",
  timeoutMillis: 5000,
  ...overrides,
  tls: { mode: "disabled", minVersion: "TLSv1.2", ...tls },
  auth: { mechanism: "auto", plaintext: "refused", ...auth }
})

export const envelopeTo = (...recipients: ReadonlyArray<string>): Envelope => ({
  reversePath: Mailbox("sender@example.org"),
  recipients: recipients.map((mailbox) => ({ mailbox: Mailbox(mailbox), route: "relay" }))
})

const encoder = new TextEncoder()

const header = "Subject: test\r\nMessage-ID: <1@example.org>\r\n\r\n"

export const streamedMessage = (
  body: Stream.Stream<Uint8Array, MessageError | QueueFailed>,
  bodyBytes: number
): Message => ({
  header: { wire: encoder.encode(header), local: encoder.encode(header) },
  facts: {
    sizeBytes: header.length + bodyBytes,
    hasEightBitHeader: false,
    hasEightBitBody: false,
    longestLineBytes: 78,
    nulsDropped: 0
  },
  body
})

/** `body` in canonical form; given in chunks of `chunkBytes`. */
export const messageOf = (body: string, chunkBytes = body.length): Message => {
  const octets = encoder.encode(body)
  const chunks = Array.from({ length: Math.ceil(octets.length / Math.max(1, chunkBytes)) }, (_, index) =>
    octets.subarray(index * chunkBytes, (index + 1) * chunkBytes)
  )
  return streamedMessage(Stream.fromIterable(chunks), octets.length)
}

export const wireOf = (body: string): string => header + body

/** `delivered`, or the tag of the error. */
export const verdicts = (results: ReadonlyArray<RecipientResult>): ReadonlyArray<string> =>
  results.map(({ result }) =>
    Either.match(result, { onLeft: (error) => error._tag, onRight: ({ code }) => `delivered ${code}` })
  )

export const system = LocalSystem.of({
  userName: "user",
  hostName: "host.example.org",
  utcOffsetMinutes: () => 0,
  processId: 1
})

export interface TransportSetup extends SocketDialerOptions {
  readonly events?: Array<SessionEvent>
  readonly secrets?: typeof Secrets.Service
  readonly home?: string
}

/** The real transport, with nothing of the machine it runs on. */
export const transport = ({ events, secrets, home, ...options }: TransportSetup = {}) =>
  layerWith({ environment: {}, systemBundles: [], ...options }).pipe(
    Layer.provide([
      NodeCrypto.layer,
      Layer.succeed(LocalSystem, home === undefined ? system : { ...system, home }),
      Layer.succeed(Secrets, secrets ?? { credentials: () => Effect.succeed({}) }),
      Layer.succeed(TrafficLog, { record: (event) => Effect.sync(() => events?.push(event)) })
    ])
  )

export interface Sending extends TransportSetup {
  readonly to?: ReadonlyArray<string>
  readonly message?: Message
  readonly requireAllRecipients?: boolean
}

/** One session, one message. */
export const sendOver = (relay: Relay, { to, message, requireAllRecipients, ...setup }: Sending = {}) =>
  Effect.gen(function* () {
    const smtp = yield* SmtpTransport
    const session = yield* smtp.open(relay)
    return yield* session.send(envelopeTo(...(to ?? ["a@example.com"])), message ?? messageOf("hello\r\n"), {
      requireAllRecipients: requireAllRecipients ?? false
    })
  }).pipe(Effect.scoped, Effect.provide(transport(setup)))

/** Class, reason and stage of an error in one line. */
export const summary = (error: SessionError): string =>
  [error._tag, "reason" in error ? error.reason : "", "stage" in error ? error.stage : ""]
    .filter((word) => word !== "")
    .join(" ")

/** Opens a session and closes it: `ready`, or how it failed. */
export const openingOver = (relay: Relay, setup: TransportSetup = {}) =>
  Effect.gen(function* () {
    const smtp = yield* SmtpTransport
    return yield* smtp.open(relay)
  }).pipe(
    Effect.scoped,
    Effect.match({ onFailure: summary, onSuccess: () => "ready" }),
    Effect.provide(transport(setup))
  )

/** `delivered 250` or the error's summary, for each recipient. */
export const fates = (results: ReadonlyArray<RecipientResult>): ReadonlyArray<string> =>
  results.map(({ result }) =>
    Either.match(result, { onLeft: summary, onRight: ({ code }) => `delivered ${code}` })
  )
