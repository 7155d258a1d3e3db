import { Mailbox } from "../../../../src/domain/mail/Mailbox.ts"
import { recipient, transactionPlan } from "./plans.ts"
import { describeScenarios, type Scenario } from "./script.ts"
import { mailLine, rcptLines, ready } from "./transactions.ts"

const size: ReadonlyArray<Scenario> = [
  {
    name: "RFC 1870 §3: the size is declared where SIZE is offered",
    deliver: transactionPlan("a", { facts: { sizeBytes: 4242 } }),
    script: [...ready("SIZE 10000"), `${mailLine} SIZE=4242`]
  },
  {
    name: "H13 RFC 1870 §6: a message over the limit fails before MAIL, and the session stays",
    deliver: transactionPlan("a b", { facts: { sizeBytes: 10_001 } }),
    script: [
      ...ready("SIZE 10000"),
      "= Finished a: MessageRejected TooLarge mail 5.3.4, b: MessageRejected TooLarge mail 5.3.4",
      "= Ready",
      "! deliver 2",
      `${mailLine} SIZE=100`
    ]
  },
  {
    name: "H13 RFC 1870 §6: one of exactly the limit is sent",
    deliver: transactionPlan("a", { facts: { sizeBytes: 10_000 } }),
    script: [...ready("SIZE 10000"), `${mailLine} SIZE=10000`]
  },
  ...["SIZE", "SIZE 0", "SIZE x", "SIZE 99999999999999999999", "size", "SIZE -1"].map(
    (keyword): Scenario => ({
      name: `H12 RFC 1870 §3: ${keyword} is no limit to anything`,
      deliver: transactionPlan("a", { facts: { sizeBytes: 2 ** 52 } }),
      script: [...ready(keyword), `${mailLine} SIZE=4503599627370496`]
    })
  ),
  {
    name: "H13 RFC 1870 §6.1: 552 to MAIL is a refusal for good",
    script: [
      ...ready("SIZE"),
      `${mailLine} SIZE=100`,
      "S: 552 too big",
      "= Finished a: SenderRejected 552",
      "= Ready"
    ]
  },
  {
    name: "H13 RFC 1870 §6.1: 452 to MAIL a temporary one",
    script: [
      ...ready("SIZE"),
      `${mailLine} SIZE=100`,
      "S: 452 full",
      "= Finished a: SenderRejected 452",
      "= Ready"
    ]
  }
]

const eightBit: ReadonlyArray<Scenario> = [
  {
    name: "RFC 6152 §3: 8-bit content is declared",
    deliver: transactionPlan("a", { facts: { hasEightBitBody: true } }),
    script: [...ready("8BITMIME"), `${mailLine} BODY=8BITMIME`]
  },
  {
    name: "H22 RFC 6152 §3: 8-bit content is never sent undeclared",
    deliver: transactionPlan("a", { facts: { hasEightBitBody: true } }),
    script: [...ready("SIZE"), "= Finished a: MessageRejected EightBitUnsupported mail 5.6.3", "= Ready"]
  },
  {
    name: "RFC 6152 §2: what -B says is declared",
    deliver: transactionPlan("a", { body: "8BITMIME" }),
    script: [...ready("8BITMIME"), `${mailLine} BODY=8BITMIME`]
  },
  {
    name: "RFC 6152 §2: 7BIT too",
    deliver: transactionPlan("a", { body: "7BIT" }),
    script: [...ready("8BITMIME"), `${mailLine} BODY=7BIT`]
  },
  {
    name: "RFC 6152 §2: but not against the content",
    deliver: transactionPlan("a", { body: "7BIT", facts: { hasEightBitBody: true } }),
    script: [...ready("8BITMIME"), `${mailLine} BODY=8BITMIME`]
  },
  {
    name: "RFC 6152 §3: -B8BITMIME with 7-bit content asks nothing of a server without 8BITMIME",
    deliver: transactionPlan("a", { body: "8BITMIME" }),
    script: [...ready("SIZE"), `${mailLine} SIZE=100`]
  }
]

const utf8 = (to: string) => ({ recipients: to.split(" ").map((name) => recipient(`${name}@x.example`)) })
// The server's lines are octets; what we send is UTF-8, shown decoded.
const smtpUtf8: ReadonlyArray<Scenario> = [
  {
    name: "RFC 6531 §3.4: a non-ASCII recipient needs SMTPUTF8",
    deliver: transactionPlan("a", utf8("jörg")),
    script: [
      ...ready("SMTPUTF8", "8BITMIME"),
      `${mailLine} SMTPUTF8`,
      "S: 250 ok",
      "C: RCPT TO:<jörg@x.example>"
    ]
  },
  {
    name: "RFC 6531 §3.4: so does a non-ASCII sender",
    deliver: transactionPlan("a", { reversePath: Mailbox("jörg@x.example") }),
    script: [...ready("SMTPUTF8", "8BITMIME"), "C: MAIL FROM:<jörg@x.example> SMTPUTF8"]
  },
  {
    name: "RFC 6531 §3.4: and an 8-bit header",
    deliver: transactionPlan("a", { facts: { hasEightBitHeader: true } }),
    script: [...ready("SMTPUTF8", "8BITMIME"), `${mailLine} BODY=8BITMIME SMTPUTF8`]
  },
  {
    name: "RFC 6531 §3.4: nothing else does",
    deliver: transactionPlan("a", { facts: { hasEightBitBody: true } }),
    script: [...ready("SMTPUTF8", "8BITMIME"), `${mailLine} BODY=8BITMIME`]
  },
  {
    name: "RFC 6531 §3: an 8-bit header without SMTPUTF8 goes as 8-bit content",
    deliver: transactionPlan("a", { facts: { hasEightBitHeader: true } }),
    script: [...ready("8BITMIME"), `${mailLine} BODY=8BITMIME`]
  },
  {
    name: "H23 RFC 6531 §3.2: a non-ASCII sender without SMTPUTF8",
    deliver: transactionPlan("a b", { reversePath: Mailbox("jörg@x.example") }),
    script: [
      ...ready("8BITMIME"),
      "= Finished a: MessageRejected Utf8Unsupported mail 5.6.7, b: MessageRejected Utf8Unsupported mail 5.6.7",
      "= Ready"
    ]
  },
  {
    name: "H23 RFC 6531 §3.2: a non-ASCII recipient without SMTPUTF8 keeps no other from the message",
    deliver: transactionPlan("a", utf8("jörg b")),
    script: [
      ...ready("PIPELINING"),
      mailLine,
      "C: RCPT TO:<b@x.example>",
      "C: DATA",
      "S: 250 ok",
      "S: 250 ok",
      "S: 354 go",
      "= SendBody dot",
      "! body",
      "S: 250 taken",
      "= Finished jörg: MessageRejected Utf8Unsupported rcpt 5.6.7, b: delivered 250",
      "= Ready"
    ]
  },
  {
    name: "H23 RFC 6531 §3.2: unless all or none",
    deliver: transactionPlan("a", { ...utf8("jörg b"), requireAllRecipients: true }),
    script: [
      ...ready("PIPELINING"),
      "= Finished jörg: MessageRejected Utf8Unsupported rcpt 5.6.7, b: MessageRejected OtherRecipientRefused rcpt 5.6.7",
      "= Ready"
    ]
  },
  {
    name: "H23 RFC 6531 §3.2: with nobody left nothing is sent",
    deliver: transactionPlan("a", utf8("jörg")),
    script: [...ready("PIPELINING"), "= Finished jörg: MessageRejected Utf8Unsupported rcpt 5.6.7", "= Ready"]
  }
]

const wanting = { ret: "HDRS", envid: "a+b=c d" } as const
const notifying = {
  recipients: [
    recipient("a@x.example", { notify: "NEVER", originalRecipient: "A+1@x.example" }),
    recipient("b@x.example", { notify: ["SUCCESS", "DELAY"], originalRecipient: "b@x.example" }),
    recipient("c@x.example", { notify: [], originalRecipient: "jörg@x.example" })
  ]
}
const dsn: ReadonlyArray<Scenario> = [
  {
    name: "S6 RFC 3461 §4: RET, ENVID, NOTIFY and ORCPT, as xtext",
    deliver: transactionPlan("a", { ...wanting, ...notifying }),
    script: [
      ...ready("PIPELINING", "DSN"),
      `${mailLine} RET=HDRS ENVID=a+2Bb+3Dc+20d`,
      "C: RCPT TO:<a@x.example> NOTIFY=NEVER ORCPT=rfc822;A+2B1@x.example",
      "C: RCPT TO:<b@x.example> NOTIFY=SUCCESS,DELAY",
      "C: RCPT TO:<c@x.example>",
      "C: DATA"
    ]
  },
  {
    name: "H24 RFC 3461 §5.2: none of them where DSN is not offered, and a note that says so",
    deliver: transactionPlan("a", { ...wanting, ...notifying }),
    script: [
      "S: 220 hi",
      "~ greeting 220 hi",
      "C: EHLO me.example",
      "S: 250-hello",
      "S: 250 PIPELINING",
      "~ ehlo 250 hello|PIPELINING",
      "= Ready",
      "! deliver",
      "~ DsnNotOffered",
      mailLine,
      ...rcptLines("a b c"),
      "C: DATA"
    ]
  },
  {
    name: "S6 RFC 3461 §4.4: an ENVID of more than 100 characters is never sent",
    deliver: transactionPlan("a", { envid: "x".repeat(101) }),
    script: [...ready("DSN"), "= Finished a: MessageRejected Unsendable mail 5.5.4", "= Ready"]
  }
]

const injection: ReadonlyArray<Scenario> = [
  {
    name: "S5 RFC 5321 §4.1.2: a recipient with a line end gets no RCPT, the others do",
    deliver: transactionPlan("a", {
      recipients: [recipient("a@x.example>\r\nRCPT TO:<victim@y"), recipient("b@x.example")]
    }),
    script: [...ready("PIPELINING"), mailLine, "C: RCPT TO:<b@x.example>", "C: DATA"]
  },
  {
    name: "S5 RFC 5321 §4.1.2: a sender with a line end sends nothing",
    deliver: transactionPlan("a", { reversePath: Mailbox("me@x.example\nRSET") }),
    script: [...ready("PIPELINING"), "= Finished a: MessageRejected Unsendable mail 5.1.7", "= Ready"]
  },
  {
    name: "S5 RFC 5321 §4.1.2: nor does an ENVID with one",
    deliver: transactionPlan("a", { envid: "x\r\ny" }),
    script: [...ready("DSN"), "= Finished a: MessageRejected Unsendable mail 5.5.4", "= Ready"]
  },
  {
    name: "S5 RFC 5321 §4.1.2: nor an original recipient",
    deliver: transactionPlan("a", {
      recipients: [recipient("a@x.example", { originalRecipient: "b\r\nc" })]
    }),
    script: [...ready("DSN"), "= Finished a: MessageRejected Unsendable rcpt 5.1.3", "= Ready"]
  },
  {
    name: "RFC 5321 §4.1.1.2: the null sender",
    deliver: transactionPlan("a", { reversePath: "" }),
    script: [...ready("SIZE"), "C: MAIL FROM:<> SIZE=100"]
  },
  {
    name: "RFC 5321 §4.1.2: blanks and brackets inside quotes are an address",
    deliver: transactionPlan("a", { recipients: [recipient('"a <\\"> b"@x.example')] }),
    script: [...ready("PIPELINING"), mailLine, 'C: RCPT TO:<"a <\\"> b"@x.example>', "C: DATA"]
  },
  {
    name: "RFC 5321 §4.1.1.3: a bare local part is asked for as it is",
    deliver: transactionPlan("a", { recipients: [recipient("postmaster")] }),
    script: [...ready("PIPELINING"), mailLine, "C: RCPT TO:<postmaster>", "C: DATA"]
  }
]

describeScenarios("SIZE", size)
describeScenarios("8BITMIME", eightBit)
describeScenarios("SMTPUTF8", smtpUtf8)
describeScenarios("DSN", dsn)
describeScenarios("text that would be commands", injection)
