import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import { cooperative, type RelayScript } from "../../../src/domain/simulation/RelayScript.ts"
import * as RelayState from "../../../src/domain/simulation/RelayState.ts"
import * as ServerSession from "../../../src/domain/simulation/ServerSession.ts"

const encoder = new TextEncoder()

const plain: RelayScript = { ...cooperative, tls: { starttls: false }, accounts: [] }

/** What the server says to these octets, given in pieces. */
const talk = (script: RelayScript, pieces: ReadonlyArray<string>, now = 0) => {
  let step = ServerSession.step(
    RelayState.make(script, 1),
    ServerSession.initial,
    { _tag: "Opened", isSecure: false },
    now
  )
  let said = ""
  const stored = []
  for (const piece of ["", ...pieces.filter((one) => one !== "")]) {
    if (piece !== "") {
      const bytes = encoder.encode(piece)
      step = ServerSession.step(step.relay, step.session, { _tag: "Received", bytes }, now)
    }
    for (const output of step.outputs) said += output._tag === "Say" ? output.text : "(closed)"
    stored.push(...step.stored)
  }
  return { said, stored, relay: step.relay, session: step.session }
}

const codes = (said: string): ReadonlyArray<string> =>
  said.split("\r\n").flatMap((line) => (/^[0-9]{3} /.test(line) ? [line.slice(0, 3)] : []))

const conversation =
  "EHLO me\r\nMAIL FROM:<a@x>\r\nRCPT TO:<b@y>\r\nDATA\r\nSubject: x\r\n\r\n..dot\r\n.\r\nQUIT\r\n"

describe("ServerSession", () => {
  it("takes a message, and keeps it without the doubled dots", () => {
    const { said, stored } = talk(plain, [conversation])
    assert.deepStrictEqual(codes(said), ["220", "250", "250", "250", "354", "250", "221"])
    assert.deepStrictEqual(stored, [
      { sender: "a@x", recipients: ["b@y"], text: "Subject: x\r\n\r\n.dot\r\n" }
    ])
    assert.isTrue(said.endsWith("(closed)"))
  })

  it("says the same however the octets are cut", () => {
    const whole = talk(plain, [conversation])
    FastCheck.assert(
      FastCheck.property(FastCheck.array(FastCheck.nat(conversation.length), { maxLength: 12 }), (cuts) => {
        const places = [0, ...cuts.sort((one, other) => one - other), conversation.length]
        const pieces = places.slice(1).map((end, index) => conversation.slice(places[index], end))
        assert.deepStrictEqual(talk(plain, pieces), whole)
      })
    )
  })

  it("has an answer to anything, and never two states for one history", () => {
    const word = FastCheck.constantFrom(
      ...[
        "EHLO",
        "MAIL FROM:<a@x>",
        "RCPT TO:<b@y>",
        "DATA",
        "BDAT 3",
        "BDAT 0 LAST",
        "AUTH PLAIN",
        "AUTH LOGIN"
      ],
      ...["STARTTLS", "RSET", "QUIT", "=", ".", "\r\n", "\0", "é", " ", "AGEAYg==", "BDAT 99999999999"]
    )
    FastCheck.assert(
      FastCheck.property(
        FastCheck.array(FastCheck.oneof(word, FastCheck.string()), { maxLength: 30 }),
        (words) => {
          assert.deepStrictEqual(talk(cooperative, words), talk(cooperative, words))
        }
      )
    )
  })

  it("counts the uses that fit a rule, whichever rule decides", () => {
    const rules = [
      { at: "rcpt", recipient: "*@y", after: 1, times: 1, reply: ["450 later"] },
      { at: "rcpt", recipient: "bad@*", reply: ["550 never"] }
    ] as const
    const rcpts = ["b@y", "b@y", "b@y", "bad@z"].map((address) => `RCPT TO:<${address}>\r\n`).join("")
    const { said } = talk({ ...plain, rules }, [`EHLO me\r\nMAIL FROM:<a@x>\r\n${rcpts}`])
    assert.deepStrictEqual(codes(said).slice(3), ["250", "450", "250", "550"])
  })

  it("lets in whose password is good at this moment", () => {
    const accounts = [{ username: "a", password: "b", until: 10 }]
    const auth = "EHLO me\r\nAUTH PLAIN AGEAYg==\r\n"
    assert.deepStrictEqual(codes(talk({ ...plain, accounts }, [auth], 9).said).slice(2), ["235"])
    assert.deepStrictEqual(codes(talk({ ...plain, accounts }, [auth], 10).said).slice(2), ["535"])
  })

  it("holds to its limits", () => {
    const limits = { recipients: 1, messages: 1 }
    const twice = conversation.replace("QUIT\r\n", "MAIL FROM:<a@x>\r\n")
    assert.isTrue(talk({ ...plain, limits }, [twice]).said.endsWith("(closed)"))
    const { said } = talk({ ...plain, limits }, [
      "EHLO me\r\nMAIL FROM:<a@x>\r\nRCPT TO:<b@y>\r\nRCPT TO:<c@y>\r\n"
    ])
    assert.deepStrictEqual(codes(said).slice(3), ["250", "452"])
  })
})
