import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import { commandText, type Play, plays, sends } from "./dialogue/randomSession.ts"

const knownCommand =
  /^(?:EHLO [!-~]+|HELO [!-~]+|STARTTLS|AUTH [A-Z0-9-]+(?: [A-Za-z0-9+/=]+)?|[A-Za-z0-9+/=]*|\*|RSET|QUIT|DATA|\.|BDAT 100 LAST|MAIL FROM:<\P{Cc}*>(?: [!-~]+)*|RCPT TO:<\P{Cc}+>(?: [!-~]+)*)$/u

const runs = { numRuns: 300 }

const property = (name: string, holds: (played: Play) => void): void =>
  it(name, () => FastCheck.assert(FastCheck.property(plays, holds), runs))

describe("whatever the server says", () => {
  it("the sessions tried here come to every end", () => {
    const ends = new Set<string>()
    for (const { actions } of FastCheck.sample(plays, 3000)) {
      for (const action of actions) {
        if (action._tag === "Fail") ends.add(action.error._tag)
        if (action._tag !== "Finished") continue
        for (const { result } of action.results)
          ends.add(Either.isRight(result) ? "delivered" : result.left._tag)
      }
    }
    const expected = [
      "AuthFailed",
      "ConnectFailed",
      "MessageRejected",
      "ProtocolViolation",
      "RecipientsRejected",
      "SenderRejected",
      "SessionTimedOut",
      "TlsFailed",
      "delivered"
    ]
    assert.deepStrictEqual(Array.from(ends).sort(), expected)
  })

  property("nothing but whole commands is sent (S5 RFC 5321 §4.1.1)", (played) => {
    for (const action of sends(played)) {
      const text = commandText(action)
      assert.isTrue(text.endsWith("\r\n"))
      for (const line of text.slice(0, -2).split("\r\n")) assert.match(line, knownCommand)
    }
  })

  property("one RCPT asks for one recipient (S5 RFC 5321 §4.1.1.3)", (played) => {
    const asked = sends(played).flatMap((action) => commandText(action).match(/^RCPT TO:/gm) ?? [])
    const known = played.begun.flatMap(({ recipients }) => recipients)
    assert.isAtMost(asked.length, known.length)
  })

  property("every recipient of every transaction has exactly one result", ({ actions, begun }) => {
    const results = actions.flatMap((action) => (action._tag === "Finished" ? [action.results] : []))
    assert.deepStrictEqual(
      results.map((one) => one.map(({ recipient: { mailbox } }) => mailbox)),
      begun.map(({ recipients }) => recipients.map(({ mailbox }) => mailbox))
    )
  })

  property(
    "a session ends once, and after its end nothing is done but to answer transactions",
    ({ actions }) => {
      const end = actions.findIndex(({ _tag }) => _tag === "Fail" || _tag === "Close")
      assert.isAtLeast(end, 0)
      assert.isTrue(actions.slice(end + 1).every(({ _tag }) => _tag === "Finished"))
    }
  )

  property("nobody has a message before its last octet is out (RFC 5321 §4.2.5)", ({ steps }) => {
    let isOut = false
    for (const { event, actions } of steps) {
      if (event._tag === "BodySent") isOut = true
      for (const action of actions) {
        if (action._tag === "Send" && action.messageBytes !== undefined) isOut = true
        if (action._tag === "Finished") {
          if (!isOut) assert.isTrue(action.results.every(({ result }) => Either.isLeft(result)))
          isOut = false
        }
      }
    }
  })

  property("a masked text hides AUTH and nothing else", (played) => {
    for (const action of sends(played)) {
      assert.notInclude(action.masked, "cGVuY2ls")
      assert.notInclude(action.masked, "AHVzZXIAcGVuY2ls")
      if (!/AUTH|redacted/.test(action.masked)) assert.strictEqual(action.masked, commandText(action))
    }
  })

  property("no reply is told that carries the password (A7 RFC 4954 §9)", ({ actions }) => {
    const asked = actions.findIndex(({ _tag }) => _tag === "NeedCredentials")
    if (asked === -1) return
    for (const action of actions.slice(asked)) {
      if (action._tag === "Note") assert.notInclude(JSON.stringify(action.note), "pencil")
    }
  })

  property("a deadline runs whenever something is awaited (RFC 5321 §4.5.3.2)", ({ actions }) => {
    let isArmed = false
    for (const { _tag } of actions) {
      if (_tag === "Arm") isArmed = true
      if (_tag === "Disarm") isArmed = false
      if (_tag === "Send" || _tag === "SendBody" || _tag === "StartTls") assert.isTrue(isArmed)
      if (_tag === "Ready" || _tag === "NeedCredentials") assert.isFalse(isArmed)
    }
  })
})
