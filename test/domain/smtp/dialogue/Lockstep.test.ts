import { transactionPlan } from "./plans.ts"
import { describeScenarios, type Scenario } from "./script.ts"
import { mailLine, rcptLines, ready } from "./transactions.ts"

const toData = [...ready("8BITMIME"), mailLine, "S: 250 ok", ...rcptLines("a"), "S: 250 ok", "C: DATA"]
const toBody = [...toData, "S: 354 go", "= SendBody dot"]

const envelope: ReadonlyArray<Scenario> = [
  {
    name: "RFC 5321 §3.3: without PIPELINING each command waits for the reply to the one before",
    deliver: transactionPlan("a b"),
    script: [
      ...ready("CHUNKING"),
      mailLine,
      "S: 250 ok",
      ...rcptLines("a"),
      "S: 250 ok",
      ...rcptLines("b"),
      "S: 251 will forward",
      "C: DATA",
      "S: 354 go",
      "= SendBody dot",
      "! body",
      "S: 250 taken",
      "= Finished a: delivered 250, b: delivered 250",
      "= Ready"
    ]
  },
  {
    name: "RFC 5321 §4.5.3.2: each with a deadline of its own, the body's for each block",
    script: [
      "@ greeting 300",
      "S: 220 hi",
      "@ ehlo 300",
      "C: EHLO me.example",
      "S: 250 hello",
      "@ none",
      "= Ready",
      "! deliver",
      "@ mail 300",
      mailLine,
      "S: 250 ok",
      "@ rcpt 300",
      ...rcptLines("a"),
      "S: 250 ok",
      "@ data 120",
      "C: DATA",
      "S: 354 go",
      "@ body 180",
      "= SendBody dot",
      "! progress",
      "@ body 180",
      "! body",
      "@ final-dot 600",
      "S: 250 taken",
      "= Finished a: delivered 250",
      "@ none",
      "= Ready",
      "! quit",
      "@ quit 20",
      "C: QUIT"
    ]
  },
  {
    name: "RFC 5321 §4.1.1.2: MAIL refused, nobody is asked for",
    deliver: transactionPlan("a b"),
    script: [
      ...ready(),
      mailLine,
      "S: 550 no",
      "= Finished a: SenderRejected 550, b: SenderRejected 550",
      "= Ready"
    ]
  },
  {
    name: "H14 RFC 5321 §4.5.3.1.10: every recipient has an outcome of its own",
    deliver: transactionPlan("a b c d"),
    script: [
      ...ready(),
      mailLine,
      "S: 250 ok",
      ...rcptLines("a"),
      "S: 250 ok",
      ...rcptLines("b"),
      "S: 450 later",
      ...rcptLines("c"),
      "S: 550 no",
      ...rcptLines("d"),
      "S: 452 too many",
      "C: DATA",
      "S: 354 go",
      "= SendBody dot",
      "! body",
      "S: 250 taken",
      "= Finished a: delivered 250, b: RecipientsRejected 450, c: RecipientsRejected 550, d: RecipientsRejected 452",
      "= Ready"
    ]
  },
  {
    name: "H14 RFC 5321 §3.3: all or none stops at the first refusal, and resets before the next message",
    deliver: transactionPlan("a b c", { requireAllRecipients: true }),
    script: [
      ...ready(),
      mailLine,
      "S: 250 ok",
      ...rcptLines("a"),
      "S: 250 ok",
      ...rcptLines("b"),
      "S: 550 no",
      "= Finished a: MessageRejected OtherRecipientRefused rcpt 550, b: RecipientsRejected 550, c: MessageRejected OtherRecipientRefused rcpt 550",
      "= Ready",
      "! deliver 2",
      "C: RSET",
      "S: 250 ok",
      mailLine
    ]
  },
  {
    name: "H14 RFC 5321 §3.3: all refused, no DATA",
    deliver: transactionPlan("a b"),
    script: [
      ...ready(),
      mailLine,
      "S: 250 ok",
      ...rcptLines("a"),
      "S: 550 no",
      ...rcptLines("b"),
      "S: 450 later",
      "= Finished a: RecipientsRejected 550, b: RecipientsRejected 450",
      "= Ready"
    ]
  },
  {
    name: "H5 RFC 5321 §4.2.1: unknown codes are judged by their first digit",
    deliver: transactionPlan("a b c"),
    script: [
      ...ready(),
      mailLine,
      "S: 259 ok",
      ...rcptLines("a"),
      "S: 299 ok",
      ...rcptLines("b"),
      "S: 499 later",
      ...rcptLines("c"),
      "S: 599 no",
      "C: DATA",
      "S: 354 go",
      "= SendBody dot",
      "! body",
      "S: 299 taken",
      "= Finished a: delivered 299, b: RecipientsRejected 499, c: RecipientsRejected 599",
      "= Ready"
    ]
  },
  {
    name: "H8 RFC 5321 §4.1.4: data before our DATA",
    script: [
      ...toData.slice(0, -1),
      "S: 354 go",
      "= Finished a: ProtocolViolation data: data before our command",
      "= Fail ProtocolViolation data: data before our command"
    ],
    isOneRead: true
  },
  {
    name: "H16 RFC 5321 §4.3.2: 354 to MAIL",
    script: [
      ...ready(),
      mailLine,
      "S: 354 go",
      "= Finished a: ProtocolViolation mail: not a reply to MAIL",
      "= Fail ProtocolViolation mail: not a reply to MAIL"
    ]
  },
  {
    name: "H16 RFC 5321 §4.3.2: 220 to RCPT",
    script: [
      ...ready(),
      mailLine,
      "S: 250 ok",
      ...rcptLines("a"),
      "S: 220 hi",
      "= Finished a: ProtocolViolation rcpt: not a reply to RCPT",
      "= Fail ProtocolViolation rcpt: not a reply to RCPT"
    ]
  },
  {
    name: "H16 RFC 5321 §4.3.2: RSET refused",
    script: [
      ...toData,
      "S: 451 later",
      "= Finished a: MessageRejected Refused data 451",
      "= Ready",
      "! deliver 2",
      "C: RSET",
      "S: 500 what",
      "= Finished a: ProtocolViolation rset: RSET refused",
      "= Fail ProtocolViolation rset: RSET refused"
    ]
  },
  {
    name: "H9 RFC 5321 §3.8: 421 to RSET",
    script: [
      ...toData,
      "S: 451 later",
      "= Finished a: MessageRejected Refused data 451",
      "= Ready",
      "! deliver 2",
      "C: RSET",
      "S: 421 bye",
      "= Finished a: ConnectFailed ServiceClosing rset 421",
      "= Fail ConnectFailed ServiceClosing rset 421"
    ]
  }
]

const data: ReadonlyArray<Scenario> = [
  {
    name: "H17 RFC 5321 §4.3.2: 250 to DATA delivers nothing",
    script: [
      ...toData,
      "S: 250 ok",
      "= Finished a: ProtocolViolation data: not a reply to DATA",
      "= Fail ProtocolViolation data: not a reply to DATA"
    ]
  },
  {
    name: "H17 RFC 5321 §4.3.2: nor does 334",
    script: [
      ...toData,
      "S: 334 go",
      "= Finished a: ProtocolViolation data: not a reply to DATA",
      "= Fail ProtocolViolation data: not a reply to DATA"
    ]
  },
  ...[451, 554].map(
    (code): Scenario => ({
      name: `RFC 5321 §4.1.1.4: ${code} to DATA, and the session stays`,
      script: [...toData, `S: ${code} no`, `= Finished a: MessageRejected Refused data ${code}`, "= Ready"]
    })
  ),
  {
    name: "RFC 5321 §3.8: closed before the reply to DATA is not in doubt",
    script: [...toData, "! closed", "= Finished a: ConnectFailed Lost data", "= Fail ConnectFailed Lost data"]
  },
  {
    name: "RFC 5321 §4.5.3.2.4: no reply to DATA in time",
    script: [...toData, "! deadline", "= Finished a: SessionTimedOut data", "= Fail SessionTimedOut data"]
  },
  {
    name: "H21 RFC 5321 §4.5.3.2.5: the server stops reading",
    script: [...toBody, "! deadline", "= Finished a: SessionTimedOut body", "= Fail SessionTimedOut body"]
  },
  {
    name: "RFC 5321 §3.8: closed in the middle of the body is not in doubt",
    script: [
      ...toBody,
      "! progress",
      "! closed",
      "= Finished a: ConnectFailed Lost body",
      "= Fail ConnectFailed Lost body"
    ]
  },
  {
    name: "H20 RFC 5321 §3.8: a refusal in the middle of the body wins over the end that follows",
    script: [
      ...toBody,
      "! progress",
      "S: 552 too big",
      "= Finished a: MessageRejected Refused body 552",
      "= Close",
      "! closed",
      "! body"
    ]
  },
  {
    name: "H20 RFC 5321 §3.8: a temporary one too",
    script: [...toBody, "S: 451 disk", "= Finished a: MessageRejected Refused body 451", "= Close"]
  },
  {
    name: "H9 RFC 5321 §3.8: 421 in the middle of the body",
    script: [
      ...toBody,
      "S: 421 bye",
      "= Finished a: ConnectFailed ServiceClosing body 421",
      "= Fail ConnectFailed ServiceClosing body 421"
    ]
  },
  {
    name: "H16 RFC 5321 §4.3.2: success before the dot is no success",
    script: [
      ...toBody,
      "S: 250 taken",
      "= Finished a: ProtocolViolation body: reply before the end of the message",
      "= Fail ProtocolViolation body: reply before the end of the message"
    ]
  }
]

describeScenarios("an envelope, one command at a time", envelope)
describeScenarios("DATA", data)
