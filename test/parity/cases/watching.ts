/** What `-v` prints and what `-X` writes. */
import { added, from, offering, send } from "../support/outcomes.ts"
import type { ParityCase } from "../support/ParityCase.ts"

const disabled = "starttls disabled\n"

const v = (name: string, more: Partial<ParityCase> = {}): ParityCase => ({
  name,
  args: ["-v", ...send],
  rc: disabled,
  ...more
})

const plain = [
  "From ada@example.org: 250 2.1.0 sender ok\r\n",
  "To bob@example.net: 250 2.1.5 recipient ok\r\n",
  "Message data: .\n",
  "Message sent: 250 2.0.0 queued as 42\r\n",
  "Disconnected to MTA\n"
].join("")

const security = "what became of TLS and of the password is said"

const said = (line: string) => ({
  because: security,
  c: { stdout: `Connected to MTA\n${plain}` },
  ours: { stdout: `Connected to MTA\n${line}\n${plain}` }
})

const statusOnly = (because: string, c: number, ours: number) => ({
  because,
  c: { status: c, messages: [] },
  ours: { status: ours, messages: [] }
})

const refusedForGood = "refused for good is 69, and 67 for the recipients"
const line = "0123456789abcde\n"

export const verbose: ReadonlyArray<ParityCase> = [
  v("a message"),
  v("several recipients", { args: ["-v", ...send, "eve@example.net", "kim@example.net"] }),
  v("several recipients and PIPELINING", {
    args: ["-v", ...send, "eve@example.net"],
    ...offering("PIPELINING")
  }),
  v("CHUNKING", { ...offering("PIPELINING", "CHUNKING") }),
  v("the null sender", {
    args: ["-v", "-f", "", "bob@example.net"],
    stdin: "From: a@example.org\n\nHello.\n"
  }),
  v("replies of several lines", {
    server: { answers: { MAIL: ["250-one\r\n250 two"], "end-of-data": ["250-2.0.0 one\r\n250 2.0.0 two"] } }
  }),
  v("enhanced status codes", offering("ENHANCEDSTATUSCODES")),
  v("a dot for every 1024 octets begun", { stdin: `Subject: s\n\n${line.repeat(192)}` }),
  v("many dots", { stdin: `Subject: s\n\n${line.repeat(1280)}` }),
  v("a local recipient", { args: ["-v", ...from, "joe"], rc: `${disabled}mda "{home}/bin/mda -f %F %T"\n` }),
  v("hooks", { rc: `${disabled}preconnect "true"\npostconnect "true"\n` }),
  v("a refused sender", {
    server: { answers: { MAIL: ["550 5.1.8 no"] } },
    differs: statusOnly(refusedForGood, 70, 69)
  }),
  v("a refused recipient", {
    server: { answers: { RCPT: ["550 5.1.1 unknown"] } },
    differs: statusOnly(refusedForGood, 70, 67)
  }),
  v("a refused message", {
    server: { answers: { "end-of-data": ["554 5.7.1 spam"] } },
    differs: statusOnly(refusedForGood, 70, 69)
  }),
  v("a server without STARTTLS", {
    rc: "",
    differs: said("Continuing without TLS: the server does not offer STARTTLS")
  }),
  v("AUTH", {
    rc: `${disabled}username u\npassword p\n`,
    ...offering("AUTH PLAIN"),
    differs: said("Authenticating with PLAIN")
  })
]

const x = (name: string, more: Partial<ParityCase> = {}): ParityCase => ({
  name,
  args: ["-X", "{home}/transcript", ...send],
  ...more
})

const opening = (...keywords: ReadonlyArray<string>) => {
  const lines = ["fake.example", ...keywords]
  const reply = lines.map((text, index) => `250${index === lines.length - 1 ? " " : "-"}${text}\r\n`).join("")
  return `S: 220 fake.example ESMTP\r\nC: EHLO client.example\r\nS: ${reply}`
}

const envelope = [
  "C: MAIL FROM:<ada@example.org>\r\n",
  "S: 250 2.1.0 sender ok\r\n",
  "C: RCPT TO:<bob@example.net>\r\n",
  "S: 250 2.1.5 recipient ok\r\n"
].join("")

/** Commands in one flight, and their replies. */
const flight = (last: string, reply: string) =>
  [
    `C: MAIL FROM:<ada@example.org>\r\nRCPT TO:<bob@example.net>\r\n${last}`,
    "S: 250 2.1.0 sender ok\r\n250 2.1.5 recipient ok\r\n",
    reply
  ].join("")

const header = ["Subject: parity\r", ...added()].map((field) => `H: ${field}\n`).join("")
const data = "C: DATA\r\nS: 354 go on\r\n"
const ending = "S: 250 2.0.0 queued as 42\r\nC: QUIT\r\n\n"

export const transcripts: ReadonlyArray<ParityCase> = [
  x("a message"),
  x("folded fields", { stdin: "Subject: a\n b\nX-A: c\n\nHello.\n" }),
  x("the last -X counts", { args: ["-X", "{home}/other", "-X", "{home}/transcript", ...send] }),
  x("a file that is there already", { files: { transcript: "before\n" } }),
  x("replies of several lines", { server: { answers: { MAIL: ["250-one\r\n250 two"] } } }),
  x("HELO", { server: { answers: { EHLO: ["502 what"] } } }),
  x("AUTH", {
    rc: "username u\npassword p\n",
    ...offering("AUTH PLAIN"),
    differs: {
      because: "no password stands in a transcript",
      c: {
        transcript: `${opening("AUTH PLAIN")}C: AUTH PLAIN AHUAcA==\r\nS: 235 2.7.0 welcome\r\n${envelope}${data}${header}${ending}`
      },
      ours: {
        transcript: `${opening("AUTH PLAIN")}C: AUTH PLAIN *redacted*\r\nS: 235 2.7.0 welcome\r\n${envelope}${data}${header}${ending}`
      }
    }
  }),
  x("a refused recipient", {
    server: { answers: { RCPT: ["550 5.1.1 unknown"] } },
    differs: {
      because: "an empty line ends every session, not only one that went well",
      c: {
        status: 70,
        messages: [],
        transcript: `${opening()}${envelope.replace("250 2.1.5 recipient ok", "550 5.1.1 unknown")}C: QUIT\r\n`
      },
      ours: {
        status: 67,
        messages: [],
        transcript: `${opening()}${envelope.replace("250 2.1.5 recipient ok", "550 5.1.1 unknown")}C: QUIT\r\n\n`
      }
    }
  }),
  x("PIPELINING", {
    ...offering("PIPELINING"),
    differs: {
      because: "sender, recipients and DATA go in one flight",
      c: { transcript: `${opening("PIPELINING")}${envelope}${data}${header}${ending}` },
      ours: {
        transcript: `${opening("PIPELINING")}${flight("DATA\r\n", "354 go on\r\n")}${header}${ending}`
      }
    }
  })
]
