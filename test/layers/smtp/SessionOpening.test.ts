import { assert, describe, it, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type { SessionEvent } from "../../../src/domain/telemetry/SessionEvent.ts"
import * as CertificatesFactory from "../../support/Certificates.ts"
import type { Answer, Part, Scenario, Step } from "../../support/FakeSmtpScenario.ts"
import * as FakeSmtpServer from "../../support/FakeSmtpServer.ts"
import { requirePart } from "../../support/requirePart.ts"
import { openingOver, type RelayOverrides, relayAt, type TransportSetup } from "../../support/smtpFixtures.ts"

const { Certificates } = CertificatesFactory

/** `ready`, or how opening a session fails there; `short` where the server is silent. */
const opening = (scenario: Scenario, overrides?: RelayOverrides, setup?: TransportSetup) =>
  Effect.gen(function* () {
    const server = yield* FakeSmtpServer.make(scenario)
    return { outcome: yield* openingOver(relayAt(server, overrides), setup), server }
  })

const short = { timeoutMillis: 150 }

const withAnswer = (step: Step, answer: Answer): Scenario => ({ answers: { [step]: [answer] } })

const endings = ["close", "reset", "half-close"] as const

describe("SessionOpening", () => {
  it.scopedLive.each(endings)("takes a %s before the greeting for a lost connection [H4]", (ending) =>
    Effect.gen(function* () {
      const { outcome } = yield* opening(withAnswer("connect", { ending }))
      // A reset may come so early that it is the connect that fails.
      assert.match(outcome, /^ConnectFailed Lost (greeting|connect)$/)
    })
  )

  it.scopedLive.each(endings)("takes a %s in the middle of a reply for a lost connection", (ending) =>
    Effect.gen(function* () {
      const cut: ReadonlyArray<Answer> = [{ bytes: "250-fake\r\n25", ending }]
      const { outcome } = yield* opening({ answers: { EHLO: cut, HELO: cut } })
      assert.strictEqual(outcome, "ConnectFailed Lost helo")
    })
  )

  it.scopedLive("connects once more with HELO when the server hangs up on EHLO [H11]", () =>
    Effect.gen(function* () {
      const server = yield* FakeSmtpServer.make([withAnswer("EHLO", { ending: "close" }), {}])
      assert.strictEqual(yield* openingOver(relayAt(server)), "ready")
      assert.deepStrictEqual(
        server.connections.map(({ commands }) => commands[0]),
        ["EHLO client.example", "HELO client.example"]
      )
    })
  )

  it.scopedLive("does not give up TLS by falling back to HELO [H11]", () =>
    Effect.gen(function* () {
      const { outcome, server } = yield* opening(withAnswer("EHLO", { ending: "close" }), {
        tls: { mode: "required" }
      })
      assert.strictEqual(outcome, "ConnectFailed Lost ehlo")
      assert.strictEqual(server.connections.length, 1)
    })
  )

  it.scopedLive("waits no longer than its deadline for a silent server", () =>
    Effect.gen(function* () {
      const silence: Part = { ending: "silence" }
      assert.strictEqual(
        (yield* opening(withAnswer("connect", silence), short)).outcome,
        "SessionTimedOut greeting"
      )
      assert.strictEqual((yield* opening(withAnswer("EHLO", silence), short)).outcome, "SessionTimedOut ehlo")
    })
  )

  it.scopedLive("counts the deadline for the whole reply, not for each byte [H3]", () =>
    Effect.gen(function* () {
      const trickle = { bytes: `220-${"x".repeat(400)}\r\n220 ok\r\n`, pieceBytes: 1, gapMillis: 10 }
      const { outcome } = yield* opening(withAnswer("connect", trickle), short)
      assert.strictEqual(outcome, "SessionTimedOut greeting")
    })
  )

  it.scopedLive("stops a server that never ends its reply [H2]", () =>
    Effect.gen(function* () {
      const endless = { bytes: "250-x\r\n".repeat(200_000) }
      const { outcome } = yield* opening(withAnswer("EHLO", endless))
      assert.match(outcome, /^ProtocolViolation ehlo$/)
    })
  )

  it.scopedLive("understands replies split at every byte [H7]", () =>
    Effect.gen(function* () {
      const split = (text: string): Answer => ({ bytes: text, pieceBytes: 1, gapMillis: 0 })
      const answers = {
        connect: [split("220-a\r\n220 b\r\n")],
        EHLO: [split("250-a\r\n250-SIZE 10\r\n250 PIPELINING\r\n")]
      }
      assert.strictEqual((yield* opening({ answers })).outcome, "ready")
    })
  )

  it.scopedLive("takes a 421 or 554 greeting for this server's last word, and says nothing [H9, H10]", () =>
    Effect.gen(function* () {
      const refused = yield* opening(withAnswer("connect", "554 no service"))
      assert.strictEqual(refused.outcome, "ConnectFailed GreetingRefused greeting")
      yield* refused.server.closed
      assert.deepStrictEqual(refused.server.connections[0]?.commands, [])
      const closing = yield* opening(withAnswer("connect", "421 too busy"))
      assert.strictEqual(closing.outcome, "ConnectFailed ServiceClosing greeting")
    })
  )

  it.scopedLive("reports what a server said rather than the silence of the next address", () =>
    Effect.gen(function* () {
      const events: Array<SessionEvent> = []
      const bad = yield* FakeSmtpServer.make(withAnswer("connect", "554 no"), "127.0.0.2")
      const lookup = () => Effect.succeed(["127.0.0.2", "127.0.0.3"])
      // The second address has nobody at this port: what the first one said is what counts.
      const relay = relayAt({ host: "mail.example.com", port: bad.port })
      assert.strictEqual(
        yield* openingOver(relay, { lookup, events }),
        "ConnectFailed GreetingRefused greeting"
      )
      const tried = events.filter(({ _tag }) => _tag === "AddressTried")
      assert.strictEqual(tried.length, 2)
    })
  )

  it.scopedLive("uses the second address when the first greets with 554", () =>
    Effect.gen(function* () {
      const bad = yield* FakeSmtpServer.make(withAnswer("connect", "554 no"), "127.0.0.2")
      const good = yield* FakeSmtpServer.make({}, "127.0.0.3", bad.port)
      const lookup = () => Effect.succeed(["127.0.0.2", "127.0.0.3"])
      const relay = relayAt({ host: "mail.example.com", port: bad.port })
      assert.strictEqual(yield* openingOver(relay, { lookup }), "ready")
      assert.strictEqual(good.connections.length, 1)
    })
  )

  it.scopedLive("does not try a refused password at another address", () =>
    Effect.gen(function* () {
      const refusing: Scenario = { extensions: ["AUTH PLAIN"], answers: { AUTH: ["535 5.7.8 no"] } }
      const first = yield* FakeSmtpServer.make(refusing, "127.0.0.2")
      const second = yield* FakeSmtpServer.make(refusing, "127.0.0.3", first.port)
      const relay = relayAt({ host: "mail.example.com", port: first.port }, { auth: { username: "u" } })
      const secrets = { credentials: () => Effect.succeed({ username: "u", password: Redacted.make("p") }) }
      const lookup = () => Effect.succeed(["127.0.0.2", "127.0.0.3"])
      assert.strictEqual(yield* openingOver(relay, { lookup, secrets }), "AuthFailed Rejected")
      assert.strictEqual(second.connections.length, 0)
    })
  )

  it.scopedLive("tells a refused connection from an unknown name and an unknown service", () =>
    Effect.gen(function* () {
      const server = yield* FakeSmtpServer.make({})
      const nobody = { host: "127.0.0.9", port: server.port }
      assert.strictEqual(yield* openingOver(relayAt(nobody)), "ConnectFailed Refused connect")
      const lookup = () => Effect.succeed([])
      const nameless = relayAt({ host: "mail.example.com", port: 25 })
      assert.strictEqual(yield* openingOver(nameless, { lookup }), "ConnectFailed NameNotFound resolve")
      const odd = { ...relayAt(server), service: "nosuch" }
      assert.strictEqual(yield* openingOver(odd), "ConnectFailed ServiceUnknown resolve")
    })
  )

  it.scopedLive("gives its address where the machine has no name", () =>
    Effect.gen(function* () {
      const { server } = yield* opening({}, { helo: "" })
      assert.strictEqual(server.connections[0]?.commands[0], "EHLO [127.0.0.1]")
      const { server: foreign } = yield* opening({}, { helo: "bücher.example" })
      assert.strictEqual(foreign.connections[0]?.commands[0], "EHLO xn--bcher-kva.example")
    })
  )
})

const home = Effect.gen(function* () {
  const certificates = yield* Certificates
  const leaf = certificates.selfSigned({ subjectAltName: "DNS:mail.example.com" })
  return { tls: { certificate: leaf.certificate, key: leaf.key }, pin: leaf.fingerprint, certificates }
})

describe.runIf(requirePart("openssl", "openssl"))("SessionOpening with TLS", () => {
  layer(CertificatesFactory.layer, { excludeTestServices: true })((it) => {
    const secure = (scenario: Scenario, overrides: RelayOverrides = {}) =>
      Effect.gen(function* () {
        const { tls, pin } = yield* home
        const policy = { mode: "required", fingerprint: pin, ...overrides.tls } as const
        return yield* opening({ tls, ...scenario }, { ...overrides, tls: policy })
      })

    const sameSegment: ReadonlyArray<readonly [string, Answer]> = [
      ["whole lines [T1]", { bytes: "220 go\r\n250-fake\r\n250 AUTH PLAIN\r\n" }],
      ["an unfinished line [T2]", { bytes: "220 go\r\n250-SMTPUTF8" }],
      ["one octet", { bytes: "220 go\r\n2" }]
    ]
    it.scoped.each(sameSegment)("calls it an injection: behind the 220 come %s", ([, answer]) =>
      Effect.gen(function* () {
        const { outcome, server } = yield* secure({ answers: { STARTTLS: [answer] } })
        assert.strictEqual(outcome, "TlsFailed Injection")
        assert.deepStrictEqual(server.connections[0]?.commands, ["EHLO client.example", "STARTTLS"])
      })
    )

    const ownSegment: ReadonlyArray<readonly [string, Answer]> = [
      ["at once", [{ bytes: "220 go\r\n" }, { bytes: "250 x\r\n" }]],
      ["a millisecond later [T3]", [{ bytes: "220 go\r\n" }, { bytes: "250 x\r\n", afterMillis: 1 }]]
    ]
    it.scoped.each(ownSegment)(
      "never takes for an answer over TLS what comes behind the 220 %s",
      ([, answer]) =>
        Effect.gen(function* () {
          const { outcome, server } = yield* secure({ answers: { STARTTLS: [answer] } })
          assert.match(outcome, /^TlsFailed (Injection|Handshake)$/)
          assert.deepStrictEqual(server.connections[0]?.commands, ["EHLO client.example", "STARTTLS"])
        })
    )

    it.scoped("takes nothing that was said in clear into the encrypted session [T7]", () =>
      Effect.gen(function* () {
        const { outcome, server } = yield* secure({
          extensions: ["AUTH PLAIN"],
          extensionsAfterTls: ["SIZE 1"]
        })
        assert.strictEqual(outcome, "ready")
        yield* server.closed
        assert.deepStrictEqual(server.connections[0]?.commands, [
          "EHLO client.example",
          "STARTTLS",
          "EHLO client.example",
          "QUIT"
        ])
      })
    )

    it.scoped("does not go on in clear when the handshake fails [T6]", () =>
      Effect.gen(function* () {
        const noTls: Scenario = { extensions: ["STARTTLS"], answers: { STARTTLS: ["220 go", "250 x"] } }
        for (const mode of ["enabled", "opportunistic"] as const) {
          const server = yield* FakeSmtpServer.make({
            ...noTls,
            answers: {
              STARTTLS: [[{ bytes: "220 go\r\n" }, { bytes: "not TLS at all\r\n", afterMillis: 30 }]]
            }
          })
          const outcome = yield* openingOver(relayAt(server, { tls: { mode } }))
          assert.match(outcome, /^TlsFailed (Handshake|Injection)$/)
          assert.strictEqual(server.connections.length, 1)
        }
      })
    )

    it.scoped("waits no longer than its deadline for a handshake", () =>
      Effect.gen(function* () {
        const mute: Scenario = {
          extensions: ["STARTTLS"],
          answers: { STARTTLS: [{ bytes: "220 go\r\n", ending: "stall" }] }
        }
        const starttls = yield* opening(mute, { ...short, tls: { mode: "required" } })
        assert.strictEqual(starttls.outcome, "SessionTimedOut tls")
        const implicit = yield* opening(withAnswer("connect", { ending: "stall" }), {
          ...short,
          tls: { mode: "implicit" }
        })
        assert.strictEqual(implicit.outcome, "SessionTimedOut tls")
      })
    )

    it.scoped.each(endings)("takes a %s during the handshake for a failed one", (ending) =>
      Effect.gen(function* () {
        const cut: Scenario = {
          extensions: ["STARTTLS"],
          answers: { STARTTLS: [{ bytes: "220 go\r\n", ending }] }
        }
        const { outcome } = yield* opening(cut, { tls: { mode: "required" } })
        assert.match(outcome, /^TlsFailed (Handshake|Injection)$/)
      })
    )

    it.scoped("says that a server in clear is no server with implicit TLS", () =>
      Effect.gen(function* () {
        const { outcome } = yield* opening({}, { tls: { mode: "implicit" } })
        assert.strictEqual(outcome, "TlsFailed Handshake")
      })
    )

    it.scoped("takes another protocol inside TLS for garbage [T13]", () =>
      Effect.gen(function* () {
        const http = "HTTP/1.1 400 Bad Request\r\n\r\n"
        const { outcome } = yield* secure(
          { implicitTls: true, answers: { connect: [{ bytes: http }] } },
          { tls: { mode: "implicit" } }
        )
        assert.strictEqual(outcome, "ProtocolViolation greeting")
      })
    )

    it.scoped("refuses a bad trust store before it connects, in every mode that might use it", () =>
      Effect.gen(function* () {
        const { certificates } = yield* home
        const server = yield* FakeSmtpServer.make({})
        for (const mode of ["opportunistic", "enabled", "required", "implicit"] as const) {
          const tls = { mode, caFile: `${certificates.directory}/none.pem` }
          assert.strictEqual(yield* openingOver(relayAt(server, { tls })), "TlsFailed Store")
        }
        assert.strictEqual(server.connections.length, 0)
        const disabled = { mode: "disabled", caFile: "/nonexistent" } as const
        assert.strictEqual(yield* openingOver(relayAt(server, { tls: disabled })), "ready")
      })
    )
  })
})
