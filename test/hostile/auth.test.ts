/** Servers that make AUTH their weapon: the transport over real sockets, on loopback and inside TLS. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type { Answer, Scenario, ScriptedAnswer } from "../support/FakeSmtpScenario.ts"
import { attempt, check, login, password, type Row } from "./trial.ts"

const base64 = (text: string): string => Buffer.from(text, "latin1").toString("base64")
const challenge = (text: string): string => `334 ${base64(text)}`

const offering = (mechanisms: string, answers: Scenario["answers"] = {}): Scenario => ({
  extensions: ["PIPELINING", "ENHANCEDSTATUSCODES", `AUTH ${mechanisms}`],
  answers
})

const withLogin = { credentials: login } as const
const refused = (reason: string): string => `no session: AuthFailed ${reason}`

const refusals: ReadonlyArray<readonly [reply: string, reason: string]> = [
  ["535 5.7.8 no", "Rejected"],
  ["454 4.7.0 later", "Unavailable"],
  ["432 4.7.12 transition needed", "Unavailable"],
  ["534 5.7.9 too weak", "MechanismUnusable"],
  ["538 5.7.11 encryption required", "MechanismUnusable"],
  ["500 5.5.2 too long", "MechanismUnusable"],
  ["550 5.7.1 not you", "Rejected"]
]

const outcomes: ReadonlyArray<Row> = [
  ...refusals.map(
    ([reply, reason]): Row => ({
      name: `RFC 4954 §6: ${reply} [A1]`,
      server: offering("PLAIN", { AUTH: [reply] }),
      ...withLogin,
      outcome: refused(reason),
      stored: 0
    })
  ),
  {
    name: "RFC 4954 §6: what is refused for PLAIN is not tried with LOGIN [A1]",
    server: offering("PLAIN LOGIN", { AUTH: ["535 no"] }),
    ...withLogin,
    outcome: refused("Rejected"),
    commands: ["EHLO client.example", `AUTH PLAIN ${base64(`\0ada\0${password}`)}`]
  },
  {
    name: "RFC 4954 §4: 250 is no success of AUTH [A1]",
    server: offering("PLAIN", { AUTH: ["250 ok"] }),
    ...withLogin,
    outcome: "no session: ProtocolViolation auth",
    stored: 0
  }
]

const challenges: ReadonlyArray<readonly [what: string, answer: Answer]> = [
  ["no base64", "334 !!!"],
  ["base64 with a line end inside", { bytes: "334 QUFB\nQUFB\r\n" }],
  ["base64 without its padding", "334 QQ"],
  ["base64 with bits that mean nothing", "334 QR=="],
  ["more than 12288 octets", `334 ${"A".repeat(12_292)}`],
  ["several lines", { bytes: "334-QUFB\r\n334 QUFB\r\n" }]
]

const exchanges: ReadonlyArray<Row> = [
  ...challenges.map(
    ([what, answer]): Row => ({
      name: `RFC 4954 §4: a challenge of ${what} [A2]`,
      server: offering("CRAM-MD5", { AUTH: [answer], response: ["501 cancelled"] }),
      ...withLogin,
      outcome: /^no session: (?:AuthFailed (?:BadChallenge|MechanismUnusable)|ProtocolViolation auth)$/,
      stored: 0
    })
  ),
  {
    name: "RFC 4954 §4: cancelled with an asterisk, then the next mechanism [A2, A5]",
    server: offering("PLAIN CRAM-MD5", { AUTH: ["334 !!!", "235 in"], response: ["501 cancelled"] }),
    ...withLogin,
    outcome: "delivered 250",
    stored: 1
  },
  {
    name: "RFC 4954 §4: challenges without end [A2]",
    server: offering("LOGIN", { AUTH: [challenge("Username:")], response: [challenge("more?")] }),
    ...withLogin,
    outcome: /^no session: (?:AuthFailed BadChallenge|ProtocolViolation auth)$/,
    stored: 0
  },
  {
    name: "RFC 4954 §3: lower case, unknown names and the old spelling in any order [A5]",
    server: {
      extensions: ["AUTH=XYZZY login", "auth plain X-FOO", "AUTH"],
      answers: { AUTH: ["235 in"] }
    },
    ...withLogin,
    outcome: "delivered 250"
  },
  {
    name: "RFC 4954 §3: none that we know [A5]",
    server: offering("XYZZY DIGEST-MD5 GSSAPI"),
    ...withLogin,
    outcome: refused("MechanismUnusable"),
    commands: ["EHLO client.example"]
  },
  {
    name: "RFC 4616 §2: NUL in a password is not sent [A4]",
    server: offering("PLAIN LOGIN"),
    credentials: { username: "ada", password: Redacted.make("a\0b") },
    outcome: /^no session: AuthFailed/,
    commands: ["EHLO client.example"]
  },
  {
    name: "RFC 4616 §2: NUL in a user name is not sent [A4]",
    server: offering("PLAIN LOGIN"),
    credentials: { username: "a\0da", password: Redacted.make("ab") },
    outcome: /^no session: AuthFailed/,
    commands: ["EHLO client.example"]
  },
  {
    name: "RFC 4954 §4: a first response too long for a command follows in a line of its own [A8]",
    server: offering("PLAIN", { AUTH: ["334 "] }),
    credentials: { username: "ada", password: Redacted.make("p".repeat(1000)) },
    outcome: "delivered 250",
    commands: [
      "EHLO client.example",
      "AUTH PLAIN",
      base64(`\0ada\0${"p".repeat(1000)}`),
      "MAIL FROM:<sender@example.org>",
      "RCPT TO:<a@example.com>",
      "DATA",
      "QUIT"
    ]
  }
]

/** SCRAM as a server that is given our first message plays it. `change` makes its answer. */
const scramFirst =
  (change: (nonce: string) => string): ScriptedAnswer =>
  (line) => {
    const message = Buffer.from(line.split(" ")[2] ?? "", "base64").toString()
    const nonce = /r=([^,]*)/.exec(message)?.[1] ?? ""
    return challenge(change(nonce))
  }

const salt = base64("salt")
const goodFirst = scramFirst((nonce) => `r=${nonce}server,s=${salt},i=4096`)

const scramServers: ReadonlyArray<readonly [what: string, answers: Scenario["answers"], reason: string]> = [
  ["a nonce that is not ours", { AUTH: [challenge(`r=other,s=${salt},i=4096`)] }, "BadChallenge"],
  ["our nonce alone", { AUTH: [scramFirst((nonce) => `r=${nonce},s=${salt},i=4096`)] }, "BadChallenge"],
  ["one iteration", { AUTH: [scramFirst((nonce) => `r=${nonce}x,s=${salt},i=1`)] }, "BadChallenge"],
  [
    "a thousand million of them",
    { AUTH: [scramFirst((nonce) => `r=${nonce}x,s=${salt},i=1000000000`)] },
    "BadChallenge"
  ],
  [
    "a signature of somebody else's",
    { AUTH: [goodFirst], response: [challenge(`v=${base64("x".repeat(32))}`), "235 in"] },
    "ServerUnverified"
  ],
  ["success without a signature", { AUTH: [goodFirst], response: ["235 in"] }, "ServerUnverified"],
  ["success at once", { AUTH: ["235 in"] }, "ServerUnverified"],
  ["an error", { AUTH: [goodFirst], response: [challenge("e=invalid-proof"), "535 no"] }, "BadChallenge"]
]

const scram: ReadonlyArray<Row> = scramServers.map(
  ([what, answers, reason]): Row => ({
    name: `RFC 5802 §5: SCRAM with ${what}, and the password is told to nobody else [A3]`,
    server: offering("SCRAM-SHA-256 PLAIN", answers),
    ...withLogin,
    outcome: refused(reason),
    connections: 1,
    stored: 0
  })
)

const octets = (text: string): string => Buffer.from(text, "latin1").toString("base64")
const type2 = (fields: string): string => `334 ${octets(`NTLMSSP\0\x02\0\0\0${fields}`)}`
const flags = "\x05\x82\x8a\xa2"
const ntlmMessages: ReadonlyArray<readonly [what: string, answer: string]> = [
  ["nothing behind its signature", type2("")],
  [
    "a length of 65535",
    type2(`\xff\xff\xff\xff\x38\0\0\0${flags}abcdefgh${"\0".repeat(8)}\xff\xff\xff\xff\x38\0\0\0`)
  ],
  [
    "a negative offset",
    type2(`\x04\0\x04\0\xff\xff\xff\xff${flags}abcdefgh${"\0".repeat(8)}\x04\0\x04\0\xff\xff\xff\xff`)
  ],
  [
    "an offset behind its end",
    type2(`\x04\0\x04\0\0\x10\0\0${flags}abcdefgh${"\0".repeat(8)}\x04\0\x04\0\0\x10\0\0`)
  ],
  [
    "target information without an end",
    type2(`\0\0\0\0\x38\0\0\0${flags}abcdefgh${"\0".repeat(8)}\x04\0\x04\0\x30\0\0\0\x02\0\xff\xff`)
  ]
]

const ntlm: ReadonlyArray<Row> = ntlmMessages.map(
  ([what, answer]): Row => ({
    name: `MS-NLMP: a challenge with ${what} [A6]`,
    server: offering("NTLM", { AUTH: [answer], response: ["501 cancelled"] }),
    ...withLogin,
    relay: { auth: { mechanism: "NTLM" } },
    outcome: refused("BadChallenge"),
    stored: 0
  })
)

describe("a server that is asked to authenticate us", () => {
  it.scopedLive.each([...outcomes, ...exchanges, ...scram, ...ntlm])("$name", check)

  it.scopedLive("repeats the password in every way, and nobody hears it from us [A7]", () =>
    Effect.gen(function* () {
      const plain = base64(`\0ada\0${password}`)
      const echoes = [`535 ${password}`, `535-${plain}\r\n535 ${password}`, `454 ${plain}`, `xyz ${password}`]
      for (const echo of echoes) {
        const tried = yield* attempt({
          server: offering("PLAIN", { AUTH: [echo] }),
          ...withLogin
        })
        assert.match(tried.outcome, /^no session/)
        const told = `${tried.outcome}${JSON.stringify(tried.events)}`
        assert.isFalse(told.includes(password) || told.includes(plain), echo)
      }
    })
  )
})
