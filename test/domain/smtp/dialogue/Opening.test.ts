import { withPassword } from "./plans.ts"
import { describeScenarios, type Scenario } from "./script.ts"

const greeted = ["S: 220 hi", "C: EHLO me.example"]

const opening: ReadonlyArray<Scenario> = [
  {
    name: "RFC 5321 §3.1: a session opens, idles and quits",
    script: [...greeted, "S: 250 hello", "= Ready", "! quit", "C: QUIT", "S: 221 bye", "= Close"]
  },
  {
    name: "RFC 5321 §4.2.1: a greeting of several lines is one greeting",
    script: ["S: 220-hi", "S: 220-no spam", "S: 220 go", "C: EHLO me.example", "S: 250 hello", "= Ready"]
  },
  {
    name: "H5 RFC 5321 §4.2: a bare code greets",
    script: ["S: 220", "C: EHLO me.example", "S: 250", "= Ready"]
  },
  {
    name: "H5 RFC 5321 §2.3.8: a bare LF ends a line",
    script: ["S~ 220 hi\\n", "C: EHLO me.example", "S~ 250-hello\\n250 SIZE\\n", "= Ready"]
  },
  {
    name: "H4 RFC 5321 §3.8: the server closes before a greeting",
    script: ["! closed", "= Fail ConnectFailed Lost greeting"]
  },
  {
    name: "H4 RFC 5321 §3.8: the server closes in the middle of its greeting",
    script: ["S~ 220 h", "! closed", "= Fail ConnectFailed Lost greeting"]
  },
  {
    name: "H5 RFC 5321 §4.2: 250- and then the end is a lost connection",
    script: [...greeted, "S: 250-hello", "! closed", "= Fail ConnectFailed Lost ehlo"]
  },
  {
    name: "H5 RFC 5321 §4.2: a line without its LF is no reply",
    script: [...greeted, "S~ 250 ok\\r", "! closed", "= Fail ConnectFailed Lost ehlo"]
  },
  {
    name: "H10 RFC 5321 §3.1: a 554 greeting refuses the connection, without a farewell",
    script: ["S: 554 no", "= Fail ConnectFailed GreetingRefused greeting 554"]
  },
  {
    name: "H10 RFC 5321 §3.1: a 450 greeting refuses the connection",
    script: ["S: 450 later", "= Fail ConnectFailed GreetingRefused greeting 450"]
  },
  {
    name: "H9 RFC 5321 §3.8: 421 as the greeting",
    script: ["S: 421 busy", "= Fail ConnectFailed ServiceClosing greeting 421"]
  },
  {
    name: "H9 RFC 5321 §3.8: 421 to EHLO",
    script: [...greeted, "S: 421 busy", "= Fail ConnectFailed ServiceClosing ehlo 421"]
  },
  {
    name: "T9 RFC 5321 §3.1: a greeting of 250 is none",
    script: ["S: 250 hi", "= Fail ProtocolViolation greeting: not a greeting"]
  },
  {
    name: "T9 RFC 4954 §4: a greeting of 235 does not authenticate us",
    session: { mode: "required", auth: withPassword },
    script: ["S: 235 welcome back", "= Fail ProtocolViolation greeting: not a greeting"]
  },
  {
    name: "T9 RFC 5321 §4.1.4: lines behind the greeting are unsolicited",
    session: { mode: "required", auth: withPassword },
    script: ["S: 220 hi", "S: 250 AUTH PLAIN", "= Fail ProtocolViolation ehlo: data before our command"],
    isOneRead: true
  },
  {
    name: "T9 RFC 5321 §4.1.4: a fragment behind the greeting is unsolicited too",
    script: ["S: 220 hi", "S~ 25", "= Fail ProtocolViolation ehlo: data before our command"],
    isOneRead: true
  },
  {
    name: "H9 RFC 5321 §3.8: 421 behind the greeting is no crime",
    script: ["S: 220 hi", "S: 421 changed my mind", "= Fail ConnectFailed ServiceClosing ehlo 421"],
    isOneRead: true
  },
  {
    name: "RFC 5321 §4.5.3.2.1: no greeting in time",
    script: ["! deadline", "= Fail SessionTimedOut greeting"]
  },
  {
    name: "RFC 5321 §4.5.3.2: every command has its deadline, and a ready session has none",
    script: [
      "@ greeting 300",
      "S: 220 hi",
      "@ ehlo 300",
      "C: EHLO me.example",
      "S: 250 hello",
      "@ none",
      "= Ready"
    ]
  },
  {
    name: "RFC 5321 §4.5.3.2: the configuration bounds every deadline",
    session: { timeoutMillis: 7000 },
    script: [
      "@ greeting 7",
      "S: 220 hi",
      "@ ehlo 7",
      "C: EHLO me.example",
      "! deadline",
      "= Fail SessionTimedOut ehlo"
    ]
  },
  {
    name: "H3 RFC 5321 §4.5.3.2: octets that trickle in gain no time",
    script: ["@ greeting 300", "S~ 220 h", "S~ i", "! deadline", "= Fail SessionTimedOut greeting"]
  },
  {
    name: "S5 RFC 5321 §4.1.2: an EHLO name that ends its line is never sent",
    session: { heloName: "me\r\nMAIL FROM:<x>" },
    script: ["S: 220 hi", "= Fail ConnectFailed HeloNameUnusable ehlo"]
  }
]

const malformed: ReadonlyArray<Scenario> = [
  ["2200 x", "2200 x"],
  ["25", "25"],
  ["2x0 ok", "2x0 ok"],
  [" 250 ok", " 250 ok"],
  ["250_ok", "250_ok"],
  ["-250", "-250"],
  ["000 x", "000 x"],
  ["199 x", "199 x"],
  ["600 x", "600 x"],
  ["999 x", "999 x"],
  ["", ""],
  ["\u00ef\u00bb\u00bf220 hi", "?220 hi"],
  ["HTTP/1.1 400 Bad Request", "HTTP/1.1 400 Bad Request"],
  ["\u001b[2Jx", "?[2Jx"]
].map(([line, shown]) => ({
  name: `H5 T13 RFC 5321 §4.2: ${JSON.stringify(line)} is no reply`,
  script: [`S: ${line}`, `= Fail ProtocolViolation greeting: not a reply: "${shown}"`]
}))

describeScenarios("opening a session", opening)
describeScenarios("lines that are no replies", malformed)
