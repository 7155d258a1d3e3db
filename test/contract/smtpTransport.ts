/** What every `SmtpTransport` does, whatever stands behind it. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { Envelope } from "../../src/domain/mail/Envelope.ts"
import { Mailbox } from "../../src/domain/mail/Mailbox.ts"
import { MessageError } from "../../src/domain/mail/MessageError.ts"
import { QueueFailed } from "../../src/domain/queue/QueueError.ts"
import type { Relay } from "../../src/domain/smtp/Relay.ts"
import type { Message } from "../../src/services/Message.ts"
import { type SmtpSession, SmtpTransport } from "../../src/services/SmtpTransport.ts"
import { envelopeTo, fates, messageOf, streamedMessage, summary, wireOf } from "../support/smtpFixtures.ts"

export type PeerStep = "connect" | "EHLO" | "AUTH" | "MAIL" | "RCPT" | "DATA" | "end-of-data"

/** How the server of a test behaves; whatever is not said, it accepts. */
export interface PeerScript {
  /** EHLO keywords. */
  readonly extensions?: ReadonlyArray<string>
  /** The nth use of a step gets the nth reply, the last one repeats. `drop`: the connection is lost instead. */
  readonly replies?: Partial<Record<PeerStep, ReadonlyArray<string>>>
}

export interface TakenMessage {
  readonly sender: string
  readonly recipients: ReadonlyArray<string>
  /** Header and body, canonical, not dot-stuffed. */
  readonly text: string
}

export interface TransportBench {
  readonly layer: Layer.Layer<SmtpTransport>
  /** Leads to the scripted server. No TLS, no credentials. */
  readonly relay: Relay
  /** Leads to nobody. */
  readonly deadRelay: Relay
  /** Complete messages with at least one recipient, in the order taken. */
  readonly taken: Effect.Effect<ReadonlyArray<TakenMessage>>
}

export type MakeBench = (script?: PeerScript) => Effect.Effect<TransportBench, never, Scope.Scope>

const all = { requireAllRecipients: true }
const some = { requireAllRecipients: false }

const inSession = <A, E>(
  { layer, relay }: TransportBench,
  use: (session: SmtpSession) => Effect.Effect<A, E>
) =>
  Effect.gen(function* () {
    const transport = yield* SmtpTransport
    return yield* use(yield* transport.open(relay))
  }).pipe(Effect.scoped, Effect.provide(layer))

const send = (
  bench: TransportBench,
  envelope: Envelope = envelopeTo("a@example.com"),
  message: Message = messageOf("Hello\r\n"),
  options = some
) =>
  Effect.map(
    inSession(bench, (session) => session.send(envelope, message, options)),
    fates
  )

const openingOf = ({ layer }: TransportBench, relay: Relay) =>
  Effect.gen(function* () {
    const transport = yield* SmtpTransport
    yield* transport.open(relay)
    return "ready"
  }).pipe(
    Effect.scoped,
    Effect.provide(layer),
    Effect.catchAll((error) => Effect.succeed(summary(error)))
  )

const addresses = (count: number) => Array.from({ length: count }, (_, index) => `r${index}@example.com`)

const everyServer: ReadonlyArray<ReadonlyArray<string>> = [[], ["PIPELINING"], ["PIPELINING", "CHUNKING"]]

const delivering = (makeBench: MakeBench) => {
  it.scopedLive.each(everyServer)("hands over the message as it is, to a server with %j", (extensions) =>
    Effect.gen(function* () {
      const bench = yield* makeBench({ extensions })
      const body = ".\r\n..two\r\nFrom me\r\n\r\n.\r\n"
      assert.deepStrictEqual(
        yield* send(bench, envelopeTo("a@example.com", "b@example.com"), messageOf(body, 3)),
        ["delivered 250", "delivered 250"]
      )
      assert.deepStrictEqual(yield* bench.taken, [
        { sender: "sender@example.org", recipients: ["a@example.com", "b@example.com"], text: wireOf(body) }
      ])
    })
  )

  it.scopedLive("sends the null reverse-path of a bounce, and a message without body", () =>
    Effect.gen(function* () {
      const bench = yield* makeBench()
      yield* send(bench, { ...envelopeTo("a@example.com"), reversePath: "" }, messageOf(""))
      assert.deepStrictEqual(yield* bench.taken, [
        { sender: "", recipients: ["a@example.com"], text: wireOf("") }
      ])
    })
  )

  it.scopedLive("leaves out recipients that are not the relay's", () =>
    Effect.gen(function* () {
      const bench = yield* makeBench()
      const [remote] = envelopeTo("a@example.com").recipients
      const local = { mailbox: Mailbox("root"), route: "mda" } as const
      const envelope = { ...envelopeTo(), recipients: [local, ...(remote === undefined ? [] : [remote])] }
      const results = yield* inSession(bench, (session) => session.send(envelope, messageOf("x\r\n"), some))
      assert.deepStrictEqual(
        results.map(({ recipient }) => recipient),
        [remote]
      )
    })
  )

  it.scopedLive("carries several messages over one session", () =>
    Effect.gen(function* () {
      const bench = yield* makeBench({ replies: { RCPT: ["250 ok", "550 5.1.1 no", "250 ok"] } })
      const outcomes = yield* inSession(bench, (session) =>
        Effect.gen(function* () {
          const told = []
          for (const name of ["a", "b", "c"]) {
            told.push(
              ...fates(yield* session.send(envelopeTo(`${name}@example.com`), messageOf(`${name}\r\n`), all))
            )
          }
          assert.isTrue(yield* session.isUsable)
          return told
        })
      )
      assert.deepStrictEqual(outcomes, ["delivered 250", "RecipientsRejected", "delivered 250"])
      assert.deepStrictEqual(
        (yield* bench.taken).map(({ text }) => text),
        [wireOf("a\r\n"), wireOf("c\r\n")]
      )
    })
  )

  it.scopedLive("sends to more recipients than one transaction takes, with results in their order", () =>
    Effect.gen(function* () {
      const bench = yield* makeBench({ extensions: ["PIPELINING"] })
      const envelope = envelopeTo(...addresses(250))
      const results = yield* inSession(bench, (session) => session.send(envelope, messageOf("x\r\n"), some))
      assert.deepStrictEqual(
        results.map(({ recipient }) => recipient),
        envelope.recipients
      )
      assert.deepStrictEqual([...new Set(fates(results))], ["delivered 250"])
      assert.deepStrictEqual(
        (yield* bench.taken).flatMap(({ recipients }) => recipients),
        addresses(250)
      )
    })
  )

  it.scopedLive("tells the results of each transaction before it begins the next", () =>
    Effect.gen(function* () {
      const bench = yield* makeBench()
      const taken: Array<number> = []
      const onResults = () => Effect.map(bench.taken, ({ length }) => void taken.push(length))
      yield* inSession(bench, (session) =>
        session.send(envelopeTo(...addresses(250)), messageOf("x\r\n"), { ...some, onResults })
      )
      assert.deepStrictEqual(taken, [1, 2, 3])
    })
  )

  it.scopedLive("goes no further when the results can't be kept", () =>
    Effect.gen(function* () {
      const bench = yield* makeBench()
      const full = new QueueFailed({ operation: "write", path: "st", reason: "NoSpace", detail: "disk full" })
      const failure = yield* inSession(bench, (session) =>
        Effect.flip(
          session.send(envelopeTo(...addresses(250)), messageOf("x\r\n"), {
            ...some,
            onResults: () => Effect.fail(full)
          })
        )
      )
      assert.strictEqual(failure.message, full.message)
      assert.strictEqual((yield* bench.taken).length, 1)
    })
  )

  it.scopedLive("tries recipients again that were one too many (452)", () =>
    Effect.gen(function* () {
      const bench = yield* makeBench({ replies: { RCPT: ["250 ok", "452 4.5.3 too many", "250 ok"] } })
      assert.deepStrictEqual(yield* send(bench, envelopeTo("a@example.com", "b@example.com")), [
        "delivered 250",
        "delivered 250"
      ])
    })
  )
}

const refusing = (makeBench: MakeBench) => {
  it.scopedLive("gives each recipient a result of its own", () =>
    Effect.gen(function* () {
      const bench = yield* makeBench({ replies: { RCPT: ["450 4.2.1 later", "250 ok", "550 5.1.1 no"] } })
      assert.deepStrictEqual(yield* send(bench, envelopeTo(...addresses(3))), [
        "RecipientsRejected",
        "delivered 250",
        "RecipientsRejected"
      ])
      assert.deepStrictEqual(
        (yield* bench.taken).map(({ recipients }) => recipients),
        [["r1@example.com"]]
      )
    })
  )

  it.scopedLive("sends nothing where one of several required recipients is refused", () =>
    Effect.gen(function* () {
      const bench = yield* makeBench({
        extensions: ["PIPELINING"],
        replies: { RCPT: ["250 ok", "550 5.1.1 no"] }
      })
      assert.deepStrictEqual(yield* send(bench, envelopeTo(...addresses(2)), messageOf("x\r\n"), all), [
        "MessageRejected OtherRecipientRefused rcpt",
        "RecipientsRejected"
      ])
      assert.deepStrictEqual(yield* bench.taken, [])
    })
  )

  const refusals: ReadonlyArray<readonly [PeerStep, string]> = [
    ["MAIL", "SenderRejected"],
    ["RCPT", "RecipientsRejected"],
    ["DATA", "MessageRejected Refused data"],
    ["end-of-data", "MessageRejected Refused final-dot"]
  ]
  it.scopedLive.each(refusals)("reports a refusal at %s, and the session stays usable", ([step, fate]) =>
    Effect.gen(function* () {
      const bench = yield* makeBench({ replies: { [step]: ["550 5.7.1 no", "250 ok"] } })
      const outcome = yield* inSession(bench, (session) =>
        Effect.gen(function* () {
          const told = fates(yield* session.send(envelopeTo("a@example.com"), messageOf("x\r\n"), all))
          assert.isTrue(yield* session.isUsable)
          return told
        })
      )
      assert.deepStrictEqual(outcome, [fate])
      assert.deepStrictEqual(yield* bench.taken, [])
    })
  )

  it.scopedLive("does not send what is larger than the server takes", () =>
    Effect.gen(function* () {
      const bench = yield* makeBench({ extensions: ["SIZE 10"] })
      assert.match((yield* send(bench)).join(), /^MessageRejected TooLarge/)
    })
  )
}

const losing = (makeBench: MakeBench) => {
  const losses: ReadonlyArray<readonly [PeerStep, string]> = [
    ["MAIL", "mail"],
    ["RCPT", "rcpt"],
    ["DATA", "data"],
    ["end-of-data", "final-dot"]
  ]
  it.scopedLive.each(losses)("makes a connection lost at %s the result of every recipient", ([step, stage]) =>
    Effect.gen(function* () {
      const bench = yield* makeBench({ replies: { [step]: ["drop"] } })
      yield* inSession(bench, (session) =>
        Effect.gen(function* () {
          const lost = `ConnectFailed Lost ${stage}`
          const first = yield* session.send(envelopeTo(...addresses(2)), messageOf("x\r\n"), all)
          assert.deepStrictEqual(fates(first), [lost, lost])
          assert.isFalse(yield* session.isUsable)
          const second = yield* session.send(envelopeTo("a@example.com"), messageOf("x\r\n"), all)
          assert.match(fates(second).join(), /^ConnectFailed Lost/)
        })
      )
    })
  )

  it.scopedLive("takes 421 for the end of the session", () =>
    Effect.gen(function* () {
      const bench = yield* makeBench({ replies: { MAIL: ["421 4.3.2 closing"] } })
      assert.deepStrictEqual(yield* send(bench), ["ConnectFailed ServiceClosing mail"])
    })
  )

  it.scopedLive("fails to open where nobody listens, or nobody wants to talk", () =>
    Effect.gen(function* () {
      const bench = yield* makeBench()
      assert.match(yield* openingOf(bench, bench.deadRelay), /^ConnectFailed (Refused|Unreachable) connect$/)
      const cases: ReadonlyArray<readonly [PeerStep, string, string]> = [
        ["connect", "554 no", "ConnectFailed GreetingRefused greeting"],
        ["connect", "421 busy", "ConnectFailed ServiceClosing greeting"],
        ["connect", "drop", "ConnectFailed Lost greeting"],
        ["EHLO", "451 not now", "ConnectFailed EhloRefused ehlo"]
      ]
      for (const [step, reply, outcome] of cases) {
        const refusing = yield* makeBench({ replies: { [step]: [reply] } })
        assert.strictEqual(yield* openingOf(refusing, refusing.relay), outcome)
      }
    })
  )

  it.scopedLive("fails to open where credentials are refused, or can't be used", () =>
    Effect.gen(function* () {
      const auth = { mechanism: "auto", plaintext: "allowed", username: "user" } as const
      const bench = yield* makeBench()
      assert.strictEqual(yield* openingOf(bench, { ...bench.relay, auth }), "AuthFailed NotOffered")
    })
  )

  it.scopedLive.each(everyServer)(
    "fails, delivering nothing, where the message can't be read, to a server with %j",
    (extensions) =>
      Effect.gen(function* () {
        const bench = yield* makeBench({ extensions })
        const broken = new MessageError({ reason: "Unreadable", detail: "disk" })
        const body = Stream.concat(Stream.make(new TextEncoder().encode("half a line")), Stream.fail(broken))
        yield* inSession(bench, (session) =>
          Effect.gen(function* () {
            const message = streamedMessage(body, 200_000)
            const exit = yield* Effect.exit(session.send(envelopeTo("a@example.com"), message, all))
            assert.deepStrictEqual(exit, Exit.fail(broken))
            assert.isFalse(yield* session.isUsable)
          })
        )
        assert.deepStrictEqual(yield* bench.taken, [])
      })
  )
}

export const smtpTransportContract = (name: string, makeBench: MakeBench): void => {
  describe(`the contract of SmtpTransport, kept by ${name}`, () => {
    delivering(makeBench)
    refusing(makeBench)
    losing(makeBench)
  })
}
