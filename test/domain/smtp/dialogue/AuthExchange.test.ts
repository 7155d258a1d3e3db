import * as Redacted from "effect/Redacted"

import { base64, offered, overTls, plain, proposed } from "./auth.ts"
import { tlsFacts } from "./plans.ts"
import { describeScenarios, type Scenario } from "./script.ts"

const longSecret = "p".repeat(400)

const refused: ReadonlyArray<Scenario> = [
  ["535 no", "Rejected"],
  ["530 no", "Rejected"],
  ["503 no", "Rejected"],
  ["554 no", "Rejected"],
  ["534 weak", "MechanismUnusable"],
  ["538 tls", "MechanismUnusable"],
  ["454 later", "Unavailable"],
  ["432 transition", "Unavailable"],
  ["450 later", "Unavailable"]
].map(([reply = "", reason = ""]) => ({
  name: `A1 RFC 4954 §6: ${reply.slice(0, 3)} ends the session, no other mechanism is tried`,
  session: overTls(),
  script: [
    ...offered("PLAIN", "LOGIN"),
    `C: ${plain}`,
    `S: ${reply}`,
    `= Fail AuthFailed ${reason} PLAIN ${reply.slice(0, 3)}`
  ]
}))

const incapable: ReadonlyArray<Scenario> = [
  ...["500 what", "501 what", "502 no", "504 no"].map(
    (reply): Scenario => ({
      name: `RFC 4954 §4: ${reply.slice(0, 3)} says nothing about the credentials, so the next mechanism is tried`,
      session: overTls(),
      script: [...offered("PLAIN", "LOGIN"), `C: ${plain}`, `S: ${reply}`, "C: AUTH LOGIN"]
    })
  ),
  {
    name: "RFC 4954 §4: when all have failed, the last failure is told",
    session: overTls(),
    script: [
      ...offered("PLAIN", "LOGIN"),
      `C: ${plain}`,
      "S: 504 no",
      "C: AUTH LOGIN",
      "S: 504 no",
      "= Fail AuthFailed MechanismUnusable LOGIN 504"
    ]
  },
  {
    name: "H9 RFC 5321 §3.8: 421 to AUTH",
    session: overTls(),
    script: [...offered("PLAIN"), `C: ${plain}`, "S: 421 bye", "= Fail ConnectFailed ServiceClosing auth 421"]
  },
  {
    name: "RFC 5321 §3.8: closed during AUTH",
    session: overTls(),
    script: [...offered("PLAIN"), `C: ${plain}`, "! closed", "= Fail ConnectFailed Lost auth"]
  },
  {
    name: "RFC 5321 §4.5.3.2: no answer to AUTH in time",
    session: overTls(),
    script: [...offered("PLAIN"), `C: ${plain}`, "! deadline", "= Fail SessionTimedOut auth"]
  },
  {
    name: "RFC 4954 §4: 250 is no success of AUTH",
    session: overTls(),
    script: [
      ...offered("PLAIN"),
      `C: ${plain}`,
      "S: 250 ok",
      "= Fail ProtocolViolation auth: not a reply to AUTH"
    ]
  },
  {
    name: "H8 RFC 5321 §4.1.4: data before our AUTH",
    session: overTls(),
    script: [
      ...proposed("PLAIN"),
      "= NeedCredentials",
      "S: 235 ok",
      "= Fail ProtocolViolation auth: unsolicited reply"
    ]
  },
  {
    name: "H8 RFC 5321 §4.1.4: the beginning of some, before our AUTH",
    session: overTls(),
    script: [
      ...proposed("PLAIN"),
      "= NeedCredentials",
      "S~ 2",
      "! credentials",
      "= Fail ProtocolViolation auth: unsolicited data before AUTH"
    ]
  },
  {
    name: "H8 RFC 5321 §4.1.4: data behind the reply that ends EHLO",
    session: overTls(),
    script: [...proposed("PLAIN"), "S: 334 ", "= Fail ProtocolViolation auth: data before our command"],
    isOneRead: true
  },
  {
    name: "RFC 5321 §3.8: closed while the password is fetched",
    session: overTls(),
    script: [
      ...proposed("PLAIN"),
      "= NeedCredentials",
      "! closed",
      "= Fail ConnectFailed Lost auth",
      "! credentials"
    ]
  }
]

const exchanges: ReadonlyArray<Scenario> = [
  {
    name: "RFC 4954 §4: LOGIN, two prompts",
    session: overTls(),
    script: [
      ...offered("LOGIN"),
      "C: AUTH LOGIN",
      `S: 334 ${base64("Username:")}`,
      `C: ${base64("user")}`,
      `S: 334 ${base64("Password:")}`,
      `C: ${base64("pencil")}`,
      "S: 235 ok",
      "= Ready"
    ]
  },
  {
    name: "RFC 4954 §4: LOGIN with empty prompts",
    session: overTls(),
    script: [
      ...offered("LOGIN"),
      "C: AUTH LOGIN",
      "S: 334",
      `C: ${base64("user")}`,
      "S: 334 ",
      `C: ${base64("pencil")}`
    ]
  },
  {
    name: "RFC 2195 §2: CRAM-MD5",
    session: overTls({ username: "tim" }),
    credentials: { username: "tim", password: Redacted.make("tanstaaftanstaaf") },
    script: [
      ...offered("CRAM-MD5"),
      "C: AUTH CRAM-MD5",
      `S: 334 ${base64("<1896.697170952@postoffice.reston.mci.net>")}`,
      `C: ${base64("tim b913a602c7eda7a495b4e6e7334d3890")}`,
      "S: 235 ok",
      "= Ready"
    ]
  },
  {
    name: "A2 RFC 4954 §4: a challenge that is not base64 is cancelled, and the next mechanism tried",
    session: overTls(),
    script: [
      ...offered("CRAM-MD5", "PLAIN"),
      "C: AUTH CRAM-MD5",
      "S: 334 ???",
      "C: *",
      "S: 501 cancelled",
      `C: ${plain}`
    ]
  },
  {
    name: "A2 RFC 2195 §2: so is an empty challenge of CRAM-MD5",
    session: overTls(),
    script: [
      ...offered("CRAM-MD5", "PLAIN"),
      "C: AUTH CRAM-MD5",
      "S: 334 ",
      "C: *",
      "S: 501 cancelled",
      `C: ${plain}`
    ]
  },
  {
    name: "A2 RFC 4954 §4: so is one of more than 12288 octets",
    session: overTls(),
    script: [
      ...offered("CRAM-MD5", "PLAIN"),
      "C: AUTH CRAM-MD5",
      `S: 334 ${"A".repeat(12292)}`,
      "C: *",
      "S: 501 cancelled",
      `C: ${plain}`
    ]
  },
  {
    name: "A2 RFC 4954 §4: so is one of several lines",
    session: overTls(),
    script: [
      ...offered("CRAM-MD5", "PLAIN"),
      "C: AUTH CRAM-MD5",
      "S: 334-QUFB",
      "S: 334 QUFB",
      "C: *",
      "S: 501 x",
      `C: ${plain}`
    ]
  },
  {
    name: "A2 RFC 4954 §4: and one after the last word of the mechanism",
    session: overTls(),
    script: [
      ...offered("PLAIN"),
      `C: ${plain}`,
      "S: 334 ",
      "C: *",
      "S: 501 x",
      "= Fail AuthFailed BadChallenge PLAIN"
    ]
  },
  {
    name: "H1 RFC 4954 §4: a challenge of 1 MiB is not worth a cancellation",
    session: overTls(),
    script: [
      ...offered("CRAM-MD5"),
      "C: AUTH CRAM-MD5",
      `S: 334 ${"A".repeat(1 << 20)}`,
      "= Fail ProtocolViolation auth: reply too long"
    ]
  },
  {
    name: "A2 RFC 4954 §4: a cancelled exchange that is refused for good is a refusal",
    session: overTls(),
    script: [
      ...offered("CRAM-MD5", "PLAIN"),
      "C: AUTH CRAM-MD5",
      "S: 334 ?",
      "C: *",
      "S: 535 no",
      "= Fail AuthFailed Rejected CRAM-MD5 535"
    ]
  },
  {
    name: "A2 RFC 4954 §4: a cancelled exchange can't succeed",
    session: overTls(),
    script: [
      ...offered("CRAM-MD5", "PLAIN"),
      "C: AUTH CRAM-MD5",
      "S: 334 ?",
      "C: *",
      "S: 235 ok",
      "= Fail ProtocolViolation auth: no refusal after AUTH was cancelled"
    ]
  },
  {
    name: "A2 RFC 4954 §4: nor go on",
    session: overTls(),
    script: [
      ...offered("CRAM-MD5", "PLAIN"),
      "C: AUTH CRAM-MD5",
      "S: 334 ?",
      "C: *",
      "S: 334 QUFB",
      "= Fail ProtocolViolation auth: no refusal after AUTH was cancelled"
    ]
  },
  {
    name: "RFC 4954 §4: success before the challenge",
    session: overTls(),
    script: [
      ...offered("CRAM-MD5", "PLAIN"),
      "C: AUTH CRAM-MD5",
      "S: 235 ok",
      "= Fail AuthFailed BadChallenge CRAM-MD5 235"
    ]
  },
  {
    name: "A8 RFC 4954 §4: a response too long for the command line follows in its own line",
    session: overTls(),
    credentials: { username: "user", password: Redacted.make(longSecret) },
    script: [
      ...offered("PLAIN"),
      "C: AUTH PLAIN",
      "S: 334 ",
      `C: ${base64(`\0user\0${longSecret}`)}`,
      "S: 235 ok",
      "= Ready"
    ]
  },
  {
    name: "A8 RFC 4954 §4: unless the server says something first",
    session: overTls(),
    credentials: { username: "user", password: Redacted.make(longSecret) },
    script: [
      ...offered("PLAIN"),
      "C: AUTH PLAIN",
      "S: 334 QUFB",
      "C: *",
      "S: 501 x",
      "= Fail AuthFailed BadChallenge PLAIN"
    ]
  },
  {
    name: "A8 RFC 4954 §4: or claims success before",
    session: overTls(),
    credentials: { username: "user", password: Redacted.make(longSecret) },
    script: [
      ...offered("PLAIN"),
      "C: AUTH PLAIN",
      "S: 235 ok",
      "= Fail ProtocolViolation auth: success before the initial response"
    ]
  },
  {
    name: "RFC 4954 §4: a response of more than 12288 octets is never sent",
    session: overTls(),
    credentials: { username: "user", password: Redacted.make("p".repeat(10_000)) },
    script: [
      ...offered("PLAIN"),
      "C: AUTH PLAIN",
      "S: 334 ",
      "C: *",
      "S: 501 x",
      "= Fail AuthFailed BadChallenge PLAIN"
    ]
  },
  {
    name: "RFC 4954 §4: a transaction follows at once, without another EHLO",
    session: { ...overTls(), tls: tlsFacts() },
    script: [
      ...offered("PLAIN"),
      `C: ${plain}`,
      "S: 235 ok",
      "= Ready",
      "! deliver",
      "C: MAIL FROM:<me@x.example>"
    ]
  },
  {
    name: "RFC 4954 §4: what was chosen, and why not the first",
    session: overTls(),
    script: [
      "S: 220 hi",
      "~ greeting 220 hi",
      "C: EHLO me.example",
      "S: 250-hello",
      "S: 250 AUTH CRAM-MD5 PLAIN",
      "~ ehlo 250 hello|AUTH CRAM-MD5 PLAIN",
      "= NeedCredentials",
      "! credentials",
      "~ MechanismChosen CRAM-MD5 strongest of those offered and usable",
      "C: AUTH CRAM-MD5",
      "S: 504 no",
      "~ auth 504 no",
      "~ MechanismFailed AuthFailed MechanismUnusable CRAM-MD5 504",
      "~ MechanismChosen PLAIN strongest of those offered and usable",
      `C: ${plain}`,
      "S: 235 ok",
      "~ auth 235 ok",
      "= Ready"
    ]
  },
  {
    name: "A7 RFC 4954 §9: a server that repeats the password is not quoted",
    session: overTls(),
    script: [
      "S: 220 hi",
      "~ greeting 220 hi",
      "C: EHLO me.example",
      "S: 250-hello",
      "S: 250 AUTH PLAIN",
      "~ ehlo 250 hello|AUTH PLAIN",
      "= NeedCredentials",
      "! credentials",
      "~ MechanismChosen PLAIN strongest of those offered and usable",
      `C: ${plain}`,
      `S: 535-bad ${base64("\0user\0pencil")}`,
      "S: 535 user, pencil is wrong",
      "~ auth 535 bad *redacted*|user, *redacted* is wrong",
      "= Fail AuthFailed Rejected PLAIN 535"
    ]
  },
  {
    name: "A7 RFC 4954 §9: not even if that is no reply",
    session: overTls(),
    script: [
      ...offered("PLAIN"),
      `C: ${plain}`,
      "S: pencil?",
      '= Fail ProtocolViolation auth: not a reply: "*redacted*?"'
    ]
  }
]

describeScenarios("AUTH refused", refused)
describeScenarios("AUTH not possible", incapable)
describeScenarios("SASL exchanges", exchanges)
