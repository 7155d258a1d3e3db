/** RFC 5321 §4.2: where the octets of a reply are cut on their way means nothing. */
import { assert, describe, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as CertificatesFactory from "../support/Certificates.ts"
import type { Scenario } from "../support/FakeSmtpScenario.ts"
import { requirePart } from "../support/requirePart.ts"
import { attempt, login, type Row } from "./trial.ts"

type Session = Omit<Row, "name" | "outcome" | "server"> & { readonly server: Scenario }

const withAuth: Scenario = {
  extensions: ["PIPELINING", "AUTH LOGIN", "ENHANCEDSTATUSCODES"],
  answers: { AUTH: ["334 VXNlcm5hbWU6"], response: ["334 UGFzc3dvcmQ6", "235 2.7.0 in"] }
}

const mixed: Scenario["answers"] = {
  RCPT: ["250-2.1.5 first\r\n250 2.1.5 line", "550-5.1.1 no\r\n550 5.1.1 user", "452 4.2.2 full"]
}

const sessions: ReadonlyArray<readonly [what: string, session: Session]> = [
  ["in lockstep", { server: { answers: mixed } }],
  ["pipelined", { server: { extensions: ["PIPELINING"], answers: mixed } }],
  ["in chunks", { server: { extensions: ["PIPELINING", "CHUNKING"], answers: mixed } }],
  ["with AUTH", { server: withAuth, credentials: login, relay: { auth: { plaintext: "allowed" } } }]
]

const to = ["a@example.com", "b@example.com", "c@example.com"]

/** Longer than the longest reply: every cut of every reply is among them. */
const cuts = 90

const observed = (session: Session, more: Partial<Scenario>) =>
  Effect.gen(function* () {
    const { events, outcome, server } = yield* attempt({
      ...session,
      to,
      server: { ...session.server, ...more }
    })
    yield* server.closed
    const [connection] = server.connections
    const told = events.map((event) => event._tag).filter((tag) => tag !== "Received")
    return { outcome, commands: connection?.commands, messages: connection?.messages, told }
  })

describe.runIf(requirePart("openssl", "openssl"))("a session whose replies are cut", () => {
  layer(CertificatesFactory.layer, { excludeTestServices: true })((it) => {
    it.scoped.each(sessions)("at any octet goes as one whose replies come whole: %s [H7]", ([, session]) =>
      Effect.gen(function* () {
        const whole = yield* observed(session, {})
        assert.match(whole.outcome, /^delivered 250/)
        yield* Effect.forEach(
          Array.from({ length: cuts }, (_, at) => at),
          (at) =>
            Effect.map(observed(session, { cutRepliesAt: at }), (cut) =>
              assert.deepStrictEqual(cut, whole, `cut at ${at}`)
            ),
          { concurrency: 15 }
        )
      })
    )

    it.scoped("at any octet, inside TLS and before it [H7]", () =>
      Effect.gen(function* () {
        const certificates = yield* CertificatesFactory.Certificates
        const leaf = certificates.selfSigned({ subjectAltName: "DNS:mail.example.com" })
        const session: Session = {
          server: { ...withAuth, tls: { certificate: leaf.certificate, key: leaf.key } },
          credentials: login,
          relay: { tls: { mode: "required", fingerprint: leaf.fingerprint } }
        }
        const whole = yield* observed(session, {})
        assert.match(whole.outcome, /^delivered 250/)
        for (let at = 0; at < cuts; at += 9) {
          assert.deepStrictEqual(yield* observed(session, { cutRepliesAt: at }), whole, `cut at ${at}`)
        }
      })
    )
  })
})
