/** Replies that are long, endless, malformed, contradictory or in the wrong place: the transport over real sockets. */
import { describe, it } from "@effect/vitest"
import type { Answer, Scenario, Step } from "../support/FakeSmtpScenario.ts"
import { check, type Row } from "./trial.ts"

const answering = (step: Step, ...answers: ReadonlyArray<Answer>): Scenario => ({
  answers: { [step]: answers }
})
const raw = (bytes: string | Uint8Array): Answer => ({ bytes })
const pipelining = { extensions: ["PIPELINING"] }

const delivered = "delivered 250"
const garbage = (stage: string): string => `no session: ProtocolViolation ${stage}`

/** As the greeting; `ok`: it is one. */
const greetings: ReadonlyArray<readonly [what: string, bytes: string, outcome: string | RegExp]> = [
  ["a bare code", "220\r\n", delivered],
  ["a bare LF", "220 hi\n", delivered],
  ["NUL and escape sequences in its text", "220 a\0b\x1b]0;x\x07\r\n", delivered],
  ["octets that are no UTF-8", "220 \xff\xfe\r\n", delivered],
  ["four digits", "2200 x\r\n", garbage("greeting")],
  ["two digits", "22\r\n", garbage("greeting")],
  ["a letter in its code", "2x0 ok\r\n", garbage("greeting")],
  ["a blank in front", " 220 ok\r\n", garbage("greeting")],
  ["an underscore behind the code", "220_ok\r\n", garbage("greeting")],
  ["a sign in front", "-220\r\n", garbage("greeting")],
  ["code 000", "000 x\r\n", garbage("greeting")],
  ["code 199", "199 x\r\n", garbage("greeting")],
  ["code 600", "600 x\r\n", garbage("greeting")],
  ["code 999", "999 x\r\n", garbage("greeting")],
  ["a byte order mark", "\xef\xbb\xbf220 x\r\n", garbage("greeting")],
  ["another success", "250 x\r\n", garbage("greeting")],
  ["go-ahead", "354 x\r\n", garbage("greeting")],
  ["an empty line", "\r\n", garbage("greeting")],
  ["half a reply, then the end", "220-x\r\n", /^no session: (?:SessionTimedOut|ConnectFailed Lost) greeting$/]
]

const malformed: ReadonlyArray<Row> = [
  ...greetings.map(
    ([what, bytes, outcome]): Row => ({
      name: `RFC 5321 §4.2: a greeting with ${what} [H5]`,
      server: answering("connect", { bytes: Buffer.from(bytes, "latin1") }),
      relay: { timeoutMillis: 300 },
      outcome
    })
  ),
  {
    name: "RFC 5321 §4.2.1: the lines of a reply have different codes [H6]",
    server: answering("EHLO", raw("250-x\r\n251-y\r\n250 z\r\n")),
    outcome: garbage("ehlo"),
    commands: ["EHLO client.example"]
  },
  {
    name: "RFC 5321 §4.2.1: the last line of a reply has another code [H6]",
    server: answering("RCPT", raw("250-x\r\n550 z\r\n")),
    outcome: "ProtocolViolation rcpt",
    stored: 0
  },
  {
    name: "RFC 5321 §4.2.3: codes nobody knows count by their first digit [H5]",
    server: { answers: { MAIL: ["259 fine"], RCPT: ["299 fine"], "end-of-data": ["277 taken"] } },
    outcome: "delivered 277"
  }
]

const lengths: ReadonlyArray<Row> = [
  ...[512, 513, 4096, 8192].map(
    (octets): Row => ({
      name: `RFC 5321 §4.5.3.1.5: a reply line of ${octets} octets is read [H1]`,
      server: answering("connect", raw(`220 ${"x".repeat(octets - 6)}\r\n`)),
      outcome: delivered
    })
  ),
  ...[8193, 1_048_576].map(
    (octets): Row => ({
      name: `RFC 5321 §4.5.3.1.5: a reply line of ${octets} octets is not [H1]`,
      server: answering("connect", raw(`220 ${"x".repeat(octets - 6)}\r\n`)),
      outcome: garbage("greeting")
    })
  ),
  {
    name: "RFC 5321 §4.5.3.1.5: a line that does not end is not waited for [H1]",
    server: answering("connect", { bytes: `220 ${"x".repeat(100_000)}`, ending: "silence" }),
    outcome: garbage("greeting")
  },
  {
    name: "RFC 5321 §4.5.3.1.5: a reply of 1024 lines is read [H2, H12]",
    server: answering("EHLO", raw(`${"250-X\r\n".repeat(1023)}250 PIPELINING\r\n`)),
    outcome: delivered
  },
  {
    name: "RFC 5321 §4.5.3.1.5: a reply of 1025 lines is not [H2, H12]",
    server: answering("EHLO", raw(`${"250-X\r\n".repeat(1024)}250 PIPELINING\r\n`)),
    outcome: garbage("ehlo")
  },
  ...(["connect", "EHLO", "MAIL", "RCPT", "DATA", "end-of-data"] as const).map(
    (step): Row => ({
      name: `RFC 5321 §4.5.3.1.5: a reply to ${step} that never ends is cut off [H2]`,
      server: answering(step, raw(`${step === "connect" ? "220" : "250"}-more\r\n`.repeat(20_000))),
      outcome: /ProtocolViolation/
    })
  ),
  {
    name: "RFC 5321 §4.5.3.2: an octet just in time, again and again, does not move the deadline [H3]",
    server: answering("EHLO", { bytes: `250-${"x".repeat(500)}`, pieceBytes: 1, gapMillis: 15 }),
    relay: { timeoutMillis: 200 },
    outcome: "no session: SessionTimedOut ehlo"
  },
  {
    name: "RFC 5321 §4.5.3.2: a line just in time, again and again, does not move the deadline [H2, H3]",
    server: answering("MAIL", { bytes: "250-x\r\n".repeat(200), pieceBytes: 7, gapMillis: 15 }),
    relay: { timeoutMillis: 200 },
    outcome: "SessionTimedOut mail"
  }
]

const capabilities: ReadonlyArray<Row> = [
  {
    name: "RFC 5321 §4.1.1.1: keywords in lower case, twice, and misspelt [H12]",
    server: { extensions: ["pipelining", "PIPELINING", "size 10", "-bad", "?", "", "8bitmime x"] },
    outcome: /^MessageRejected TooLarge/
  },
  ...["SIZE", "SIZE 0", "SIZE x", "SIZE -1", "SIZE 99999999999999999999"].map(
    (size): Row => ({
      name: `RFC 1870 §4: ${size} is no limit for us [H12]`,
      server: { extensions: [size] },
      outcome: delivered
    })
  ),
  {
    name: "RFC 1870 §6.1: a message larger than SIZE is not begun [H13]",
    server: { extensions: ["SIZE 10"] },
    outcome: "MessageRejected TooLarge mail",
    commands: ["EHLO client.example", "QUIT"]
  },
  ...["LIMITS RCPTMAX=0", "LIMITS RCPTMAX=-1", "LIMITS RCPTMAX=x MAILMAX=", "LIMITS"].map(
    (limits): Row => ({
      name: `RFC 9422 §4: ${limits} limits nothing [H12]`,
      server: { extensions: ["PIPELINING", limits] },
      to: ["a@example.com", "b@example.com"],
      outcome: `${delivered}, ${delivered}`,
      stored: 1
    })
  ),
  {
    name: "RFC 9422 §4: RCPTMAX=1 divides the envelope [H12]",
    server: { extensions: ["PIPELINING", "LIMITS RCPTMAX=1"] },
    to: ["a@example.com", "b@example.com"],
    outcome: `${delivered}, ${delivered}`,
    stored: 2
  }
]

const closing: ReadonlyArray<readonly [step: Step, nth: number, outcome: string]> = [
  ["connect", 1, "no session: ConnectFailed ServiceClosing greeting"],
  ["EHLO", 1, "no session: ConnectFailed ServiceClosing ehlo"],
  ["MAIL", 1, "ConnectFailed ServiceClosing mail, ConnectFailed ServiceClosing mail"],
  ["RCPT", 1, "ConnectFailed ServiceClosing rcpt, ConnectFailed ServiceClosing rcpt"],
  ["RCPT", 2, "ConnectFailed ServiceClosing rcpt, ConnectFailed ServiceClosing rcpt"],
  ["DATA", 1, "ConnectFailed ServiceClosing data, ConnectFailed ServiceClosing data"],
  ["end-of-data", 1, "ConnectFailed ServiceClosing final-dot, ConnectFailed ServiceClosing final-dot"],
  ["QUIT", 1, "delivered 250, delivered 250"]
]

const shutdowns: ReadonlyArray<Row> = [[], ["PIPELINING"]].flatMap((extensions) =>
  closing.map(([step, nth, outcome]): Row => {
    const before: ReadonlyArray<Answer> = Array(nth - 1).fill("250 ok")
    const bye: Answer = { bytes: "421 4.3.2 going down\r\n", ending: "half-close" }
    // A HELO to a server that hung up on EHLO would do; to be seen here, it must be there too.
    const answers = { [step]: [...before, bye], ...(step === "EHLO" ? { HELO: [bye] } : {}) }
    const stage = step === "EHLO" ? outcome.replace("ehlo", "helo") : outcome
    return {
      name: `RFC 5321 §3.8: 421 to ${step} (${nth}) ends the session for now [H9]${extensions.join()}`,
      server: { extensions, answers },
      to: ["a@example.com", "b@example.com"],
      outcome: stage,
      ...(step === "QUIT" ? { stored: 1 } : { stored: 0 })
    }
  })
)

const pipelined: ReadonlyArray<Row> = [
  {
    name: "RFC 2920 §3.1: 354 although every recipient was refused: a lone dot, and nobody has the message [H15]",
    server: { ...pipelining, answers: { RCPT: ["550 5.1.1 no"], "end-of-data": ["250 taken anyway"] } },
    outcome: "RecipientsRejected",
    stored: 0
  },
  {
    name: "RFC 2920 §3.1: one reply too few in a group [H16]",
    server: { ...pipelining, answers: { RCPT: [raw("")] } },
    relay: { timeoutMillis: 200 },
    outcome: /^(?:SessionTimedOut|ProtocolViolation)/,
    stored: 0
  },
  {
    name: "RFC 2920 §3.1: one reply too many in a group [H16]",
    server: { ...pipelining, answers: { MAIL: [raw("250 ok\r\n250 ok\r\n")] } },
    relay: { timeoutMillis: 500 },
    outcome: /^ProtocolViolation/,
    stored: 0
  },
  {
    name: "RFC 5321 §4.1.4: the replies to the whole session in the greeting's segment [H8, T9]",
    server: answering(
      "connect",
      raw("220 hi\r\n250 x\r\n235 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n250 taken\r\n")
    ),
    outcome: garbage("ehlo"),
    commands: []
  },
  {
    name: "RFC 5321 §4.1.4: a reply behind the one to EHLO [H8]",
    server: answering("EHLO", raw("250 x\r\n250 ok\r\n")),
    outcome: "ProtocolViolation mail",
    commands: ["EHLO client.example"]
  },
  {
    name: "RFC 5321 §4.1.4: the reply to the message comes before the message [H8, H16]",
    server: answering("DATA", raw("354 go\r\n250 taken\r\n")),
    outcome: /^ProtocolViolation/,
    stored: 0
  }
]

const outOfPlace: ReadonlyArray<Row> = [
  {
    name: "RFC 5321 §4.3.2: DATA answered by 250 is no go-ahead [H17]",
    server: answering("DATA", "250 taken"),
    outcome: /^ProtocolViolation data/,
    stored: 0
  },
  ...["354 go on", "334 ", "220 hi"].map(
    (answer): Row => ({
      name: `RFC 5321 §4.3.2: the message answered by ${answer.trim()} is no success [H17]`,
      server: answering("end-of-data", answer),
      outcome: "ProtocolViolation final-dot"
    })
  ),
  {
    name: "RFC 5321 §4.1.1.10: taken, then gone without an answer to QUIT [H18]",
    server: answering("QUIT", { ending: "reset" }),
    outcome: delivered,
    stored: 1
  },
  {
    name: "RFC 5321 §4.1.1.10: taken, then 500 to QUIT [H18]",
    server: answering("QUIT", "500 what"),
    outcome: delivered,
    stored: 1
  },
  ...(["close", "reset", "half-close"] as const).map(
    (ending): Row => ({
      name: `RFC 1047 §3: a ${ending} between the final dot and its reply leaves the fate open [H19]`,
      server: answering("end-of-data", { ending }),
      outcome: "ConnectFailed Lost final-dot"
    })
  ),
  {
    name: "RFC 1047 §3: silence after the final dot leaves the fate open [H19]",
    server: answering("end-of-data", { ending: "silence" }),
    relay: { timeoutMillis: 200 },
    outcome: "SessionTimedOut final-dot"
  },
  {
    name: "RFC 5321 §4.2.5: half a reply to the final dot is none [H19]",
    server: answering("end-of-data", { bytes: "250 2.0.0 queu", ending: "close" }),
    outcome: "ConnectFailed Lost final-dot"
  },
  {
    name: "RFC 2034 §4: an enhanced status of failure in a success [H25]",
    server: { extensions: ["ENHANCEDSTATUSCODES"], answers: { "end-of-data": ["250 5.7.1 rejected"] } },
    outcome: delivered
  },
  {
    name: "RFC 2034 §4: an enhanced status of success in a refusal [H25]",
    server: { extensions: ["ENHANCEDSTATUSCODES"], answers: { "end-of-data": ["554 2.0.0 fine"] } },
    outcome: "MessageRejected Refused final-dot"
  }
]

const recipients = ["a@example.com", "b@example.com", "c@example.com"]
const mixed: ReadonlyArray<Row> = [
  [["250 ok", "450 later", "550 no"], "delivered 250, RecipientsRejected, RecipientsRejected", 1],
  [["450 later"], "RecipientsRejected, RecipientsRejected, RecipientsRejected", 0],
  [["550 no"], "RecipientsRejected, RecipientsRejected, RecipientsRejected", 0],
  [["251 forwarding", "252 trying", "250 ok"], "delivered 250, delivered 250, delivered 250", undefined]
].flatMap(([answers, outcome, stored]) =>
  [[], ["PIPELINING"], ["PIPELINING", "CHUNKING"]].map(
    (extensions): Row => ({
      name: `RFC 5321 §3.3: recipients answered ${String(answers)} [H14]${extensions.join()}`,
      server: { extensions, answers: { RCPT: Array.isArray(answers) ? answers : [] } },
      to: recipients,
      outcome: String(outcome),
      ...(typeof stored === "number" ? { stored } : {})
    })
  )
)

const hello: ReadonlyArray<Row> = [
  ...["500 what", "502 not implemented", "504 no", "550 no"].map(
    (answer): Row => ({
      name: `RFC 5321 §3.2: EHLO answered by ${answer}: HELO [H11]`,
      server: answering("EHLO", answer),
      outcome: delivered,
      commands: [
        "EHLO client.example",
        "HELO client.example",
        "MAIL FROM:<sender@example.org>",
        "RCPT TO:<a@example.com>",
        "DATA",
        "QUIT"
      ]
    })
  ),
  {
    name: "RFC 3207 §6: EHLO refused where TLS is required is no reason for HELO [H11, T4]",
    server: answering("EHLO", "502 no"),
    relay: { tls: { mode: "required" } },
    outcome: "no session: ConnectFailed EhloRefused ehlo",
    commands: ["EHLO client.example"]
  },
  {
    name: "RFC 5321 §3.1: a greeting of 554 [H10]",
    server: answering("connect", "554 no service here"),
    outcome: "no session: ConnectFailed GreetingRefused greeting",
    commands: []
  }
]

describe("a server with replies of its own", () => {
  const rows = [
    ...malformed,
    ...lengths,
    ...capabilities,
    ...shutdowns,
    ...pipelined,
    ...outOfPlace,
    ...mixed,
    ...hello
  ]
  it.scopedLive.each(rows)("$name", check)
})
