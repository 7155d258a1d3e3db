/** STARTTLS and TLS from servers, and people on the way, who want them to fail: the transport over real sockets. */
import { describe, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as CertificatesFactory from "../support/Certificates.ts"
import type { Answer, Scenario, ServerTls } from "../support/FakeSmtpScenario.ts"
import { requirePart } from "../support/requirePart.ts"
import type { RelayOverrides } from "../support/smtpFixtures.ts"
import { check, login, type Row } from "./trial.ts"

const { Certificates } = CertificatesFactory

type TlsRow = Omit<Row, "server"> & { readonly server: Scenario }

const required: RelayOverrides = { tls: { mode: "required" } }
const enabled: RelayOverrides = { tls: { mode: "enabled" } }
const opportunistic: RelayOverrides = { tls: { mode: "opportunistic" } }
const implicit: RelayOverrides = { tls: { mode: "implicit" } }
const withLogin = { credentials: login } as const

const upTo = (...commands: ReadonlyArray<string>) => ({ commands: ["EHLO client.example", ...commands] })
const answeringStartTls = (...answers: ReadonlyArray<Answer>): Scenario => ({
  answers: { STARTTLS: answers }
})

const injections: ReadonlyArray<readonly [id: string, what: string, answer: Answer]> = [
  ["T1", "a whole reply in the same segment", { bytes: "220 go\r\n250 x\r\n" }],
  [
    "T1",
    "an EHLO reply with capabilities in the same segment",
    { bytes: "220 go\r\n250-x\r\n250 AUTH PLAIN\r\n" }
  ],
  ["T1", "a reply in the same segment as a refusal", { bytes: "454 no\r\n250 x\r\n" }],
  ["T2", "half a line in the same segment", { bytes: "220 go\r\n250-SMTPUTF8" }],
  ["T2", "one octet in the same segment", { bytes: "220 go\r\n2" }],
  ["T3", "a reply a millisecond later", [{ bytes: "220 go\r\n" }, { bytes: "250 x\r\n", afterMillis: 1 }]]
]

const injected = ([id, what, answer]: (typeof injections)[number]): ReadonlyArray<TlsRow> =>
  [required, enabled, opportunistic].map(
    (relay): TlsRow => ({
      name: `RFC 3207 §6: ${what}, mode ${relay.tls?.mode} [${id}]`,
      server: answeringStartTls(answer),
      relay,
      ...withLogin,
      outcome: /^no session: TlsFailed (?:Injection|Handshake)$/,
      ...upTo("STARTTLS"),
      connections: 1
    })
  )

const refusals = ["454 4.7.0 later", "501 no", "502 no", "500 what", "421 bye"]
const nonsense = ["250 fine", "334 ", "354 go"]

const answers: ReadonlyArray<TlsRow> = [
  ...[...refusals, ...nonsense].flatMap(
    (answer): ReadonlyArray<TlsRow> => [
      {
        name: `RFC 3207 §4: STARTTLS answered by ${answer.trim()} where it is required [T5]`,
        server: answeringStartTls(answer),
        relay: required,
        outcome:
          /^no session: (?:TlsFailed Refused|ProtocolViolation starttls|ConnectFailed ServiceClosing starttls)$/,
        ...upTo("STARTTLS"),
        stored: 0
      },
      {
        name: `RFC 8314 §3: STARTTLS answered by ${answer.trim()}, and a password to tell [T5]`,
        server: { ...answeringStartTls(answer), extensions: ["AUTH PLAIN"] },
        relay: enabled,
        ...withLogin,
        outcome:
          /^no session: (?:TlsFailed Refused|ProtocolViolation starttls|ConnectFailed ServiceClosing starttls)$/,
        ...upTo("STARTTLS"),
        stored: 0
      }
    ]
  ),
  {
    name: "RFC 3207 §4: STARTTLS refused, nothing to hide and TLS not required [T5]",
    server: answeringStartTls("454 later"),
    relay: enabled,
    outcome: "delivered 250"
  },
  {
    name: "RFC 3207 §4: STARTTLS answered by no reply at all [T5]",
    server: answeringStartTls({ bytes: "xyzzy\r\n" }),
    relay: enabled,
    outcome: "no session: ProtocolViolation starttls",
    ...upTo("STARTTLS")
  }
]

/** Offers no STARTTLS, as if someone had cut it out. */
const stripped: ReadonlyArray<TlsRow> = [
  {
    name: "RFC 3207 §6: STARTTLS stripped where it is required [T4]",
    server: { answers: { EHLO: ["250-fake\r\n250 AUTH PLAIN"] } },
    relay: required,
    ...withLogin,
    outcome: "no session: TlsFailed NotOffered",
    ...upTo()
  },
  {
    name: "RFC 3207 §6: STARTTLS stripped, in another spelling [T4]",
    server: { answers: { EHLO: ["250-fake\r\n250-XSTARTTLS\r\n250 STARTTLSX"] } },
    relay: required,
    outcome: "no session: TlsFailed NotOffered",
    ...upTo()
  }
]

const failing: ReadonlyArray<TlsRow> = [enabled, opportunistic, required].map(
  (relay): TlsRow => ({
    name: `RFC 9325 §3.2: no handshake, mode ${relay.tls?.mode}: not in clear instead [T6]`,
    server: {
      extensions: ["AUTH PLAIN"],
      ...answeringStartTls([{ bytes: "220 go\r\n" }, { bytes: "this is not TLS\r\n", afterMillis: 40 }])
    },
    relay,
    ...withLogin,
    outcome: /^no session: TlsFailed (?:Handshake|Injection)$/,
    ...upTo("STARTTLS"),
    connections: 1,
    stored: 0
  })
)

const inside: ReadonlyArray<TlsRow> = [
  {
    name: "RFC 3207 §4.2: what was offered in clear counts no more [T7]",
    server: { extensions: ["AUTH PLAIN", "SIZE 1"], extensionsAfterTls: ["PIPELINING"] },
    relay: required,
    outcome: "delivered 250"
  },
  {
    name: "RFC 3207 §4.2: a login that was offered in clear alone is none [T7]",
    server: { extensions: ["AUTH PLAIN"], extensionsAfterTls: ["PIPELINING"] },
    relay: required,
    ...withLogin,
    outcome: "no session: AuthFailed NotOffered"
  },
  {
    name: "RFC 3207 §4.2: STARTTLS offered again inside TLS [T8]",
    server: { extensionsAfterTls: ["STARTTLS", "PIPELINING"] },
    relay: required,
    outcome: "delivered 250",
    commands: [
      "EHLO client.example",
      "STARTTLS",
      "EHLO client.example",
      "MAIL FROM:<sender@example.org>",
      "RCPT TO:<a@example.com>",
      "DATA",
      "QUIT"
    ]
  },
  ...["HTTP/1.1 400 Bad Request\r\n\r\n", "SSH-2.0-OpenSSH_9\r\n", "* OK IMAP4rev1\r\n", "+OK POP3\r\n"].map(
    (banner): TlsRow => ({
      name: `RFC 9325 §3.8: ${banner.trim()} inside TLS [T13]`,
      server: { implicitTls: true, answers: { connect: [{ bytes: banner }] } },
      relay: implicit,
      ...withLogin,
      outcome: "no session: ProtocolViolation greeting",
      commands: []
    })
  ),
  ...(["close", "reset", "half-close"] as const).map(
    (ending): TlsRow => ({
      name: `RFC 5321 §3.8: TLS ended by ${ending} before the reply to the message [T11]`,
      server: { answers: { "end-of-data": [{ ending }] } },
      relay: required,
      outcome: "ConnectFailed Lost final-dot"
    })
  ),
  {
    name: "RFC 5321 §3.8: TLS cut off in the middle of that reply [T11]",
    server: { answers: { "end-of-data": [{ bytes: "250 2.0.0 ta", ending: "reset" }] } },
    relay: required,
    outcome: "ConnectFailed Lost final-dot"
  }
]

const weak: ReadonlyArray<readonly [what: string, tls: Partial<ServerTls>]> = [
  ["TLS 1.0 alone", { minVersion: "TLSv1", maxVersion: "TLSv1" }],
  ["TLS 1.1 alone", { minVersion: "TLSv1", maxVersion: "TLSv1.1" }],
  ["CBC without forward secrecy", { maxVersion: "TLSv1.2", ciphers: "AES128-SHA@SECLEVEL=0" }],
  ["no encryption at all", { maxVersion: "TLSv1.2", ciphers: "NULL-SHA256@SECLEVEL=0" }]
]

describe.runIf(requirePart("openssl", "openssl"))(
  "a server, or someone on the way, that works against TLS",
  () => {
    layer(CertificatesFactory.layer, { excludeTestServices: true })((it) => {
      const secured = Effect.gen(function* () {
        const certificates = yield* Certificates
        const leaf = certificates.selfSigned({ subjectAltName: "DNS:mail.example.com", key: "rsa2048" })
        return { fingerprint: leaf.fingerprint, tls: { certificate: leaf.certificate, key: leaf.key } }
      })

      const checkSecured = (row: TlsRow, weakness: Partial<ServerTls> = {}) =>
        Effect.gen(function* () {
          const { fingerprint, tls } = yield* secured
          yield* check({
            ...row,
            server: { tls: { ...tls, ...weakness }, ...row.server },
            relay: { ...row.relay, tls: { mode: "required", fingerprint, ...row.relay?.tls } }
          })
        })

      it.scoped.each([...injections.flatMap(injected), ...answers, ...stripped, ...failing, ...inside])(
        "$name",
        (row) => checkSecured(row)
      )

      it.scoped.each(weak)(
        "RFC 9325 §3.1, §4.2: %s is refused, and the password not told [T12]",
        ([, weakness]) =>
          checkSecured(
            {
              name: "",
              server: { extensions: ["AUTH PLAIN"] },
              relay: required,
              ...withLogin,
              outcome: "no session: TlsFailed Handshake",
              ...upTo("STARTTLS"),
              connections: 1
            },
            weakness
          )
      )

      it.scoped(
        "RFC 5246 §7.4.6: a server that demands a certificate we don't have is named as the reason [T14]",
        () =>
          Effect.gen(function* () {
            const certificates = yield* Certificates
            const { certificate } = certificates.authority({ commonName: "Clients" })
            yield* checkSecured(
              {
                name: "",
                server: {},
                relay: { tls: { mode: "required" } },
                outcome: /^no session: (?:TlsFailed Handshake|ConnectFailed Lost ehlo)/,
                stored: 0
              },
              { clientAuthority: certificate }
            )
          })
      )
    })
  }
)
