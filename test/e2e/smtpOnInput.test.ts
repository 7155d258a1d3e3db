/** `sendmail -bs` as a mailer drives it: commands in, replies out, messages on their way. */

import * as fs from "node:fs"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Limits from "../../src/domain/reception/Limits.ts"
import { makeHome, type RcStatements, startEmbeddedRelay } from "../support/EmbeddedRelay.ts"
import { runProgram } from "../support/runProgram.ts"

const refuse = (recipient: string) =>
  recipient.startsWith("no") ? { code: 550, text: `5.1.1 no such user ${recipient}` } : undefined

const setUp = (statements: RcStatements = {}) =>
  Effect.gen(function* () {
    const relay = yield* startEmbeddedRelay({ security: "plain", refuse })
    const home = yield* makeHome({
      identity: "ada@example.org",
      hostname: `127.0.0.1:${relay.port}`,
      tls: "disabled",
      ...statements
    })
    return { relay, home }
  })

const crlf = (...lines: ReadonlyArray<string>): string => lines.map((line) => `${line}\r\n`).join("")

const transaction = (to: ReadonlyArray<string>, ...message: ReadonlyArray<string>) => [
  "MAIL FROM:<ada@example.org>",
  ...to.map((recipient) => `RCPT TO:<${recipient}>`),
  "DATA",
  ...message,
  "."
]

const codes = (stdout: string): string =>
  stdout
    .split("\r\n")
    .filter((line) => /^[0-9]{3} /.test(line))
    .map((line) => line.slice(0, 3))
    .join(" ")

describe("sendmail -bs", () => {
  it.scopedLive("takes several messages in one session, all of it sent in one piece", () =>
    Effect.gen(function* () {
      const { home, relay } = yield* setUp()
      const stdin = crlf(
        "EHLO client",
        ...transaction(
          ["grace@example.net", "linus@example.com"],
          "Bcc: x@example.com",
          "Subject: one",
          "",
          "..",
          "end"
        ),
        ...transaction(["grace@example.net"], "Subject: two", "", "second"),
        "QUIT"
      )
      const { status, stdout, stderr } = yield* runProgram({ home, args: ["-bs", "-v"], stdin })
      assert.deepStrictEqual([status, stderr], [0, ""])
      assert.strictEqual(codes(stdout), "220 250 250 250 250 354 250 250 250 354 250 221")
      const [one, two] = relay.messages
      assert.deepStrictEqual(one?.to, ["grace@example.net", "linus@example.com"])
      assert.match(one?.content.toString() ?? "", /^Subject: one\r\n(?:[A-Z].*\r\n)+\r\n\.\r\nend\r\n$/)
      assert.match(two?.content.toString() ?? "", /\r\n\r\nsecond\r\n$/)
    })
  )

  it.scopedLive("replies with the relay's words, and goes on", () =>
    Effect.gen(function* () {
      const { home, relay } = yield* setUp()
      const stdin = crlf(
        "HELO client",
        ...transaction(["nobody@example.net"], "Subject: one", "", "first"),
        ...transaction(["grace@example.net"], "no header at all: but text", "Subject: two", "", "second"),
        "QUIT"
      )
      const { status, stdout } = yield* runProgram({ home, args: ["-bs"], stdin })
      assert.strictEqual(status, 0)
      assert.match(stdout, /^554 5\.0\.0 .*no such user nobody@example\.net/m)
      assert.strictEqual(relay.messages.length, 1)
    })
  )

  it.scopedLive("has the message safe in the queue before it says so", () =>
    Effect.gen(function* () {
      const { home } = yield* setUp({ delivery_mode: "queue" })
      const stdin = crlf(
        "EHLO client",
        ...transaction(["grace@example.net"], "Subject: one", "", "first"),
        "QUIT"
      )
      const { stdout } = yield* runProgram({ home, args: ["-bs"], stdin })
      const id = /^250 2\.0\.0 Ok: queued as (\w+)\r$/m.exec(stdout)?.[1]
      const { stdout: listing } = yield* runProgram({ home, name: "mailq", args: ["--json"] })
      assert.strictEqual(JSON.parse(listing).id, id)
    })
  )

  it.scopedLive("never sends a message that ends before its end", () =>
    Effect.gen(function* () {
      const { home, relay } = yield* setUp()
      const stdin = crlf(
        "EHLO client",
        "MAIL FROM:<ada@example.org>",
        "RCPT TO:<grace@example.net>",
        "DATA",
        "",
        "half"
      )
      const { status, stderr } = yield* runProgram({ home, args: ["-bs"], stdin })
      assert.strictEqual(status, 75)
      assert.match(stderr, /^esmtp: the input ended in the middle of a message\n$/)
      assert.strictEqual(relay.messages.length, 0)
    })
  )

  it.scopedLive("reads a message over that it can't take, and takes the next", () =>
    Effect.gen(function* () {
      const { home, relay } = yield* setUp()
      const hops = Array.from(
        { length: 200 },
        (_, at) => `Received: by relay${at}.example; Wed, 25 Nov 2026 12:00:00 +0000`
      )
      const stdin = crlf(
        "EHLO client",
        ...transaction(["grace@example.net"], ...hops, "", "round and round"),
        ...transaction(["grace@example.net"], "Subject: two", "", "second"),
        "QUIT"
      )
      const { status, stdout } = yield* runProgram({ home, args: ["-bs"], stdin })
      assert.strictEqual(status, 0)
      assert.match(stdout, /^554 5\.0\.0 /m)
      assert.match(relay.messages[0]?.content.toString() ?? "", /second\r\n$/)
    })
  )

  it.scopedLive("takes command lines up to its limit, and reads over a longer one", () =>
    Effect.gen(function* () {
      const { home } = yield* setUp()
      const line = (length: number) => "NOOP ".padEnd(length, "x")
      const stdin = crlf(line(Limits.lineBytes), line(Limits.lineBytes + 1), line(1_000_000), "NOOP", "QUIT")
      const { stdout } = yield* runProgram({ home, args: ["-bs"], stdin })
      assert.strictEqual(codes(stdout), "220 250 500 500 250 221")
    })
  )

  it.scopedLive("takes a line of its limit whose end comes in two pieces", () =>
    Effect.gen(function* () {
      const { home } = yield* setUp()
      const inPieces = async function* () {
        yield Buffer.from("NOOP ".padEnd(Limits.lineBytes, "x").concat("\r"))
        await new Promise((resolve) => setTimeout(resolve, 1000))
        yield Buffer.from("\nQUIT\r\n")
      }
      const { stdout } = yield* runProgram({ home, args: ["-bs"], stdin: inPieces() })
      assert.strictEqual(codes(stdout), "220 250 221")
    })
  )

  it.scopedLive("ends with what is no SMTP client, and with one that has no configuration", () =>
    Effect.gen(function* () {
      const { home } = yield* setUp()
      const mail = crlf(...Array.from({ length: 40 }, (_, at) => `Header${at}: value`))
      const stray = yield* runProgram({ home, args: ["-bs"], stdin: mail })
      assert.strictEqual(stray.status, 76)
      assert.match(stray.stdout, /\r\n421 4\.7\.0 too many errors\r\n$/)
      fs.writeFileSync(path.join(home, ".esmtprc"), "nonsense\n")
      const unready = yield* runProgram({ home, args: ["-bs"], stdin: crlf("EHLO client", "QUIT") })
      assert.deepStrictEqual([unready.status, unready.stdout.slice(0, 4)], [78, "421 "])
    })
  )
})
