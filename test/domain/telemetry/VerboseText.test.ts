import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import { Mailbox } from "../../../src/domain/mail/Mailbox.ts"
import type { SessionEvent } from "../../../src/domain/telemetry/SessionEvent.ts"
import * as VerboseText from "../../../src/domain/telemetry/VerboseText.ts"

const peer = { host: "relay.example.org", service: "587" }
const recipient = { mailbox: Mailbox("b@example.net"), route: "relay" as const }
const accepted = { code: 250, enhanced: { class: 2 as const, subject: 0, detail: 0 }, lines: ["2.0.0 Ok"] }

const render = (events: ReadonlyArray<SessionEvent>): string =>
  events.reduce(
    ({ state, text }, event) => {
      const step = VerboseText.step(state, event)
      return { state: step.state, text: text + step.text }
    },
    { state: VerboseText.initial, text: "" }
  ).text

describe("the lines of -v", () => {
  it("are those of C esmtp for a whole session", () => {
    const text = render([
      { _tag: "HookStarted", hook: "preconnect", command: "echo pre" },
      { _tag: "Connected", peer },
      { _tag: "TransactionStarted", reversePath: Mailbox("a@example.org"), recipients: [recipient] },
      { _tag: "Noted", note: { _tag: "ReplyTo", stage: "mail", reply: accepted } },
      {
        _tag: "Noted",
        note: { _tag: "ReplyTo", stage: "rcpt", recipient, reply: { code: 250, lines: ["one", "two"] } }
      },
      { _tag: "BodyProgress", bytes: 1000 },
      { _tag: "BodyProgress", bytes: 2100 },
      { _tag: "Noted", note: { _tag: "ReplyTo", stage: "final-dot", reply: accepted } },
      { _tag: "TransactionFinished", results: [{ recipient, result: Either.right(accepted) }] },
      { _tag: "Disconnected", peer }
    ])
    assert.strictEqual(
      text,
      [
        "Executing pre-connect command: echo pre\n",
        "Connected to MTA\n",
        "From a@example.org: 250 Ok\r\n",
        "To b@example.net: 250 one\r\ntwo\r\n",
        "Message data: ....\n",
        "Message sent: 250 Ok\r\n",
        "Disconnected to MTA\n"
      ].join("")
    )
  })

  it("tell of the envelope first where the message goes out in the same flight", () => {
    const text = render([
      { _tag: "Connected", peer },
      { _tag: "TransactionStarted", reversePath: Mailbox("a@example.org"), recipients: [recipient] },
      { _tag: "BodyProgress", bytes: 1000 },
      { _tag: "Noted", note: { _tag: "ReplyTo", stage: "mail", reply: accepted } },
      { _tag: "Noted", note: { _tag: "ReplyTo", stage: "rcpt", recipient, reply: accepted } },
      { _tag: "Noted", note: { _tag: "ReplyTo", stage: "final-dot", reply: accepted } },
      { _tag: "Disconnected", peer }
    ])
    assert.strictEqual(
      text,
      [
        "Connected to MTA\n",
        "From a@example.org: 250 Ok\r\n",
        "To b@example.net: 250 Ok\r\n",
        "Message data: .\n",
        "Message sent: 250 Ok\r\n",
        "Disconnected to MTA\n"
      ].join("")
    )
  })

  it("are not interrupted by an MDA that runs at the same time", () => {
    const text = render([
      { _tag: "MdaStarted", command: "mda 'joe'" },
      { _tag: "Connected", peer },
      { _tag: "BodyProgress", bytes: 1000 },
      { _tag: "MdaFinished", command: "mda 'joe'" },
      { _tag: "BodyProgress", bytes: 1000 },
      { _tag: "Disconnected", peer }
    ])
    assert.strictEqual(
      text,
      "Connected to MDA: mda 'joe'\nConnected to MTA\nMessage data: ..\nDisconnected to MTA\nDisconnected to MDA\n"
    )
  })

  it("end the dots when the session breaks in the middle of a message", () => {
    const text = render([
      { _tag: "BodyProgress", bytes: 10 },
      { _tag: "Disconnected", peer }
    ])
    assert.strictEqual(text, "Message data: .\nDisconnected to MTA\n")
  })

  it("show nothing of a server that a terminal would act on", () => {
    const reply = { code: 250, lines: ["\u001b[2J\u0007"] }
    const text = render([{ _tag: "Noted", note: { _tag: "ReplyTo", stage: "mail", reply } }])
    assert.notInclude(text, "\u001b")
    assert.notInclude(text, "\u0007")
  })
})
