/** What is added to a header, kept in it and taken from it. */
import { added, send } from "../support/outcomes.ts"
import type { ParityCase } from "../support/ParityCase.ts"

const body = "Hello.\r\n"

const h = (name: string, header: string, more: Partial<ParityCase> = {}): ParityCase => ({
  name,
  args: send,
  stdin: `${header}\n\nHello.\n`,
  ...more
})

const date = "Date: Mon, 5 Jan 2026 10:00:00 +0000"

/** The fields of which C keeps only the first. */
const repeated: ReadonlyArray<readonly [first: string, second: string, added: ReadonlyArray<string>]> = [
  ["To: a@example.net", "To: b@example.net", added()],
  ["Cc: a@example.net", "Cc: b@example.net", added()],
  ["Reply-To: a@example.net", "Reply-To: b@example.net", added()],
  ["Disposition-Notification-To: a@x.org", "Disposition-Notification-To: b@x.org", added()],
  ["From: a@example.net", "From: b@example.net", ["date: now", "message-id: <unique@client.example>"]],
  ["Message-Id: <a@b>", "Message-Id: <c@d>", ["date: now", "from: ada@example.org"]],
  [date, "Date: Tue, 6 Jan 2026 10:00:00 +0000", added().slice(1)]
]

export const fields: ReadonlyArray<ParityCase> = [
  h("nothing to add", `${date}\nFrom: x@example.org\nMessage-Id: <a@b>`),
  h("nothing there", ""),
  h("Date: kept", `${date}\nSubject: s`),
  h("From: kept", "From: X <x@example.org>\nSubject: s"),
  h("From: kept where no sender is given", "From: X <x@example.org>", { args: ["bob@example.net"] }),
  h("Message-ID: kept", "Message-ID: <a@b>"),
  h("Sender: kept", "Sender: s@example.org"),
  h(
    "other fields kept, however often",
    "X-A: 1\nX-A: 2\nReceived: from a\nReceived: from b\nSubject: 1\nSubject: 2"
  ),
  h("MIME fields kept", "MIME-Version: 1.0\nContent-Type: text/plain\nContent-Transfer-Encoding: 7bit"),
  h(
    "Resent fields kept",
    `Resent-From: x@y.org\nResent-To: z@y.org\nResent-${date}\nResent-Message-Id: <a@b>`
  ),
  h("folded fields kept", "Subject: one\n two\n\tthree"),
  h("names kept as they are written", "SUBJECT: s\nx-lower: y"),
  h("empty fields kept", "Subject:\nX-A: "),
  h("no blank behind the colon", "Subject:s"),
  h("blanks at the end kept", "Subject: s  \nX-A: b\t"),
  h("a long line kept", `Subject: ${"x".repeat(900)}`),
  h("Return-Path: taken", "Return-Path: <x@y.org>\nSubject: s"),
  h("Original-Recipient: taken", "Original-Recipient: rfc822;x@y.org\nSubject: s"),
  h("Resent-Reply-To: taken", "Resent-Reply-To: x@y.org\nSubject: s"),
  ...repeated.map(([first, second, others]) =>
    h(`${first.slice(0, first.indexOf(":"))}: twice`, `${first}\n${second}`, {
      differs: {
        because: "no field is dropped",
        c: { messages: [{ header: [first, ...others], body }] },
        ours: { messages: [{ header: [first, second, ...others], body }] }
      }
    })
  ),
  h("a line without a colon", "Subject: s\nnonsense\nX-A: b", {
    differs: {
      because: "it is no field; for a relay the header ends there, and so it does here",
      c: { messages: [{ header: ["Subject: s", "nonsense", "X-A: b", ...added()], body }] },
      ours: {
        messages: [{ header: ["Subject: s", ...added()], body: `nonsense\r\nX-A: b\r\n\r\n${body}` }]
      }
    }
  }),
  h("a NUL", "Subject: a\0b\nX-A: c", {
    differs: {
      because: "NUL is dropped with a warning (RFC 5322 §4)",
      c: { complains: false, messages: [{ header: ["Subject: a\0b", "X-A: c", ...added()], body }] },
      ours: { complains: true, messages: [{ header: ["Subject: ab", "X-A: c", ...added()], body }] }
    }
  }),
  h("a lone CR", "Subject: a\rb\nX-A: c", {
    differs: {
      because: "a bare CR never goes out; in a header it is a blank",
      c: { messages: [{ header: ["Subject: a\rb", "X-A: c", ...added()], body }] },
      ours: { messages: [{ header: ["Subject: a b", "X-A: c", ...added()], body }] }
    }
  }),
  h("8-bit text, and 8BITMIME", "Subject: caf\u00c3\u00a9", {
    server: { extensions: ["8BITMIME"] },
    differs: {
      because: "8-bit text is announced",
      c: { envelopes: [["MAIL FROM:<ada@example.org>", "RCPT TO:<bob@example.net>"]] },
      ours: { envelopes: [["MAIL FROM:<ada@example.org> BODY=8BITMIME", "RCPT TO:<bob@example.net>"]] }
    }
  })
]

const m = (name: string, stdin: string, more: Partial<ParityCase> = {}): ParityCase => ({
  name,
  args: send,
  stdin,
  ...more
})

export const shapes: ReadonlyArray<ParityCase> = [
  m("nothing but an empty line", "\n"),
  m("nothing", ""),
  m("a header without a body", "Subject: s\n\n"),
  m("a header without the empty line", "Subject: s\n"),
  m("a header without its last newline", "Subject: s"),
  m("a header in CRLF and a body in LF", "Subject: s\r\nX-A: b\r\n\r\nHello.\n"),
  m("a header in LF and a body in CRLF", "Subject: s\nX-A: b\n\nHello.\r\n"),
  m("text without a header", "just text\n", {
    differs: {
      because: "what is no field is no header",
      c: { messages: [{ header: ["just text", ...added()], body: "" }] },
      ours: { messages: [{ header: added(), body: "just text\r\n" }] }
    }
  }),
  m("a From line of a mailbox file", "From x Mon Jan  5 10:00:00 2026\nFrom: x@y.org\n\nHello.\n", {
    differs: {
      because: "the line is no field, and relays end the header there",
      c: {
        messages: [
          {
            header: [
              "From x Mon Jan  5 10:00:00 2026",
              "From: x@y.org",
              "date: now",
              "message-id: <unique@client.example>"
            ],
            body
          }
        ]
      },
      ours: {
        messages: [{ header: ["From: x@y.org", "date: now", "message-id: <unique@client.example>"], body }]
      }
    }
  })
]
