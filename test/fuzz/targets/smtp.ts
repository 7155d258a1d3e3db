/** What a server says: replies, capabilities, whole sessions; and what is said to it. */
import { strict as assert } from "node:assert"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Dialogue from "../../../src/domain/smtp/Dialogue.ts"
import type { DialogueAction, DialogueEvent } from "../../../src/domain/smtp/DialogueTypes.ts"
import * as Extensions from "../../../src/domain/smtp/Extensions.ts"
import * as Limits from "../../../src/domain/smtp/Limits.ts"
import type { Reply } from "../../../src/domain/smtp/Reply.ts"
import * as Parser from "../../../src/domain/smtp/ReplyParser.ts"
import * as Xtext from "../../../src/domain/smtp/Xtext.ts"
import {
  facts,
  password,
  recipient,
  sessionPlan,
  tlsFacts,
  transactionPlan,
  withPassword
} from "../../domain/smtp/dialogue/plans.ts"
import { assertOneLine, piecesOf, type Target, toText, toUtf8 } from "../Target.ts"

/** The replies that come of octets in these pieces, until something is no reply. */
const repliesOf = (pieces: ReadonlyArray<Uint8Array>) => {
  const replies: Array<Reply> = []
  let state = Parser.empty
  for (const piece of pieces) {
    state = Parser.append(state, piece)
    for (;;) {
      const parsed = Parser.next(state)
      if (parsed._tag === "Malformed") return { replies, isMalformed: true }
      state = parsed.rest
      if (parsed._tag === "Incomplete") break
      replies.push(parsed.reply)
    }
  }
  return { replies, isMalformed: false }
}

const reply: Target = {
  name: "reply",
  seeds: [
    "220 hi\r\n",
    "250-a\r\n250-SIZE 10\r\n250 ok\r\n",
    "250\r\n",
    "354 go\n",
    "250-x\r\n251 y\r\n",
    "2200 x\r\n",
    "334 QUFB\r\n235 2.7.0 ok\r\n"
  ],
  check: (input) => {
    const whole = repliesOf([input])
    assert.deepEqual(repliesOf(piecesOf(input)), whole)
    for (const { code, lines } of whole.replies) {
      assert.ok(code >= 200 && code <= 599)
      assert.ok(lines.length >= 1 && lines.length <= Limits.replyLines)
      assert.ok(lines.every((line) => !line.includes("\n")))
    }
  }
}

const extensions: Target = {
  name: "extensions",
  seeds: [
    "fake\nSIZE 1000\nPIPELINING\nAUTH PLAIN LOGIN",
    "fake\nAUTH=LOGIN\nauth plain\nLIMITS RCPTMAX=5 MAILMAX=2",
    "fake\nSIZE 99999999999999999999\nSIZE\nSIZE 0\n8BITMIME\nCHUNKING"
  ],
  check: (input) => {
    const made = Extensions.fromReply({ code: 250, lines: toText(input).split("\n") })
    for (const keyword of made.keys()) assert.match(keyword, /^[A-Z0-9][A-Z0-9-]*$/)
    const limit = Extensions.recipientLimit(made)
    assert.ok(limit >= 1 && limit <= Limits.recipients)
    const mechanisms = Extensions.mechanisms(made)
    assert.equal(new Set(mechanisms).size, mechanisms.length)
    assert.ok(Option.getOrElse(Extensions.sizeLimit(made), () => 1n) > 0n)
    assert.ok(Option.getOrElse(Extensions.transactionLimit(made), () => 1) >= 1)
  }
}

const xtext: Target = {
  name: "xtext",
  seeds: ["a+b=c", "+41", "jörg@example.org", "+4", "+zz"],
  check: (input) => {
    const text = toUtf8(input)
    const encoded = Xtext.encode(text)
    assert.match(encoded, /^(?:[!-*,-<>-~]|\+[0-9A-F]{2})*$/)
    assert.deepEqual(Xtext.decode(encoded), Option.some(text))
    Option.map(Xtext.decode(text), (decoded) =>
      assert.deepEqual(Xtext.decode(Xtext.encode(decoded)), Option.some(decoded))
    )
  }
}

const transaction = transactionPlan("a", {
  recipients: ["a@x", "jörg@x", '"a b"@x'].map((address) =>
    recipient(address, { originalRecipient: address })
  ),
  facts: facts({ hasEightBitBody: true }),
  envid: "a b"
})

const plans = [
  sessionPlan(),
  sessionPlan({ mode: "enabled" }),
  sessionPlan({ mode: "required", auth: withPassword }),
  sessionPlan({ mode: "opportunistic", auth: withPassword, isLoopback: true }),
  sessionPlan({ tls: tlsFacts(), mode: "implicit", auth: withPassword })
]

const asText = (action: DialogueAction): string =>
  JSON.stringify(action, (_, value) => (typeof value === "bigint" ? String(value) : value))

/** `isTold`: the session has the password, and may have told it to the server. */
const assertAction = (action: DialogueAction, isTold: boolean): void => {
  if (action._tag === "Send") {
    const commands = toText(action.bytes.subarray(0, action.bytes.length - (action.messageBytes ?? 0)))
    assert.ok(commands.endsWith("\r\n"))
    for (const line of commands.slice(0, -2).split("\r\n")) assertOneLine(line, "a command")
    assert.ok(!action.masked.includes("pencil"), "the password is shown")
  }
  if (isTold && (action._tag === "Note" || action._tag === "Fail" || action._tag === "Finished")) {
    assert.ok(!asText(action).includes("pencil"), "the password is told")
  }
}

/** The octet that ends a read of the server's. */
const readEnd = 0xfe

/** A server that says what the input says, read by read, to a driver that does as it is told. */
const dialogue: Target = {
  name: "dialogue",
  seeds: [
    "\x00220 hi\r\n\xfe250-x\r\n250 PIPELINING\r\n\xfe250 ok\r\n250 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n\xfe250 queued\r\n\xfe221 bye\r\n",
    "\x00220 hi\r\n\xfe250-x\r\n250-CHUNKING\r\n250 SIZE 9\r\n\xfe250 ok\r\n\xfe250 ok\r\n\xfe550 no\r\n\xfe",
    "\x01220 hi\r\n\xfe250-x\r\n250 STARTTLS\r\n\xfe220 go\r\n\xfe250-x\r\n250 DSN\r\n\xfe250 ok\r\n",
    "\x02220 hi\r\n\xfe250-x\r\n250 STARTTLS\r\n\xfe220 go\r\n\xfe250-x\r\n250 AUTH LOGIN\r\n\xfe334 VXNlcm5hbWU6\r\n\xfe334 UGFzc3dvcmQ6\r\n\xfe235 ok\r\n\xfe",
    "\x03220 hi\r\n\xfe250-x\r\n250 AUTH CRAM-MD5 PLAIN\r\n\xfe334 QUFB\r\n\xfe535 pencil\r\n\xfe235 ok\r\n\xfe250 ok\r\n\xfe452 x\r\n",
    "\x04220 hi\r\n\xfe250-x\r\n250 AUTH SCRAM-SHA-256\r\n\xfe334 cj0=\r\n\xfe500 x\r\n\xfe421 bye\r\n"
  ],
  check: (input) => {
    const plan = plans[(input[0] ?? 0) % plans.length]
    if (plan === undefined) return
    let { state } = Dialogue.start(plan)
    let isOver = false
    let isTold = false
    let delivered = 0
    let given = 0
    let queue = 3
    const feed = (event: DialogueEvent): void => {
      const step = Dialogue.step(state, event)
      state = step.state
      for (const action of step.actions) {
        assert.ok(!isOver || action._tag === "Finished", `${action._tag} after the end`)
        assertAction(action, isTold)
        if (action._tag === "Fail" || action._tag === "Close") isOver = true
        if (action._tag === "StartTls") feed({ _tag: "TlsEstablished", tls: tlsFacts() })
        if (action._tag === "NeedCredentials") {
          isTold = true
          feed({ _tag: "CredentialsReady", credentials: Either.right(password) })
        }
        if (action._tag === "SendBody") feed({ _tag: "BodySent" })
        if (action._tag === "Finished") {
          delivered += 1
          assert.equal(action.results.length, transaction.recipients.length)
        }
      }
      if (queue > 0 && Dialogue.canDeliver(state)) {
        queue -= 1
        given += 1
        feed({ _tag: "Deliver", transaction })
      }
    }
    feed({ _tag: "Connected" })
    for (let at = 1; at < input.length; ) {
      const end = input.indexOf(readEnd, at)
      const bytes = input.subarray(at, end === -1 ? input.length : end)
      feed({ _tag: "Received", bytes })
      at += bytes.length + 1
    }
    feed({ _tag: "Closed" })
    assert.ok(isOver)
    assert.equal(delivered, given, "each transaction finishes once")
  }
}

export const smtpTargets: ReadonlyArray<Target> = [reply, extensions, xtext, dialogue]
