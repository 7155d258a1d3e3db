import { assert, describe, it } from "@effect/vitest"
import * as Dialogue from "../../../../src/domain/smtp/Dialogue.ts"
import { sessionPlan, transactionPlan } from "./plans.ts"
import { describeScenarios, type Scenario } from "./script.ts"

const greeted = ["S: 220 hi", "C: EHLO me.example"]

const idling: ReadonlyArray<Scenario> = [
  {
    name: "H8 RFC 5321 §4.1.4: a reply that nobody asked for",
    script: [
      ...greeted,
      "S: 250 hello",
      "= Ready",
      "S: 250 ok",
      "= Fail ProtocolViolation mail: unsolicited reply"
    ]
  },
  {
    name: "H8 RFC 5321 §4.1.4: the beginning of one, when a transaction begins",
    script: [
      ...greeted,
      "S: 250 hello",
      "= Ready",
      "S~ 25",
      "! deliver",
      "= Finished a: ProtocolViolation mail: unsolicited data",
      "= Fail ProtocolViolation mail: unsolicited data"
    ]
  },
  {
    name: "H8 RFC 5321 §4.1.4: the beginning of one, and nothing more",
    script: [
      ...greeted,
      "S: 250 hello",
      "= Ready",
      "S~ 2",
      "! deadline",
      "= Fail ProtocolViolation mail: unsolicited data"
    ]
  },
  {
    name: "H9 RFC 5321 §3.8: 421 while idle",
    script: [
      ...greeted,
      "S: 250 hello",
      "= Ready",
      "S: 421 timeout",
      "= Fail ConnectFailed ServiceClosing mail 421"
    ]
  },
  {
    name: "RFC 5321 §3.8: closed while idle",
    script: [...greeted, "S: 250 hello", "= Ready", "! closed", "= Fail ConnectFailed Lost mail"]
  },
  {
    name: "H18 RFC 5321 §4.1.1.10: QUIT answered with 500",
    script: [...greeted, "S: 250 hello", "= Ready", "! quit", "C: QUIT", "S: 500 what", "= Close"]
  },
  {
    name: "H9 RFC 5321 §4.1.1.10: QUIT answered with 421",
    script: [...greeted, "S: 250 hello", "= Ready", "! quit", "C: QUIT", "S: 421 bye", "= Close"]
  },
  {
    name: "H18 RFC 5321 §4.1.1.10: QUIT answered with garbage",
    script: [...greeted, "S: 250 hello", "= Ready", "! quit", "C: QUIT", "S: bye", "= Close"]
  },
  {
    name: "H18 RFC 5321 §4.1.1.10: QUIT not answered",
    script: [...greeted, "S: 250 hello", "= Ready", "! quit", "C: QUIT", "! closed", "= Close"]
  },
  {
    name: "RFC 5321 §4.5.3.2: QUIT not answered in time",
    script: [...greeted, "S: 250 hello", "= Ready", "! quit", "C: QUIT", "! deadline", "= Close"]
  },
  {
    name: "RFC 5321 §4.1.1.10: quitting before the session is ready closes without a word",
    script: [...greeted, "! quit", "= Close"]
  },
  {
    name: "RFC 5321 §4.1.1.10: so does quitting in a transaction, which is lost",
    script: [
      ...greeted,
      "S: 250 hello",
      "= Ready",
      "! deliver",
      "C: MAIL FROM:<me@x.example>",
      "! quit",
      "= Finished a: ConnectFailed Lost mail",
      "= Close"
    ]
  },
  {
    name: "RFC 5321 §3.8: a transaction for a session that is over ends at once",
    script: [
      ...greeted,
      "S: 421 busy",
      "= Fail ConnectFailed ServiceClosing ehlo 421",
      "! closed",
      "! deliver",
      "= Finished a: ConnectFailed ServiceClosing ehlo 421"
    ]
  },
  {
    name: "RFC 5321 §4.1.1.10: or for one that was quit",
    script: [
      ...greeted,
      "S: 250 hello",
      "= Ready",
      "! quit",
      "C: QUIT",
      "S: 221 bye",
      "= Close",
      "! deliver",
      "= Finished a: ConnectFailed Lost mail"
    ]
  },
  {
    name: "RFC 5321 §4.1.4: events that make no sense change nothing",
    script: [
      ...greeted,
      "! tls",
      "! credentials",
      "! body",
      "! chunk",
      "! progress",
      "! deliver",
      "S: 250 hello",
      "= Ready",
      "! deadline"
    ]
  }
]

describeScenarios("idling and quitting", idling)

describe("a server with LIMITS", () => {
  it("takes no more transactions than it says (RFC 9422 §4.1)", () => {
    const bytes = (text: string) => new TextEncoder().encode(text.replaceAll("\n", "\r\n"))
    const received = (state: Dialogue.DialogueState, text: string) =>
      Dialogue.step(state, { _tag: "Received", bytes: bytes(text) }).state
    let { state } = Dialogue.step(Dialogue.start(sessionPlan()).state, { _tag: "Connected" })
    assert.isFalse(Dialogue.canDeliver(state))
    state = received(received(state, "220 hi\n"), "250-hi\n250 LIMITS MAILMAX=1\n")
    assert.isTrue(Dialogue.canDeliver(state))
    state = Dialogue.step(state, { _tag: "Deliver", transaction: transactionPlan("a") }).state
    assert.isFalse(Dialogue.isIdle(state))
    state = received(state, "550 no\n")
    assert.isTrue(Dialogue.isIdle(state))
    assert.isFalse(Dialogue.canDeliver(state))
  })
})
