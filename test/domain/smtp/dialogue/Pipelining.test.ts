import { transactionPlan } from "./plans.ts"
import { describeScenarios, type Scenario } from "./script.ts"
import { mailLine, rcptLines, ready } from "./transactions.ts"

const flight = (names: string) => [...ready("PIPELINING"), mailLine, ...rcptLines(names), "C: DATA"]

const two = transactionPlan("a b")
const allOrNone = transactionPlan("a b", { requireAllRecipients: true })

const scenarios: ReadonlyArray<Scenario> = [
  {
    name: "H7 RFC 2920 §3.1: envelope and DATA in one flight, the replies in one read",
    deliver: two,
    script: [
      ...flight("a b"),
      "S: 250 ok",
      "S: 250 ok",
      "S: 250 ok",
      "S: 354 go",
      "= SendBody dot",
      "! body",
      "S: 250 taken",
      "= Finished a: delivered 250, b: delivered 250",
      "= Ready"
    ]
  },
  {
    name: "H7 RFC 2920 §3.1: a second message takes two round trips and no more",
    deliver: transactionPlan("a"),
    script: [
      ...flight("a"),
      "S: 250 ok",
      "S: 250 ok",
      "S: 354 go",
      "= SendBody dot",
      "! body",
      "S: 250 taken",
      "= Finished a: delivered 250",
      "= Ready",
      "! deliver 2",
      mailLine,
      ...rcptLines("a"),
      "C: DATA"
    ]
  },
  {
    name: "H14 RFC 2920 §3.1: some refused, the others have the message",
    deliver: transactionPlan("a b c"),
    script: [
      ...flight("a b c"),
      "S: 250 ok",
      "S: 550 no",
      "S: 252 perhaps",
      "S: 450 later",
      "S: 354 go",
      "= SendBody dot",
      "! body",
      "S: 250 taken",
      "= Finished a: RecipientsRejected 550, b: delivered 250, c: RecipientsRejected 450",
      "= Ready"
    ]
  },
  {
    name: "H14 RFC 5321 §4.5.3.1.10: 452 for what is too many is an answer like any other",
    deliver: transactionPlan(Array.from({ length: 60 }, (_, index) => `r${index}`).join(" ")),
    script: [
      ...flight(Array.from({ length: 60 }, (_, index) => `r${index}`).join(" ")),
      "S: 250 ok",
      ...Array.from({ length: 60 }, (_, index) => (index < 50 ? "S: 250 ok" : "S: 452 too many")),
      "S: 354 go",
      "= SendBody dot",
      "! body",
      "S: 250 taken",
      `= Finished ${Array.from({ length: 60 }, (_, index) => `r${index}: ${index < 50 ? "delivered 250" : "RecipientsRejected 452"}`).join(", ")}`,
      "= Ready"
    ]
  },
  {
    name: "H15 RFC 2920 §3.1: all refused and DATA refused, RSET before the next MAIL, in its flight",
    deliver: two,
    script: [
      ...flight("a b"),
      "S: 250 ok",
      "S: 550 no",
      "S: 550 no",
      "S: 554 no valid recipients",
      "= Finished a: RecipientsRejected 550, b: RecipientsRejected 550",
      "= Ready",
      "! deliver 2",
      "C: RSET",
      mailLine,
      ...rcptLines("a"),
      "C: DATA"
    ]
  },
  {
    name: "H15 RFC 2920 §3.1: all refused and DATA answered 354, a lone dot whose reply says nothing",
    deliver: two,
    script: [
      ...flight("a b"),
      "S: 250 ok",
      "S: 550 no",
      "S: 450 later",
      "S: 354 go",
      "C: .",
      "S: 250 taken",
      "= Finished a: RecipientsRejected 550, b: RecipientsRejected 450",
      "= Ready",
      "! deliver 2",
      mailLine,
      ...rcptLines("a"),
      "C: DATA"
    ]
  },
  {
    name: "H15 RFC 2920 §3.1: the connection goes with the lone dot, the refusals stand",
    deliver: two,
    script: [
      ...flight("a b"),
      "S: 250 ok",
      "S: 550 no",
      "S: 550 no",
      "S: 354 go",
      "C: .",
      "! closed",
      "= Finished a: RecipientsRejected 550, b: RecipientsRejected 550",
      "= Fail ConnectFailed Lost data"
    ]
  },
  {
    name: "RFC 2920 §3.1: MAIL refused, what follows is refused with it",
    deliver: two,
    script: [
      ...flight("a b"),
      "S: 550 no",
      "S: 503 what",
      "S: 503 what",
      "S: 503 what",
      "= Finished a: SenderRejected 550, b: SenderRejected 550",
      "= Ready",
      "! deliver 2",
      mailLine,
      ...rcptLines("a"),
      "C: DATA"
    ]
  },
  {
    name: "H15 RFC 2920 §3.1: MAIL refused and DATA answered 354",
    deliver: two,
    script: [
      ...flight("a b"),
      "S: 550 no",
      "S: 503 what",
      "S: 503 what",
      "S: 354 go",
      "C: .",
      "S: 554 no",
      "= Finished a: SenderRejected 550, b: SenderRejected 550",
      "= Ready"
    ]
  },
  {
    name: "H15 RFC 2920 §3.1: MAIL refused, recipients taken: not even a dot for such a server",
    deliver: two,
    script: [
      ...flight("a b"),
      "S: 550 no",
      "S: 250 ok",
      "S: 250 ok",
      "S: 354 go",
      "= Finished a: SenderRejected 550, b: SenderRejected 550",
      "= Close"
    ]
  },
  {
    name: "RFC 5321 §4.1.1.4: recipients taken and DATA refused",
    deliver: two,
    script: [
      ...flight("a b"),
      "S: 250 ok",
      "S: 250 ok",
      "S: 550 no",
      "S: 451 later",
      "= Finished a: MessageRejected Refused data 451, b: RecipientsRejected 550",
      "= Ready"
    ]
  },
  {
    name: "H14 RFC 5321 §3.3: all or none, one refused after 354: closed without a dot",
    deliver: allOrNone,
    script: [
      ...flight("a b"),
      "S: 250 ok",
      "S: 250 ok",
      "S: 550 no",
      "S: 354 go",
      "= Finished a: MessageRejected OtherRecipientRefused rcpt 550, b: RecipientsRejected 550",
      "= Close"
    ]
  },
  {
    name: "H14 RFC 5321 §3.3: all or none, all refused: nothing to abandon",
    deliver: allOrNone,
    script: [
      ...flight("a b"),
      "S: 250 ok",
      "S: 450 later",
      "S: 550 no",
      "S: 554 no",
      "= Finished a: RecipientsRejected 450, b: RecipientsRejected 550",
      "= Ready"
    ]
  },
  {
    name: "H14 RFC 5321 §3.3: all or none, all accepted",
    deliver: allOrNone,
    script: [...flight("a b"), "S: 250 ok", "S: 250 ok", "S: 250 ok", "S: 354 go", "= SendBody dot"]
  },
  {
    name: "H9 RFC 5321 §3.8: 421 to MAIL",
    deliver: two,
    script: [
      ...flight("a b"),
      "S: 421 bye",
      "= Finished a: ConnectFailed ServiceClosing mail 421, b: ConnectFailed ServiceClosing mail 421",
      "= Fail ConnectFailed ServiceClosing mail 421"
    ]
  },
  {
    name: "H9 RFC 5321 §3.8: 421 to the second RCPT, the refusal of the first stands",
    deliver: transactionPlan("a b c"),
    script: [
      ...flight("a b c"),
      "S: 250 ok",
      "S: 550 no",
      "S: 421 bye",
      "= Finished a: RecipientsRejected 550, b: ConnectFailed ServiceClosing rcpt 421, c: ConnectFailed ServiceClosing rcpt 421",
      "= Fail ConnectFailed ServiceClosing rcpt 421"
    ]
  },
  {
    name: "H9 RFC 5321 §3.8: 421 to DATA",
    deliver: two,
    script: [
      ...flight("a b"),
      "S: 250 ok",
      "S: 250 ok",
      "S: 250 ok",
      "S: 421 bye",
      "= Finished a: ConnectFailed ServiceClosing data 421, b: ConnectFailed ServiceClosing data 421",
      "= Fail ConnectFailed ServiceClosing data 421"
    ]
  },
  {
    name: "H20 RFC 5321 §3.8: MAIL refused, then closed: the refusal stands",
    deliver: two,
    script: [
      ...flight("a b"),
      "S: 550 no",
      "! closed",
      "= Finished a: SenderRejected 550, b: SenderRejected 550",
      "= Fail ConnectFailed Lost rcpt"
    ]
  },
  {
    name: "H20 RFC 5321 §3.8: one refused, then closed: the refusal stands, the rest is lost",
    deliver: two,
    script: [
      ...flight("a b"),
      "S: 250 ok",
      "S: 550 no",
      "! closed",
      "= Finished a: RecipientsRejected 550, b: ConnectFailed Lost rcpt",
      "= Fail ConnectFailed Lost rcpt"
    ]
  },
  {
    name: "H16 RFC 2920 §3.1: one reply too few is a reply that does not come",
    deliver: two,
    script: [
      ...flight("a b"),
      "S: 250 ok",
      "S: 250 ok",
      "S: 354 go",
      "= Finished a: ProtocolViolation rcpt: not a reply to RCPT, b: ProtocolViolation rcpt: not a reply to RCPT",
      "= Fail ProtocolViolation rcpt: not a reply to RCPT"
    ]
  },
  {
    name: "H16 RFC 2920 §3.1: one reply too many is not taken for the message's",
    deliver: two,
    script: [
      ...flight("a b"),
      "S: 250 ok",
      "S: 250 ok",
      "S: 250 ok",
      "S: 250 ok",
      "S: 354 go",
      "= Finished a: ProtocolViolation data: not a reply to DATA, b: ProtocolViolation data: not a reply to DATA",
      "= Fail ProtocolViolation data: not a reply to DATA"
    ]
  },
  {
    name: "H16 RFC 2920 §3.1: nor is one behind the 354",
    deliver: transactionPlan("a"),
    script: [
      ...flight("a"),
      "S: 250 ok",
      "S: 250 ok",
      "S: 354 go",
      "S: 250 taken",
      "= Finished a: ProtocolViolation body: data before our command",
      "= Fail ProtocolViolation body: data before our command"
    ],
    isOneRead: true
  },
  {
    name: "H6 RFC 5321 §4.2.1: replies of several lines find their commands",
    deliver: transactionPlan("a"),
    script: [
      ...flight("a"),
      "S: 250-ok",
      "S: 250 ok",
      "S: 250-ok",
      "S: 250-ok",
      "S: 250",
      "S: 354-go",
      "S: 354 on",
      "= SendBody dot"
    ]
  },
  {
    name: "H5 RFC 5321 §4.2: garbage in the flight",
    deliver: two,
    script: [
      ...flight("a b"),
      "S: 250 ok",
      "S: 550 no",
      "S: what?",
      '= Finished a: RecipientsRejected 550, b: ProtocolViolation rcpt: not a reply: "what?"',
      '= Fail ProtocolViolation rcpt: not a reply: "what?"'
    ]
  },
  {
    name: "H3 RFC 5321 §4.5.3.2: each reply of the flight starts the deadline of the next",
    deliver: transactionPlan("a"),
    script: [
      "@ greeting 300",
      "S: 220 hi",
      "@ ehlo 300",
      "C: EHLO me.example",
      "S: 250-hello",
      "S: 250 PIPELINING",
      "@ none",
      "= Ready",
      "! deliver",
      "@ mail 300",
      mailLine,
      ...rcptLines("a"),
      "C: DATA",
      "S: 250 ok",
      "@ rcpt 300",
      "S: 250 ok",
      "@ data 120",
      "! deadline",
      "= Finished a: SessionTimedOut data",
      "= Fail SessionTimedOut data"
    ]
  },
  {
    name: "RFC 2920 §3.1: the replies to a refused envelope are not news",
    deliver: transactionPlan("a"),
    script: [
      "S: 220 hi",
      "~ greeting 220 hi",
      "C: EHLO me.example",
      "S: 250-hello",
      "S: 250 PIPELINING",
      "~ ehlo 250 hello|PIPELINING",
      "= Ready",
      "! deliver",
      mailLine,
      ...rcptLines("a"),
      "C: DATA",
      "S: 550 no",
      "~ mail 550 no",
      "S: 503 what",
      "S: 503 what",
      "= Finished a: SenderRejected 550",
      "= Ready"
    ]
  }
]

describeScenarios("PIPELINING", scenarios)
