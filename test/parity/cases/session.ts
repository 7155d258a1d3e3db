/** Sessions that go well: greetings, EHLO, extensions, answers. */
import { envelope, refused, send, sent, session } from "../support/outcomes.ts"
import type { ParityCase } from "../support/ParityCase.ts"

const s = (name: string, answers: ParityCase["server"], more: Partial<ParityCase> = {}): ParityCase => ({
  name,
  args: send,
  ...(answers !== undefined && { server: answers }),
  ...more
})

const helloTwice = ["EHLO client.example", "HELO client.example", "DATA", "QUIT"]

/** What C says before it gives up. */
const gaveUp = { ...refused(70), commands: [["EHLO client.example", "QUIT"]] }

export const sessions: ReadonlyArray<ParityCase> = [
  s("a greeting of several lines", { answers: { connect: ["220-hello\r\n220 there"] } }),
  ...["500 what", "501 what", "502 what", "504 what"].map((reply) =>
    s(`EHLO answered ${reply}`, { answers: { EHLO: [reply] } })
  ),
  s(
    "HELO and options that need an extension",
    { answers: { EHLO: ["502 what"] } },
    { args: ["-Nfailure", ...send] }
  ),
  ...[
    "PIPELINING",
    "8BITMIME",
    "ENHANCEDSTATUSCODES",
    "SMTPUTF8",
    "DSN",
    "HELP",
    "ETRN",
    "X-UNKNOWN a b"
  ].map((keyword) => s(`${keyword} offered`, { extensions: [keyword] })),
  s("keywords in lower case", { extensions: ["pipelining", "dsn"] }, { args: ["-Nfailure", ...send] }),
  s(
    "PIPELINING and several recipients",
    { extensions: ["PIPELINING"] },
    { args: [...send, "eve@example.net"] }
  ),
  s("250 to QUIT", { answers: { QUIT: ["250 ok"] } }),
  s("500 to QUIT", { answers: { QUIT: ["500 what"] } }),
  s("a connection that is closed at QUIT", { answers: { QUIT: [{ ending: "close" }] } }),
  s("a reply of several lines to everything", {
    answers: {
      MAIL: ["250-one\r\n250 two"],
      RCPT: ["250-one\r\n250 two"],
      DATA: ["354-one\r\n354 two"],
      "end-of-data": ["250-one\r\n250 two"]
    }
  }),
  s("251 to RCPT", { answers: { RCPT: ["251 will forward"] } }, { nothingSent: true }),
  s("252 to RCPT", { answers: { RCPT: ["252 will try"] } }, { nothingSent: true }),
  s(
    "SIZE offered",
    { extensions: ["SIZE 1000000"] },
    {
      differs: {
        because: "the size is declared, so that a message too large is refused before it is sent (RFC 1870)",
        c: { envelopes: [envelope] },
        ours: { envelopes: [["MAIL FROM:<ada@example.org> SIZE=n", "RCPT TO:<bob@example.net>"]] }
      }
    }
  ),
  s(
    "a SIZE that is too small",
    { extensions: ["SIZE 10"] },
    {
      differs: {
        because: "a message that is larger than the server says is not sent",
        c: sent(),
        ours: { ...refused(69), commands: [["EHLO client.example", "QUIT"]] }
      }
    }
  ),
  s(
    "XUSR offered",
    { extensions: ["XUSR"] },
    {
      differs: {
        because: "the command is of sendmail's own, and says nothing that a relay needs",
        c: { commands: [["EHLO client.example", "XUSR", "DATA", "QUIT"]] },
        ours: { commands: [session] }
      }
    }
  ),
  s(
    "EHLO answered 550",
    { answers: { EHLO: ["550 no"] } },
    {
      differs: {
        because: "HELO is tried whatever the server says to EHLO (RFC 5321 §3.2)",
        c: gaveUp,
        ours: sent({ commands: [helloTwice] })
      }
    }
  ),
  s(
    "EHLO answered 421",
    { answers: { EHLO: ["421 no"] } },
    {
      differs: {
        because: "a server that hangs up on EHLO gets a HELO on a new connection",
        c: { ...gaveUp, status: 69 },
        ours: sent({ commands: [["EHLO client.example"], ["HELO client.example", "DATA", "QUIT"]] })
      }
    }
  ),
  s(
    "a server that hangs up on EHLO",
    { answers: { EHLO: [{ ending: "close" }] } },
    {
      differs: {
        because: "a server that hangs up on EHLO gets a HELO on a new connection",
        c: { ...gaveUp, commands: [["EHLO client.example"]] },
        ours: sent({ commands: [["EHLO client.example"], ["HELO client.example", "DATA", "QUIT"]] })
      }
    }
  )
]
