import { describeScenarios, type Scenario } from "./script.ts"
import { mailLine, rcptLines, ready } from "./transactions.ts"

const toDot = [
  ...ready("8BITMIME"),
  mailLine,
  "S: 250 ok",
  ...rcptLines("a"),
  "S: 250 ok",
  "C: DATA",
  "S: 354 go",
  "= SendBody dot",
  "! body"
]

const dot: ReadonlyArray<Scenario> = [
  ...[450, 550, 552, 554].map(
    (code): Scenario => ({
      name: `RFC 5321 §4.1.1.4: ${code} to the message, and the next one needs no RSET`,
      script: [
        ...toDot,
        `S: ${code} no`,
        `= Finished a: MessageRejected Refused final-dot ${code}`,
        "= Ready",
        "! deliver 2",
        mailLine
      ]
    })
  ),
  ...[354, 220, 221, 235].map(
    (code): Scenario => ({
      name: `H17 RFC 5321 §4.3.2: ${code} to the message is no success`,
      script: [
        ...toDot,
        `S: ${code} ok`,
        "= Finished a: ProtocolViolation final-dot: not a reply to a message",
        "= Fail ProtocolViolation final-dot: not a reply to a message"
      ]
    })
  ),
  {
    name: "H17 RFC 5321 §4.2: 199 to the message is no reply",
    script: [
      ...toDot,
      "S: 199 ok",
      '= Finished a: ProtocolViolation final-dot: not a reply: "199 ok"',
      '= Fail ProtocolViolation final-dot: not a reply: "199 ok"'
    ]
  },
  {
    name: "H9 RFC 5321 §3.8: 421 to the message",
    script: [
      ...toDot,
      "S: 421 bye",
      "= Finished a: ConnectFailed ServiceClosing final-dot 421",
      "= Fail ConnectFailed ServiceClosing final-dot 421"
    ]
  },
  {
    name: "H19 RFC 1047: closed before the reply to the message leaves it in doubt",
    script: [
      ...toDot,
      "! closed",
      "= Finished a: ConnectFailed Lost final-dot",
      "= Fail ConnectFailed Lost final-dot"
    ]
  },
  {
    name: "T11 RFC 5321 §3.8: so does half a reply",
    script: [
      ...toDot,
      "S~ 250 ok\\r",
      "! closed",
      "= Finished a: ConnectFailed Lost final-dot",
      "= Fail ConnectFailed Lost final-dot"
    ]
  },
  {
    name: "H19 RFC 5321 §4.5.3.2.6: and none in ten minutes",
    script: [
      ...toDot,
      "! deadline",
      "= Finished a: SessionTimedOut final-dot",
      "= Fail SessionTimedOut final-dot"
    ]
  },
  {
    name: "H18 RFC 5321 §4.1.1.10: taken, then closed",
    script: [
      ...toDot,
      "S: 250 taken",
      "= Finished a: delivered 250",
      "= Ready",
      "! closed",
      "= Fail ConnectFailed Lost mail"
    ]
  },
  {
    name: "H18 RFC 5321 §3.8: taken, and 421 right behind",
    script: [
      ...toDot,
      "S: 250 taken",
      "S: 421 bye",
      "= Finished a: delivered 250",
      "= Ready",
      "= Fail ConnectFailed ServiceClosing mail 421"
    ]
  },
  {
    name: "H16 RFC 5321 §4.1.4: taken, and one reply too many",
    script: [
      ...toDot,
      "S: 250 taken",
      "S: 250 taken",
      "= Finished a: delivered 250",
      "= Ready",
      "= Fail ProtocolViolation mail: unsolicited reply"
    ]
  },
  {
    name: "H18 RFC 5321 §4.1.1.10: QUIT follows the results, never the dot",
    script: [
      ...toDot,
      "S: 250 taken",
      "= Finished a: delivered 250",
      "= Ready",
      "! quit",
      "C: QUIT",
      "! closed",
      "= Close"
    ]
  },
  {
    name: "esmtp: smtp.c event_cb: the replies that -v shows, without their enhanced codes",
    script: [
      "S: 220 hi",
      "~ greeting 220 hi",
      "C: EHLO me.example",
      "S: 250-hello",
      "S: 250 ENHANCEDSTATUSCODES",
      "~ ehlo 250 hello|ENHANCEDSTATUSCODES",
      "= Ready",
      "! deliver",
      mailLine,
      "S: 250 2.1.0 ok",
      "~ mail 250 2.1.0 ok",
      ...rcptLines("a"),
      "S: 250 2.1.5 ok",
      "~ rcpt a@x.example 250 2.1.5 ok",
      "C: DATA",
      "S: 354 go",
      "~ data 354 go",
      "= SendBody dot",
      "! body",
      "S: 250-2.0.0 taken",
      "S: 250 2.0.0 as 1234",
      "~ final-dot 250 2.0.0 taken|2.0.0 as 1234",
      "= Finished a: delivered 250",
      "= Ready"
    ]
  }
]

describeScenarios("the reply to a message", dot)
