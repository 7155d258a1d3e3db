import { transactionPlan } from "./plans.ts"
import { describeScenarios, type Scenario } from "./script.ts"
import { mailLine, rcptLines, ready } from "./transactions.ts"

const message = Uint8Array.from({ length: 100 }, () => 0x61)
const inline = (to: string) => transactionPlan(to, { inline: message })
const open = ready("PIPELINING", "CHUNKING")
const flight = (names: string) => [
  ...open,
  mailLine,
  ...rcptLines(names),
  "C: BDAT 100 LAST",
  "C: <100 octets>"
]
const streamed = [...open, mailLine, ...rcptLines("a"), "S: 250 ok", "S: 250 ok", "= SendBody bdat"]

const small: ReadonlyArray<Scenario> = [
  {
    name: "RFC 3030 §4.2: a small message goes in the flight of its envelope",
    deliver: inline("a b"),
    script: [
      ...flight("a b"),
      "S: 250 ok",
      "S: 250 ok",
      "S: 250 ok",
      "S: 250 taken",
      "= Finished a: delivered 250, b: delivered 250",
      "= Ready"
    ]
  },
  {
    name: "H14 RFC 3030 §2: some refused, the others have it",
    deliver: inline("a b"),
    script: [
      ...flight("a b"),
      "S: 250 ok",
      "S: 550 no",
      "S: 250 ok",
      "S: 250 taken",
      "= Finished a: RecipientsRejected 550, b: delivered 250",
      "= Ready"
    ]
  },
  {
    name: "H15 RFC 3030 §2: all refused, and BDAT with them",
    deliver: inline("a b"),
    script: [
      ...flight("a b"),
      "S: 250 ok",
      "S: 550 no",
      "S: 450 later",
      "S: 554 no valid recipients",
      "= Finished a: RecipientsRejected 550, b: RecipientsRejected 450",
      "= Ready"
    ]
  },
  {
    name: "H15 RFC 3030 §2: all refused and BDAT accepted delivers nothing",
    deliver: inline("a b"),
    script: [
      ...flight("a b"),
      "S: 250 ok",
      "S: 550 no",
      "S: 450 later",
      "S: 250 taken",
      "= Finished a: RecipientsRejected 550, b: RecipientsRejected 450",
      "= Ready"
    ]
  },
  {
    name: "RFC 3030 §2: MAIL refused, and all that follows",
    deliver: inline("a"),
    script: [
      ...flight("a"),
      "S: 550 no",
      "S: 503 what",
      "S: 503 what",
      "= Finished a: SenderRejected 550",
      "= Ready"
    ]
  },
  {
    name: "H16 RFC 3030 §2: MAIL refused, and the rest taken: nobody knows what that server did",
    deliver: inline("a"),
    script: [
      ...flight("a"),
      "S: 550 no",
      "S: 250 ok",
      "S: 250 taken",
      "= Finished a: SenderRejected 550",
      "= Fail ProtocolViolation final-dot: message taken from a sender that was refused"
    ]
  },
  {
    name: "RFC 3030 §2: the message refused, and RSET before the next, which waits for its envelope",
    deliver: inline("a"),
    deliver2: inline("a"),
    script: [
      ...flight("a"),
      "S: 250 ok",
      "S: 250 ok",
      "S: 554 spam",
      "= Finished a: MessageRejected Refused final-dot 554",
      "= Ready",
      "! deliver 2",
      "C: RSET",
      mailLine,
      ...rcptLines("a"),
      "S: 250 ok",
      "S: 250 ok",
      "S: 250 ok",
      "= SendBody bdat"
    ]
  },
  {
    name: "H19 RFC 1047: closed before any reply leaves the message in doubt",
    deliver: inline("a"),
    script: [
      ...flight("a"),
      "! closed",
      "= Finished a: ConnectFailed Lost final-dot",
      "= Fail ConnectFailed Lost final-dot"
    ]
  },
  {
    name: "H19 RFC 1047: so does a deadline",
    deliver: inline("a"),
    script: [
      ...flight("a"),
      "S: 250 ok",
      "! deadline",
      "= Finished a: SessionTimedOut final-dot",
      "= Fail SessionTimedOut final-dot"
    ]
  },
  {
    name: "H19 RFC 1047: and garbage",
    deliver: inline("a"),
    script: [
      ...flight("a"),
      "S: 354 go",
      "= Finished a: ProtocolViolation final-dot: not a reply to MAIL",
      "= Fail ProtocolViolation final-dot: not a reply to MAIL"
    ]
  },
  {
    name: "H9 RFC 5321 §3.8: 421 to MAIL leaves nothing in doubt",
    deliver: inline("a"),
    script: [
      ...flight("a"),
      "S: 421 bye",
      "= Finished a: ConnectFailed ServiceClosing mail 421",
      "= Fail ConnectFailed ServiceClosing mail 421"
    ]
  },
  {
    name: "H14 RFC 3030 §2: all or none of one recipient may travel with its message",
    deliver: transactionPlan("a", { inline: message, requireAllRecipients: true }),
    script: [...flight("a")]
  },
  {
    name: "H14 RFC 3030 §2: all or none of two waits for both, and resets where one is refused",
    deliver: transactionPlan("a b", { inline: message, requireAllRecipients: true }),
    script: [
      ...open,
      mailLine,
      ...rcptLines("a b"),
      "S: 250 ok",
      "S: 250 ok",
      "S: 550 no",
      "= Finished a: MessageRejected OtherRecipientRefused rcpt 550, b: RecipientsRejected 550",
      "= Ready",
      "! deliver 2",
      "C: RSET",
      mailLine,
      ...rcptLines("a")
    ]
  },
  {
    name: "RFC 3030 §4.2: without PIPELINING there is no BDAT",
    deliver: inline("a"),
    script: [...ready("CHUNKING"), mailLine, "S: 250 ok", ...rcptLines("a"), "S: 250 ok", "C: DATA"]
  },
  {
    name: "RFC 3030 §2: a message of no octets",
    deliver: transactionPlan("a", { inline: new Uint8Array(0) }),
    script: [...open, mailLine, ...rcptLines("a"), "C: BDAT 0 LAST", "C: <0 octets>"]
  }
]

const large: ReadonlyArray<Scenario> = [
  {
    name: "RFC 3030 §4.2: chunks stream, their replies come as they will",
    script: [
      ...streamed,
      "! chunk",
      "! chunk",
      "S: 250 ok",
      "! chunk",
      "S: 250 ok",
      "! body",
      "S: 250 ok",
      "S: 250 taken",
      "= Finished a: delivered 250",
      "= Ready"
    ]
  },
  {
    name: "RFC 3030 §2: a message of one chunk",
    script: [...streamed, "! body", "S: 250 taken", "= Finished a: delivered 250", "= Ready"]
  },
  {
    name: "H16 RFC 3030 §2: more replies than chunks",
    script: [
      ...streamed,
      "! chunk",
      "S: 250 ok",
      "S: 250 taken",
      "= Finished a: ProtocolViolation body: reply before the end of the message",
      "= Fail ProtocolViolation body: reply before the end of the message"
    ]
  },
  {
    name: "H16 RFC 3030 §2: the reply to a chunk is not the reply to the message",
    script: [
      ...streamed,
      "! chunk",
      "! body",
      "S: 250 ok",
      "! closed",
      "= Finished a: ConnectFailed Lost final-dot",
      "= Fail ConnectFailed Lost final-dot"
    ]
  },
  {
    name: "H20 RFC 3030 §2: a chunk refused while the next ones are sent",
    script: [
      ...streamed,
      "! chunk",
      "! chunk",
      "S: 552 too big",
      "= Finished a: MessageRejected Refused body 552",
      "= Close",
      "! closed"
    ]
  },
  {
    name: "H20 RFC 3030 §2: a chunk refused after all are out, the session stays",
    script: [
      ...streamed,
      "! chunk",
      "! body",
      "S: 552 too big",
      "S: 503 what",
      "= Finished a: MessageRejected Refused body 552",
      "= Ready",
      "! deliver 2",
      "C: RSET",
      mailLine,
      ...rcptLines("a")
    ]
  },
  {
    name: "H16 RFC 3030 §2: a chunk refused and the last one taken is not a delivery",
    script: [
      ...streamed,
      "! chunk",
      "! body",
      "S: 552 too big",
      "S: 250 taken",
      "= Finished a: MessageRejected Refused body 552",
      "= Ready"
    ]
  },
  {
    name: "H17 RFC 3030 §2: 354 to a chunk",
    script: [
      ...streamed,
      "! chunk",
      "S: 354 go",
      "= Finished a: ProtocolViolation body: not a reply to BDAT",
      "= Fail ProtocolViolation body: not a reply to BDAT"
    ]
  },
  {
    name: "RFC 5321 §4.5.3.2: deadlines of a streamed message",
    script: [
      "@ greeting 300",
      "S: 220 hi",
      "@ ehlo 300",
      "C: EHLO me.example",
      "S: 250-hello",
      "S: 250-PIPELINING",
      "S: 250 CHUNKING",
      "@ none",
      "= Ready",
      "! deliver",
      "@ mail 300",
      mailLine,
      ...rcptLines("a"),
      "S: 250 ok",
      "@ rcpt 300",
      "S: 250 ok",
      "@ body 180",
      "= SendBody bdat",
      "! chunk",
      "@ body 180",
      "! progress",
      "@ body 180",
      "! body",
      "@ final-dot 600",
      "S: 250 ok",
      "@ final-dot 600",
      "S: 250 taken",
      "= Finished a: delivered 250",
      "@ none",
      "= Ready"
    ]
  },
  {
    name: "H9 RFC 5321 §3.8: 421 to a chunk",
    script: [
      ...streamed,
      "! chunk",
      "S: 421 bye",
      "= Finished a: ConnectFailed ServiceClosing body 421",
      "= Fail ConnectFailed ServiceClosing body 421"
    ]
  }
]

describeScenarios("CHUNKING, a small message", small)
describeScenarios("CHUNKING, a large message", large)
