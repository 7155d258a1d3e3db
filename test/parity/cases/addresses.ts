/** Recipients and senders as they stand on the command line. */
import {
  added,
  envelope,
  from,
  here,
  message,
  nothing,
  onlyC,
  refused,
  send,
  sent
} from "../support/outcomes.ts"
import type { ParityCase } from "../support/ParityCase.ts"

const injection = "a@x>\r\nRSET\r\nNOOP <y"

const messageFrom = (address: string) => ({ ...message, header: ["Subject: parity", ...added(address)] })

const inEnvelope = (because: string, c: ReadonlyArray<string>, ours: ReadonlyArray<string>) => ({
  because,
  c: { envelopes: [c] },
  ours: { envelopes: [ours] }
})

const bob = "RCPT TO:<bob@example.net>"

export const recipients: ReadonlyArray<ParityCase> = [
  { name: "one recipient", args: send },
  { name: "several recipients", args: [...send, "eve@example.net", "kim@example.com"] },
  { name: "a quoted local part", args: [...from, '"a b"@example.net'] },
  { name: "a subaddress and an odd local part", args: [...from, "o'neil+x=y@example.net"] },
  { name: "an address literal", args: [...from, "bob@[192.0.2.1]"] },
  {
    name: "a recipient in angle brackets",
    args: [...from, "<bob@example.net>"],
    differs: inEnvelope(
      "an operand is read as an address",
      ["MAIL FROM:<ada@example.org>", "RCPT TO:<<bob@example.net>>"],
      envelope
    )
  },
  {
    name: "a recipient with a name",
    args: [...from, "Bob <bob@example.net>"],
    differs: inEnvelope(
      "an operand is read as an address",
      ["MAIL FROM:<ada@example.org>", "RCPT TO:<Bob <bob@example.net>>"],
      envelope
    )
  },
  {
    name: "recipients with commas between them",
    args: [...from, "bob@example.net,eve@example.net"],
    differs: inEnvelope(
      "an operand may be a list",
      ["MAIL FROM:<ada@example.org>", "RCPT TO:<bob@example.net,eve@example.net>"],
      [...envelope, "RCPT TO:<eve@example.net>"]
    )
  },
  {
    name: "a recipient given twice",
    args: [...send, "bob@example.net"],
    differs: inEnvelope("nobody gets a message twice", [...envelope, bob], envelope)
  },
  {
    name: "a recipient that begins with a hyphen",
    args: [...from, "--", "-bob@example.net"],
    differs: onlyC("somewhere on its way it would be taken for an option", 65, {
      envelopes: [["MAIL FROM:<ada@example.org>", "RCPT TO:<-bob@example.net>"]]
    })
  },
  {
    name: "commands in a recipient",
    args: [...from, injection],
    differs: {
      because: "nothing but an address gets into a command",
      c: {
        status: 0,
        complains: false,
        commands: [["EHLO client.example", "RSET", "NOOP <y>", "DATA"]],
        envelopes: [["MAIL FROM:<ada@example.org>", "RCPT TO:<a@x>"]],
        messages: []
      },
      ours: refused(64)
    }
  }
]

export const senders: ReadonlyArray<ParityCase> = [
  { name: "no sender", args: ["bob@example.net"] },
  {
    name: "an empty -f",
    args: ["-f", "", "bob@example.net"],
    differs: {
      because: "From: <> is no address that a reader could answer, or a server accept",
      c: { messages: [messageFrom("")] },
      ours: { messages: [messageFrom("MAILER-DAEMON@client.example")] }
    }
  },
  {
    name: "an empty -f with a From: in the message",
    args: ["-f", "", "bob@example.net"],
    stdin: "From: ada@example.org\n\nHello.\n"
  },
  {
    name: "-f <>",
    args: ["-f", "<>", "bob@example.net"],
    stdin: "From: ada@example.org\n\nHello.\n",
    differs: inEnvelope("-f <> is the null sender", ["MAIL FROM:<<>>", bob], ["MAIL FROM:<>", bob])
  },
  {
    name: "-f in angle brackets",
    args: ["-f", "<ada@example.org>", "bob@example.net"],
    differs: inEnvelope("-f is read as an address", ["MAIL FROM:<<ada@example.org>>", bob], envelope)
  },
  {
    name: "-f with a name",
    args: ["-f", "Ada <ada@example.org>", "bob@example.net"],
    differs: inEnvelope("-f is read as an address", ["MAIL FROM:<Ada <ada@example.org>>", bob], envelope)
  },
  {
    name: "-f with a bare user name",
    args: ["-f", "ada", "bob@example.net"],
    differs: {
      because: "relays refuse a sender without a domain",
      c: { envelopes: [["MAIL FROM:<ada>", bob]], messages: [messageFrom("ada")] },
      ours: {
        envelopes: [[`MAIL FROM:<ada@${here.host}>`, bob]],
        messages: [messageFrom(`ada@${here.host}`)]
      }
    }
  },
  {
    name: "commands in the sender",
    args: ["-f", injection, "bob@example.net"],
    differs: {
      because: "nothing but an address gets into a command",
      c: {
        status: 0,
        complains: false,
        commands: [["EHLO client.example", "RSET", "NOOP <y>", "DATA"]],
        envelopes: [["MAIL FROM:<a@x>", bob]],
        messages: []
      },
      ours: refused(64)
    }
  },
  {
    name: "a recipient outside ASCII",
    args: [...from, "j\u00f6@example.net"],
    differs: {
      because: "such an address needs SMTPUTF8, and the server does not offer it",
      c: sent({ envelopes: [["MAIL FROM:<ada@example.org>", "RCPT TO:<j\u00f6@example.net>"]] }),
      ours: {
        ...sent(),
        status: 69,
        complains: true,
        ...nothing,
        commands: [["EHLO client.example", "QUIT"]]
      }
    }
  },
  { name: "the commands of a session", args: send, server: { extensions: ["PIPELINING"] } }
]
