import { tlsFacts, withPassword } from "./plans.ts"
import { describeScenarios, type Scenario } from "./script.ts"

const greeted = ["S: 220 hi", "C: EHLO me.example"]

const offering = ["S: 250-hello", "S: 250 STARTTLS"]
const toHandshake = [...greeted, ...offering, "C: STARTTLS", "S: 220 go", "= StartTls"]

const startTls: ReadonlyArray<Scenario> = [
  {
    name: "RFC 3207 §4.2: EHLO is sent again inside TLS",
    session: { mode: "required" },
    script: [...toHandshake, "! tls", "C: EHLO me.example", "S: 250 hello", "= Ready"]
  },
  {
    name: "RFC 3207 §4: deadlines of the upgrade; the handshake's begins before it does",
    session: { mode: "enabled" },
    script: [
      "@ greeting 300",
      "S: 220 hi",
      "@ ehlo 300",
      "C: EHLO me.example",
      ...offering,
      "@ starttls 300",
      "C: STARTTLS",
      "S: 220 go",
      "@ tls 300",
      "= StartTls",
      "! deadline",
      "= Fail SessionTimedOut tls"
    ]
  },
  {
    name: "RFC 3207 §4: STARTTLS is left alone where it is disabled",
    session: { mode: "disabled" },
    script: [...greeted, ...offering, "= Ready"]
  },
  {
    name: "T1 RFC 3207 §6: a line behind the 220",
    session: { mode: "required" },
    script: [
      ...greeted,
      ...offering,
      "C: STARTTLS",
      "S: 220 go",
      "S: 250-injected",
      "= Fail TlsFailed Injection"
    ],
    isOneRead: true
  },
  {
    name: "T1 RFC 3207 §6: a line behind a 454, where going on in clear would do",
    session: { mode: "enabled" },
    script: [
      ...greeted,
      ...offering,
      "C: STARTTLS",
      "S: 454 no",
      "S: 250 injected",
      "= Fail TlsFailed Injection"
    ],
    isOneRead: true
  },
  {
    name: "T2 RFC 3207 §6: a fragment behind the 220 never reaches the first reply inside TLS",
    session: { mode: "enabled" },
    script: [
      ...greeted,
      ...offering,
      "C: STARTTLS",
      "S: 220 go",
      "S~ 250-SMTPUTF8",
      "= Fail TlsFailed Injection"
    ],
    isOneRead: true
  },
  {
    name: "T3 RFC 3207 §6: data between the 220 and the handshake",
    session: { mode: "required" },
    script: [...toHandshake, "S~ 2", "= Fail TlsFailed Injection"]
  },
  {
    name: "T4 RFC 3207 §6: STARTTLS stripped, TLS required",
    session: { mode: "required", auth: withPassword },
    script: [...greeted, "S: 250-hello", "S: 250 AUTH PLAIN", "= Fail TlsFailed NotOffered"]
  },
  {
    name: "T4 RFC 3207 §4: STARTTLS not offered, TLS not required, nothing to hide",
    session: { mode: "enabled" },
    script: [
      "S: 220 hi",
      "~ greeting 220 hi",
      "C: EHLO me.example",
      "S: 250 hello",
      "~ ehlo 250 hello",
      "~ ContinuingInClear the server does not offer STARTTLS",
      "= Ready"
    ]
  },
  ...["454 later", "500 what", "501 what", "502 no", "504 no"].flatMap((refusal): ReadonlyArray<Scenario> => {
    const code = refusal.slice(0, 3)
    return [
      {
        name: `T5 RFC 3207 §4: ${code} to STARTTLS, TLS required`,
        session: { mode: "required" },
        script: [...greeted, ...offering, "C: STARTTLS", `S: ${refusal}`, `= Fail TlsFailed Refused ${code}`]
      },
      {
        name: `T5 RFC 3207 §6: ${code} to STARTTLS, credentials to protect`,
        session: { mode: "enabled", auth: withPassword },
        script: [...greeted, ...offering, "C: STARTTLS", `S: ${refusal}`, `= Fail TlsFailed Refused ${code}`]
      },
      {
        name: `T5 RFC 3207 §4: ${code} to STARTTLS, nothing to protect`,
        session: { mode: "opportunistic" },
        script: [...greeted, ...offering, "C: STARTTLS", `S: ${refusal}`, "= Ready"]
      }
    ]
  }),
  {
    name: "T5 RFC 3207 §6: refused, and the user has allowed credentials in clear",
    session: { mode: "enabled", auth: { ...withPassword, plaintext: "allowed" } },
    script: [
      ...greeted,
      "S: 250-hello",
      "S: 250-AUTH PLAIN",
      "S: 250 STARTTLS",
      "C: STARTTLS",
      "S: 454 no",
      "= NeedCredentials"
    ]
  },
  ...["250 ok", "334 ", "354 go"].map(
    (reply): Scenario => ({
      name: `T5 RFC 3207 §4: ${reply.slice(0, 3)} to STARTTLS is neither yes nor a usable no`,
      session: { mode: "opportunistic" },
      script: [
        ...greeted,
        ...offering,
        "C: STARTTLS",
        `S: ${reply}`,
        `= Fail TlsFailed Refused ${reply.slice(0, 3)}`
      ]
    })
  ),
  {
    name: "T5 RFC 3207 §4: garbage to STARTTLS",
    session: { mode: "enabled" },
    script: [
      ...greeted,
      ...offering,
      "C: STARTTLS",
      "S: ok",
      '= Fail ProtocolViolation starttls: not a reply: "ok"'
    ]
  },
  {
    name: "H9 RFC 5321 §3.8: 421 to STARTTLS",
    session: { mode: "enabled" },
    script: [
      ...greeted,
      ...offering,
      "C: STARTTLS",
      "S: 421 busy",
      "= Fail ConnectFailed ServiceClosing starttls 421"
    ]
  },
  {
    name: "RFC 5321 §3.8: the connection goes with STARTTLS",
    session: { mode: "enabled" },
    script: [...greeted, ...offering, "C: STARTTLS", "! closed", "= Fail ConnectFailed Lost starttls"]
  },
  {
    name: "T6 RFC 3207 §4: the connection goes in the handshake",
    session: { mode: "enabled" },
    script: [...toHandshake, "! closed", "= Fail TlsFailed Handshake"]
  },
  {
    name: "T7 RFC 3207 §4.2: AUTH offered only in clear is not offered",
    session: { mode: "required", auth: withPassword },
    script: [
      ...greeted,
      "S: 250-hello",
      "S: 250-AUTH PLAIN",
      "S: 250 STARTTLS",
      "C: STARTTLS",
      "S: 220 go",
      "= StartTls",
      "! tls",
      "C: EHLO me.example",
      "S: 250 hello",
      "= Fail AuthFailed NotOffered"
    ]
  },
  {
    name: "T7 RFC 3207 §4.2: PIPELINING and SIZE offered only in clear are not used",
    session: { mode: "required" },
    script: [
      ...greeted,
      "S: 250-hello",
      "S: 250-PIPELINING",
      "S: 250-SIZE 1",
      "S: 250 STARTTLS",
      "C: STARTTLS",
      "S: 220 go",
      "= StartTls",
      "! tls",
      "C: EHLO me.example",
      "S: 250 hello",
      "= Ready",
      "! deliver",
      "C: MAIL FROM:<me@x.example>"
    ]
  },
  {
    name: "T8 RFC 3207 §4.2: STARTTLS offered inside TLS is ignored",
    session: { mode: "required" },
    script: [...toHandshake, "! tls", "C: EHLO me.example", ...offering, "= Ready"]
  },
  {
    name: "T8 RFC 8314 §3: and inside implicit TLS",
    session: { mode: "implicit", tls: tlsFacts() },
    script: [...greeted, ...offering, "= Ready"]
  },
  {
    name: "RFC 8314 §3: implicit TLS that isn't there",
    session: { mode: "implicit" },
    script: ["= Fail TlsFailed NotOffered"]
  },
  {
    name: "RFC 3207 §4.1: an unverified certificate stops a session with credentials",
    session: { mode: "opportunistic", auth: withPassword },
    tls: { unverified: "self-signed" },
    script: [...toHandshake, "! tls", "= Fail TlsFailed Certificate"]
  },
  {
    name: "RFC 3207 §4.1: and is borne where nothing secret is sent",
    session: { mode: "opportunistic" },
    tls: { unverified: "self-signed" },
    script: [...toHandshake, "! tls", "C: EHLO me.example", "S: 250 hello", "= Ready"]
  },
  {
    name: "RFC 3207 §4.1: but not where the user wants TLS",
    session: { mode: "enabled" },
    tls: { unverified: "self-signed" },
    script: [...toHandshake, "! tls", "= Fail TlsFailed Certificate"]
  },
  {
    name: "RFC 8314 §3: nor with implicit TLS",
    session: { mode: "implicit", tls: tlsFacts({ unverified: "self-signed" }) },
    script: ["= Fail TlsFailed Certificate"]
  }
]

describeScenarios("STARTTLS", startTls)
