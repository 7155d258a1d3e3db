/** Which identity is chosen, and what it says of sender, recipients and names. */
import { added, envelope, from, here, message, onlyOurs, send } from "../support/outcomes.ts"
import type { Observation, ParityCase } from "../support/ParityCase.ts"

const host = 'hostname = "127.0.0.1:{port}"\n'
const toBob = ["bob@example.net"]
const rcptBob = "RCPT TO:<bob@example.net>"

/** A global section and two identities, told apart by their EHLO. */
const sections = (first: string, second: string) =>
  `${host}helo g.example\n${first}\n${host}helo a.example\n${second}\n${host}helo b.example\n`
const two = sections("identity ada@example.org", "identity bob@example.org")

const withFile = (
  name: string,
  wholeRc: string,
  args: ReadonlyArray<string> = send,
  more: Partial<ParityCase> = {}
): ParityCase => ({ name, args, wholeRc, ...more })

const withStatement = (
  name: string,
  rc: string,
  args: ReadonlyArray<string> = send,
  more: Partial<ParityCase> = {}
): ParityCase => ({ name, args, rc: `${rc}\n`, ...more })

const text = (header: string) => ({ stdin: `${header}\n\nHello.\n` })

const arrives = (helo: string, header: ReadonlyArray<string>): Partial<Observation> => ({
  commands: [[`EHLO ${helo}`, "DATA", "QUIT"]],
  messages: [{ header, body: "Hello.\r\n" }]
})

export const choice: ReadonlyArray<ParityCase> = [
  withFile("-f names the first identity", two),
  withFile("-f names the second identity", two, ["-f", "bob@example.org", ...toBob]),
  withFile("-f names none", two, ["-f", "x@example.org", ...toBob]),
  withFile("-f in another case", two, ["-f", "ADA@example.org", ...toBob]),
  withFile("-f with a subaddress", two, ["-f", "ada+x@example.org", ...toBob]),
  withFile("no -f", two, toBob),
  withFile("From: with -t", two, ["-t", ...toBob], text("From: Bob <bob@example.org>")),
  withFile("From: without -t", two, toBob, text("From: Bob <bob@example.org>")),
  withFile("two identities of one address", sections("identity ada@example.org", "identity ada@example.org")),
  withFile("default", sections("identity x@y.org", "identity z@y.org\ndefault")),
  withFile("default given twice", sections("identity x@y.org\ndefault", "identity z@y.org\ndefault")),
  withFile(
    "no default and nothing global: the first section with a host",
    `mda "x"\nidentity x@y.org\n${host}helo a.example\nidentity z@y.org\n${host}helo b.example\n`
  ),
  withFile(
    "a global section with nothing but qualifydomain",
    `qualifydomain q.example\n${host}identity x@y.org\n${host}helo a.example\n`,
    [...from, "joe"]
  ),
  withFile(
    "nothing is inherited",
    `${host}helo g.example\nusername u\npassword p\nidentity ada@example.org\n${host}`,
    send,
    { server: { extensions: ["AUTH PLAIN"] } }
  ),
  withFile("-f in another case of the domain", two, ["-f", "ada@EXAMPLE.org", ...toBob], {
    differs: {
      because: "domains have no case",
      c: arrives("g.example", ["Subject: parity", ...added("ada@EXAMPLE.org", "g.example")]),
      ours: arrives("a.example", ["Subject: parity", ...added("ada@EXAMPLE.org", "a.example")])
    }
  }),
  withFile("From: and -f with -t", two, ["-t", ...send], {
    ...text("From: bob@example.org"),
    differs: {
      because: "who gives -f means it",
      c: {
        ...arrives("b.example", ["From: bob@example.org", "date: now", "message-id: <unique@b.example>"]),
        envelopes: [["MAIL FROM:<bob@example.org>", rcptBob]]
      },
      ours: {
        ...arrives("a.example", ["From: bob@example.org", "date: now", "message-id: <unique@a.example>"]),
        envelopes: [envelope]
      }
    }
  })
]

const fork = "Debian's esmtp is built without the sender statement of the fork"

const sentFrom = (address: string, envelopeSender = address): Partial<Observation> => ({
  envelopes: [[`MAIL FROM:<${envelopeSender}>`, rcptBob]],
  messages: [{ ...message, header: ["Subject: parity", ...added(address)] }]
})

const sender = (template: string, address: string): ParityCase =>
  withStatement(`sender ${template}`, `sender "${template}"`, toBob, {
    differs: onlyOurs(fork, 78, sentFrom(address))
  })

const [, ...afterFirstDot] = here.host.split(".")
const domain = afterFirstDot.length === 0 ? here.host : afterFirstDot.join(".")

export const senderAddress: ReadonlyArray<ParityCase> = [
  withFile("the address of the identity", `identity ada@example.org\n${host}helo a.example\n`, toBob),
  withFile(
    "the address of the default identity",
    `${sections("identity x@y.org", "identity z@y.org\ndefault")}`,
    toBob
  ),
  sender("me@example.org", "me@example.org"),
  sender("%u@example.org", `${here.user}@example.org`),
  sender("x@%h", `x@${here.host}`),
  sender("x@%d", `x@${domain}`),
  sender("a%%b@example.org", "a%b@example.org"),
  withStatement("sender and -f", "sender me@example.org", send, { differs: onlyOurs(fork, 78) }),
  withStatement("sender with %x", 'sender "a%x@example.org"', toBob, { status: 78, nothingSent: true }),
  withStatement("sender with a % at its end", 'sender "me@example.org%"', toBob, {
    status: 78,
    nothingSent: true
  }),
  withFile("identity with %u and %h", `identity "%u@%h"\n${host}helo client.example\n`, toBob, {
    differs: {
      because: "the fork expands the address of an identity, Debian's build does not",
      c: sentFrom("%u@%h"),
      ours: sentFrom(`${here.user}@${here.host}`)
    }
  }),
  withStatement("force reverse_path", "force reverse_path bounce@example.org"),
  withStatement("force reverse_path without -f", "force reverse_path bounce@example.org", toBob),
  withStatement(
    "force reverse_path and From:",
    "force reverse_path b@example.org",
    send,
    text("From: x@example.org")
  ),
  withStatement(
    "force reverse_path and -t",
    "force reverse_path b@example.org",
    ["-t", ...toBob],
    text("From: x@y.org")
  ),
  withStatement("force reverse_path with %u", 'force reverse_path "%u@example.org"'),
  withStatement("force reverse_path with %%", 'force reverse_path "a%%b@example.org"'),
  withFile(
    "force reverse_path of an identity chosen by -f",
    `${host}helo g.example\nidentity ada@example.org\n${host}helo a.example\nforce reverse_path b@example.org\n`
  ),
  withStatement("force reverse_path with %h", 'force reverse_path "x%h@example.org"', send, {
    differs: {
      because: "%h means here what it means in sender; C drops it",
      c: sentFrom("ada@example.org", "x@example.org"),
      ours: sentFrom("ada@example.org", `x${here.host}@example.org`)
    }
  }),
  withStatement("force sender", "force sender boss@example.org"),
  withStatement(
    "force sender and Sender:",
    "force sender boss@example.org",
    send,
    text("Sender: x@example.org\nX-A: b")
  ),
  withStatement("force sender with %u", 'force sender "%u@example.org"'),
  withStatement("force sender with %%", 'force sender "a%%b@example.org"'),
  withStatement("force sender with a % at its end", 'force sender "boss@example.org%"'),
  withStatement("both forced", "force reverse_path b@example.org force sender boss@example.org")
]

const id = "Message-Id: <x@y>"

export const otherStatements: ReadonlyArray<ParityCase> = [
  withStatement("helo", "helo = other.example"),
  withFile("no helo", host),
  withStatement("qualifydomain", "qualifydomain q.example", [...from, "joe"]),
  withStatement("qualifydomain and a full address", "qualifydomain q.example", [
    ...from,
    "joe",
    "bob@example.net"
  ]),
  withStatement(
    "qualifydomain with -t",
    "qualifydomain q.example",
    [...from, "-t"],
    text("To: joe, bob@example.net")
  ),
  withStatement("qualifydomain with an mda", 'qualifydomain q.example mda "{home}/bin/mda %T"', [
    ...from,
    "joe"
  ]),
  withStatement(
    "qualifydomain with force_mda",
    'qualifydomain q.example mda "{home}/bin/mda %T" force_mda joe',
    send,
    {
      differs: {
        because: "an address that has a domain keeps it",
        c: { envelopes: [["MAIL FROM:<ada@example.org>", "RCPT TO:<bob@example.net@q.example>"]] },
        ours: { envelopes: [envelope] }
      }
    }
  ),
  withStatement("qualifydomain with DSN", "qualifydomain q.example", ["-Nfailure", ...from, "joe"], {
    server: { extensions: ["DSN"] },
    differs: {
      because: "reports name the recipient as it was given (RFC 3461 §4.2)",
      c: { envelopes: [["MAIL FROM:<ada@example.org>", "RCPT TO:<joe@q.example> NOTIFY=FAILURE"]] },
      ours: {
        envelopes: [
          ["MAIL FROM:<ada@example.org>", "RCPT TO:<joe@q.example> NOTIFY=FAILURE ORCPT=rfc822;joe"]
        ]
      }
    }
  }),
  withStatement("message_id enabled", "message_id enabled"),
  withStatement("message_id enabled and Message-Id:", "message_id enabled", send, text(id)),
  withStatement("message_id disabled", "message_id disabled", send, {
    differs: {
      because: "C does the opposite of its manual",
      c: { messages: [message] },
      ours: { messages: [{ ...message, header: message.header.slice(0, -1) }] }
    }
  }),
  withStatement("message_id disabled and Message-Id:", "message_id disabled", send, {
    ...text(id),
    differs: {
      because: "nobody's Message-ID is taken away",
      c: { messages: [{ header: ["date: now", "from: ada@example.org"], body: "Hello.\r\n" }] },
      ours: { messages: [{ header: [id, "date: now", "from: ada@example.org"], body: "Hello.\r\n" }] }
    }
  }),
  withStatement("certificate_passphrase without a certificate", 'certificate_passphrase "x"')
]
