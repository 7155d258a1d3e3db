/** The body on the wire: line ends, dots, 8-bit text, chunks. */
import { added, envelope, offering, send, session } from "../support/outcomes.ts"
import type { ParityCase } from "../support/ParityCase.ts"

const b = (name: string, body: string, more: Partial<ParityCase> = {}): ParityCase => ({
  name,
  args: send,
  stdin: `Subject: s\n\n${body}`,
  ...more
})

const text = (body: string) => ({ messages: [{ header: ["Subject: s", ...added()], body }] })

/** `type`: the field that says so, where the text is more than ASCII. */
const quotedPrintable = (body: string, ...type: ReadonlyArray<string>) => ({
  messages: [
    {
      header: [
        ...["Subject: s", ...added()],
        "MIME-Version: 1.0",
        ...type,
        "Content-Transfer-Encoding: quoted-printable"
      ],
      body
    }
  ]
})

const canonical = "every line ends in CRLF, and no CR or LF stands alone"
const utf8 = "caf\u00c3\u00a9\n"
const kibibytes = "0123456789abcde\n".repeat(64)

export const bodies: ReadonlyArray<ParityCase> = [
  b("LF", "a\nb\n"),
  b("CRLF", "a\r\nb\r\n"),
  b("both", "a\r\nb\n"),
  b("no newline at the end", "a"),
  b("lines of dots", ".\n..\n.a\na.\n...\n"),
  b("a lone dot", "a\n.\nb\n"),
  b("a lone dot with -i", "a\n.\nb\n", { args: ["-i", ...send] }),
  b("a lone dot with -oi", "a\n.\nb\n", { args: ["-oi", ...send] }),
  b("a dot at the end", "a\n."),
  b("empty lines", "\n\na\n\n\n"),
  b("blanks at the ends of lines", "a  \n\t\n"),
  b("From at the start of a line", "From here\n>From there\n"),
  b("a line of 998 characters", `${"x".repeat(998)}\n`),
  b("a line of 1000 characters", `${"x".repeat(1000)}\n`, {
    differs: {
      because: "a line longer than SMTP has to take (RFC 5321 §4.5.3.1.6) is encoded, as far as MIME can",
      c: text(`${"x".repeat(1000)}\r\n`),
      ours: quotedPrintable(`${"x".repeat(1000).replace(/.{75}(?=.)/g, "$&=\r\n")}\r\n`)
    }
  }),
  b("200 KiB", kibibytes.repeat(200)),
  b("a lone CR", "a\rb\n", {
    differs: { because: canonical, c: text("a\rb\r\n"), ours: text("a\r\nb\r\n") }
  }),
  b("CR CR LF", "a\r\r\nb\n", {
    differs: { because: canonical, c: text("a\r\r\nb\r\n"), ours: text("a\r\n\r\nb\r\n") }
  }),
  b("a CR at the end", "a\r"),
  b("a dot between lone CRs", "a\r.\rb\n", {
    differs: { because: canonical, c: text("a\r.\rb\r\n"), ours: text("a\r\n.\r\nb\r\n") }
  }),
  b("a NUL", "a\0b\n", {
    differs: {
      because: "NUL is dropped with a warning (RFC 5322 §4)",
      c: { complains: false, ...text("a\0b\r\n") },
      ours: { complains: true, ...text("ab\r\n") }
    }
  }),
  b("8-bit text, and 8BITMIME", utf8, {
    ...offering("8BITMIME"),
    differs: {
      because: "8-bit text is announced",
      c: { envelopes: [envelope] },
      ours: { envelopes: [["MAIL FROM:<ada@example.org> BODY=8BITMIME", "RCPT TO:<bob@example.net>"]] }
    }
  }),
  b("8-bit text, 8BITMIME and -B", utf8, { args: ["-B8BITMIME", ...send], ...offering("8BITMIME") }),
  b("8-bit text without 8BITMIME", utf8, {
    differs: {
      because: "8-bit text is never sent unannounced: what MIME can say in seven bits is converted",
      c: text("caf\u00c3\u00a9\r\n"),
      ours: quotedPrintable("caf=C3=A9\r\n", "Content-Type: text/plain; charset=utf-8")
    }
  })
]

const chunking = offering("PIPELINING", "CHUNKING")

export const chunks: ReadonlyArray<ParityCase> = [
  b("a small message", "a\n.\nb\n", chunking),
  b("a large message", kibibytes.repeat(200), chunking),
  b("a lone dot at the start", ".\n", chunking),
  b("several recipients", "a\n", { args: [...send, "eve@example.net"], ...chunking }),
  b("no newline at the end", "a", {
    ...chunking,
    differs: { because: canonical, c: text("a"), ours: text("a\r\n") }
  }),
  b("CHUNKING without PIPELINING", "a\n", {
    ...offering("CHUNKING"),
    differs: {
      because: "chunks save nothing there",
      c: { commands: [["EHLO client.example", "BDAT", "QUIT"]] },
      ours: { commands: [session] }
    }
  })
]
