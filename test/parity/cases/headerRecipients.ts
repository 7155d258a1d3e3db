/** `-t`: recipients and sender from the header, and what becomes of Bcc. */
import { added, from, onlyOurs, refused, same, session } from "../support/outcomes.ts"
import type { Observation, ParityCase, SentMessage } from "../support/ParityCase.ts"

const nothingSent = true
const ada = "MAIL FROM:<ada@example.org>"
const body = "Hello.\r\n"
const withT = [...from, "-t"]

const t = (name: string, header: string, more: Partial<ParityCase> = {}): ParityCase => ({
  name,
  args: withT,
  stdin: `${header}\n\nHello.\n`,
  ...more
})

const to = (...addresses: ReadonlyArray<string>) => [
  [ada, ...addresses.map((address) => `RCPT TO:<${address}@example.net>`)]
]

const fields = (...header: ReadonlyArray<string>): ReadonlyArray<SentMessage> => [
  { header: [...header, ...added()], body }
]

const arrives = (
  addresses: ReadonlyArray<string>,
  ...header: ReadonlyArray<string>
): Partial<Observation> => ({
  envelopes: to(...addresses),
  messages: fields(...header)
})

const plainLists = [
  "To: a@example.net",
  "To: a@example.net\nCc: b@example.net\nSubject: s",
  "To: a@example.net, b@example.net, c@example.net",
  "To: a@example.net,\n b@example.net,\n\tc@example.net",
  "to: a@example.net\ncc: b@example.net",
  "TO: a@example.net\nCC: b@example.net",
  'To: Al <a@example.net>, "B, b" <b@example.net>',
  "To: a@example.net (Al), (Bea) b@example.net",
  'To: "a b"@example.net',
  'To: "a\\"b"@example.net',
  "To: =?utf-8?q?J=C3=B6?= <j@example.net>",
  "To: a@example.net,",
  "To: \nCc: b@example.net",
  "To: a@example.net\nReply-To: b@example.net\nX-To: c@example.net",
  "To: a@example.net\nApparently-To: b@example.net",
  `To: ${Array.from({ length: 40 }, (_, index) => `user${index}@example.net`).join(", ")}`
]

const leak =
  "in C the field after a Bcc: is not looked at: its recipient gets nothing, or stands in everybody's copy"
const rfc5322 = "the header is read as RFC 5322 writes it"

export const lists: ReadonlyArray<ParityCase> = [
  ...plainLists.map((header) => t(JSON.stringify(header.slice(0, 60)), header)),
  t("a header in CRLF", "To: a@example.net\r\nCc: b@example.net\r"),
  t("operands beside the header", "To: a@example.net, b@example.net", {
    args: [...withT, "z@example.net", "y@example.net"]
  }),
  ...["To:a@example.net", "To:\ta@example.net", "To : a@example.net"].map((header) =>
    t(JSON.stringify(header), header, { differs: onlyOurs(rfc5322, 65, arrives(["a"], header)) })
  ),
  t("two To: fields", "To: a@example.net\nTo: b@example.net", {
    differs: {
      because: "no field is dropped",
      c: arrives(["a", "b"], "To: a@example.net"),
      ours: arrives(["a", "b"], "To: a@example.net", "To: b@example.net")
    }
  }),
  t("a group", "To: Team: a@example.net, b@example.net;", {
    differs: {
      because: rfc5322,
      c: { envelopes: [[ada, "RCPT TO:<Team:a@example.net>", "RCPT TO:<b@example.net;>"]] },
      ours: { envelopes: to("a", "b") }
    }
  }),
  t("a missing comma", "To: a@example.net\n b@example.net", {
    differs: {
      because: "two addresses are two, with or without the comma",
      c: { envelopes: [[ada, "RCPT TO:<a@example.netb@example.net>"]] },
      ours: { envelopes: to("a", "b") }
    }
  }),
  t("a source route", "To: <@x.example:a@example.net>", {
    differs: {
      because: "routes are obsolete, and the address is what they lead to (RFC 5321 §3.6.1)",
      c: { envelopes: [[ada, "RCPT TO:<@x.example:a@example.net>"]] },
      ours: { envelopes: to("a") }
    }
  }),
  t("an address given twice", "To: a@example.net\nCc: a@example.net", {
    differs: {
      because: "nobody gets a message twice",
      c: { envelopes: to("a", "a") },
      ours: { envelopes: to("a") }
    }
  }),
  t("undisclosed recipients", "To: undisclosed-recipients:;", {
    differs: { because: "an empty group is nobody, and no local user", c: refused(72), ours: refused(65) }
  }),
  t("undisclosed recipients and a Bcc", "To: undisclosed-recipients:;\nBcc: a@example.net", {
    differs: onlyOurs(
      "an empty group is nobody, and no local user",
      72,
      arrives(["a"], "To: undisclosed-recipients:;")
    )
  }),
  t("Resent-To", "To: a@example.net\nResent-To: b@example.net", {
    differs: {
      because: "a message that is sent again goes to whom it is sent again (RFC 5322 §3.6.6)",
      c: { envelopes: to("a") },
      ours: { envelopes: to("b") }
    }
  })
]

export const blindCopies: ReadonlyArray<ParityCase> = [
  t("Bcc last", "To: a@example.net\nBcc: b@example.net"),
  t("Bcc alone", "Bcc: b@example.net"),
  t("Bcc in capitals", "To: a@example.net\nBCC: b@example.net"),
  t("a folded Bcc", "To: a@example.net\nBcc: b@example.net,\n c@example.net"),
  t("Bcc before a field without recipients", "To: a@example.net\nBcc: b@example.net\nSubject: s"),
  t("Bcc first", "Bcc: b@example.net\nTo: a@example.net", {
    differs: { because: leak, c: { envelopes: to("b") }, ours: { envelopes: to("b", "a") } }
  }),
  t("Bcc in the middle", "To: a@example.net\nBcc: b@example.net\nCc: c@example.net", {
    differs: { because: leak, c: { envelopes: to("a", "b") }, ours: { envelopes: to("a", "b", "c") } }
  }),
  t("two Bcc fields", "To: a@example.net\nBcc: b@example.net\nBcc: c@example.net", {
    differs: {
      because: leak,
      c: arrives(["a", "b"], "To: a@example.net", "Bcc: c@example.net"),
      ours: arrives(["a", "b", "c"], "To: a@example.net")
    }
  }),
  t("Bcc without a blank", "To: a@example.net\nBcc:b@example.net", {
    differs: {
      because: leak,
      c: arrives(["a"], "To: a@example.net", "Bcc:b@example.net"),
      ours: arrives(["a", "b"], "To: a@example.net")
    }
  }),
  t("Resent-Bcc", "To: a@example.net\nResent-Bcc: b@example.net", {
    differs: {
      because: "it is a Bcc like any other",
      c: arrives(["a"], "To: a@example.net", "Resent-Bcc: b@example.net"),
      ours: arrives(["b"], "To: a@example.net")
    }
  }),
  ...["Bcc", "Resent-Bcc"].map((name) =>
    t(`${name} without -t`, `To: a@example.net\n${name}: b@example.net`, {
      args: [...from, "bob@example.net"],
      differs: {
        because: "a blind copy is never shown",
        c: arrives(["bob"], "To: a@example.net", `${name}: b@example.net`),
        ours: arrives(["bob"], "To: a@example.net")
      }
    })
  )
]

const raw = (name: string, stdin: string, more: Partial<ParityCase> = {}): ParityCase => ({
  name,
  args: withT,
  stdin,
  ...more
})

export const headerSenders: ReadonlyArray<ParityCase> = [
  ...same(
    [
      "From: x@example.org",
      "From: X Y <x@example.org>",
      "From: x@example.org, y@example.org",
      "From: ",
      "X: y"
    ],
    () => ["-t"]
  ).map((parityCase) => ({ ...parityCase, stdin: `${parityCase.name}\nTo: a@example.net\n\nHello.\n` })),
  t("nothing but From:", "From: x@example.org", {
    args: ["-t"],
    differs: { because: "there is no recipient, and that is said", c: refused(72), ours: refused(65) }
  }),
  t("no field that matters", "Subject: s", { args: ["-t"], status: 65, nothingSent }),
  raw("nothing at all", "", { status: 65, nothingSent }),
  ...[
    ["a header without the empty line behind it", "To: a@example.net\nSubject: s\n"],
    ["a header without its last newline", "To: a@example.net\nSubject: s"]
  ].map(([name = "", stdin = ""]) =>
    raw(name, stdin, {
      differs: onlyOurs("a message may be all header", 65, {
        commands: [session],
        ...arrives(["a"], "To: a@example.net", "Subject: s"),
        messages: [{ header: ["To: a@example.net", "Subject: s", ...added()], body: "" }]
      })
    })
  ),
  raw("a From line of a mailbox file", "From x Mon Jan  5 10:00:00 2026\nTo: a@example.net\n\nHello.\n", {
    differs: {
      because: "the line is no field, and relays end the header there",
      c: {
        messages: [
          {
            header: [
              "From x Mon Jan  5 10:00:00 2026",
              "To: a@example.net",
              "date: now",
              "From: ada@example.org",
              "message-id: <unique@client.example>"
            ],
            body
          }
        ]
      },
      ours: {
        messages: [
          {
            header: [
              "To: a@example.net",
              "date: now",
              "From: ada@example.org",
              "message-id: <unique@client.example>"
            ],
            body
          }
        ]
      }
    }
  })
]
