import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import { Mailbox } from "../../../src/domain/mail/Mailbox.ts"
import { utf8 } from "../../../src/domain/sasl/Octets.ts"
import * as Command from "../../../src/domain/smtp/Command.ts"
import { decodeText } from "../../../src/domain/smtp/ReplyParser.ts"

const text = ({ bytes }: Command.Command): string => decodeText(bytes)

type Encoded = Either.Either<Command.Command, Command.CommandProblem>

const textOf = (encoded: Encoded): string => text(Either.getOrThrow(encoded))

const problemOf = (encoded: Encoded) => {
  const { part, reason } = Either.getOrThrow(Either.flip(encoded))
  return `${part}: ${reason}`
}

const rcpt = (address: string, smtpUtf8 = false): Encoded => Command.rcpt(Mailbox(address), { smtpUtf8 })

const mail = (address: string, parameters: Partial<Command.MailParameters> = {}): Encoded =>
  Command.mail(Mailbox(address), { smtpUtf8: false, ...parameters })

describe("commands of fixed words (RFC 5321 §4.1.1)", () => {
  it.each([
    [Command.startTls, "STARTTLS\r\n"],
    [Command.data, "DATA\r\n"],
    [Command.rset, "RSET\r\n"],
    [Command.quit, "QUIT\r\n"],
    [Command.loneDot, ".\r\n"],
    [Command.authCancel, "*\r\n"],
    [Command.bdatLast(86), "BDAT 86 LAST\r\n"]
  ])("are %#", (command, expected) => {
    assert.strictEqual(text(command), expected)
    assert.strictEqual(command.masked, expected)
  })
})

describe("EHLO and HELO", () => {
  it("name the client (RFC 5321 §4.1.1.1)", () => {
    assert.strictEqual(textOf(Command.ehlo("me.example")), "EHLO me.example\r\n")
    assert.strictEqual(textOf(Command.helo("[IPv6:::1]")), "HELO [IPv6:::1]\r\n")
  })

  it.each([
    ["", "Empty"],
    ["a b", "Syntax"],
    ["a\r\nMAIL", "ControlCharacter"],
    ["a\0", "ControlCharacter"],
    ["a\t", "ControlCharacter"],
    ["a\x7f", "ControlCharacter"],
    ["a\x85b", "ControlCharacter"],
    ["bücher.example", "NonAscii"],
    ["x".repeat(506), "TooLong"]
  ])("are never said with %j (S5)", (name, reason) => {
    assert.strictEqual(problemOf(Command.ehlo(name)), `EHLO name: ${reason}`)
    assert.strictEqual(problemOf(Command.helo(name)), `EHLO name: ${reason}`)
  })

  it("fit into 512 octets (RFC 5321 §4.5.3.1.4)", () => {
    assert.strictEqual(textOf(Command.ehlo("x".repeat(505))).length, 512)
  })
})

describe("addresses (RFC 5321 §4.1.2)", () => {
  it.each([
    "a@x.example",
    "root",
    '"a b"@x',
    '"<>"@x',
    '"a\\"b"@x',
    "a@[127.0.0.1]",
    "a+b=c@x",
    "-d@x",
    "'a'@x",
    "a@b@c"
  ])("%s is sent as it is", (address) => {
    assert.strictEqual(textOf(rcpt(address)), `RCPT TO:<${address}>\r\n`)
    assert.strictEqual(textOf(mail(address)), `MAIL FROM:<${address}>\r\n`)
  })

  it.each([
    ["a b@x", "Syntax"],
    ["a>@x", "Syntax"],
    ["<a@x", "Syntax"],
    ['"a@x', "Syntax"],
    ['"a\\"@x', "Syntax"],
    ["a\\@x", "Syntax"],
    ["a@x>\r\nRCPT TO:<victim@y", "ControlCharacter"],
    ["a\n@x", "ControlCharacter"],
    ["a\r@x", "ControlCharacter"],
    ["a\0@x", "ControlCharacter"],
    ['"a\x01"@x', "ControlCharacter"],
    ["a\x7f@x", "ControlCharacter"],
    ["jörg@x", "NonAscii"],
    ["\ud800@x", "NonAscii"],
    ["x".repeat(3000), "TooLong"]
  ])("%j is never sent (S5)", (address, reason) => {
    assert.include(problemOf(rcpt(address)), reason)
    assert.include(problemOf(mail(address)), reason)
  })

  it("may be empty for the sender only (RFC 5321 §4.5.5)", () => {
    assert.strictEqual(textOf(Command.mail("", { smtpUtf8: false })), "MAIL FROM:<>\r\n")
    assert.strictEqual(problemOf(rcpt("")), "recipient: Empty")
  })

  it("may be UTF-8 with SMTPUTF8, but never half a character (RFC 6531 §3.3)", () => {
    assert.strictEqual(textOf(rcpt("jörg@bücher.example", true)), "RCPT TO:<jörg@bücher.example>\r\n")
    assert.strictEqual(textOf(rcpt("🎉@x", true)), "RCPT TO:<🎉@x>\r\n")
    assert.strictEqual(problemOf(rcpt("\ud800@x", true)), "recipient: NonAscii")
    assert.strictEqual(problemOf(rcpt("a\x85b@x", true)), "recipient: ControlCharacter")
  })
})

describe("parameters", () => {
  it("of MAIL come in one order (RFC 1870 §3, RFC 6152 §2, RFC 6531 §3.4, RFC 3461 §4)", () => {
    const parameters = {
      sizeBytes: 5,
      body: "8BITMIME",
      smtpUtf8: true,
      ret: "FULL",
      envid: "a b+c"
    } as const
    assert.strictEqual(
      textOf(mail("a@x", parameters)),
      "MAIL FROM:<a@x> SIZE=5 BODY=8BITMIME SMTPUTF8 RET=FULL ENVID=a+20b+2Bc\r\n"
    )
  })

  it.each([
    ["", "Empty"],
    ["x".repeat(101), "TooLong"],
    ["a\nb", "ControlCharacter"],
    ["ö", "NonAscii"]
  ])("ENVID is never %j (S6 RFC 3461 §4.4)", (envid, reason) => {
    assert.strictEqual(problemOf(mail("a@x", { envid })), `ENVID: ${reason}`)
  })

  it("ENVID may have 100 characters", () => {
    assert.include(textOf(mail("a@x", { envid: "=".repeat(100) })), `ENVID=${"+3D".repeat(100)}`)
  })

  it("of RCPT are NOTIFY and ORCPT (RFC 3461 §4.1, §4.2)", () => {
    const parameters = {
      smtpUtf8: false,
      notify: ["SUCCESS", "FAILURE"],
      originalRecipient: "b+1@x"
    } as const
    assert.strictEqual(
      textOf(Command.rcpt(Mailbox("a@x"), parameters)),
      "RCPT TO:<a@x> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;b+2B1@x\r\n"
    )
    assert.strictEqual(
      problemOf(Command.rcpt(Mailbox("a@x"), { ...parameters, originalRecipient: "b\r\nc" })),
      "ORCPT: ControlCharacter"
    )
  })
})

describe("AUTH (RFC 4954 §4)", () => {
  it("carries an initial response, which transcripts do not show", () => {
    const { command, carriesResponse } = Command.auth("PLAIN", utf8("\0u\0p"))
    assert.strictEqual(text(command), "AUTH PLAIN AHUAcA==\r\n")
    assert.strictEqual(command.masked, "AUTH PLAIN *redacted*\r\n")
    assert.isTrue(carriesResponse)
  })

  it("says = for an empty one", () => {
    assert.strictEqual(text(Command.auth("EXTERNAL", new Uint8Array(0)).command), "AUTH EXTERNAL =\r\n")
  })

  it("fits into 512 octets, else goes without (A8)", () => {
    const fits = Command.auth("PLAIN", new Uint8Array(372))
    assert.strictEqual(fits.command.bytes.length, 509)
    const tooLong = Command.auth("PLAIN", new Uint8Array(375))
    assert.strictEqual(text(tooLong.command), "AUTH PLAIN\r\n")
    assert.isFalse(tooLong.carriesResponse)
  })

  it("shows nothing of its other lines", () => {
    const command = Either.getOrThrow(Command.authResponse(utf8("secret")))
    assert.strictEqual(text(command), "c2VjcmV0\r\n")
    assert.strictEqual(command.masked, "*redacted*\r\n")
  })

  it("has lines of at most 12288 octets", () => {
    assert.strictEqual(textOf(Command.authResponse(new Uint8Array(9216))).length, 12_290)
    assert.strictEqual(problemOf(Command.authResponse(new Uint8Array(9217))), "AUTH response: TooLong")
  })
})

describe("whatever the text is (S5)", () => {
  const anyText = FastCheck.oneof(FastCheck.string(), FastCheck.fullUnicodeString(), FastCheck.string16bits())

  it.prop(
    "a command is one line",
    { given: anyText, other: anyText, smtpUtf8: FastCheck.boolean() },
    ({ given, other, smtpUtf8 }) => {
      const encoded = [
        Command.ehlo(given),
        rcpt(given, smtpUtf8),
        mail(given, { smtpUtf8, envid: other }),
        Command.rcpt(Mailbox(given), { smtpUtf8, originalRecipient: other })
      ]
      for (const command of encoded.flatMap((one) => (Either.isRight(one) ? [one.right] : []))) {
        const [line, ...rest] = text(command).split("\r\n")
        assert.deepStrictEqual(rest, [""])
        assert.notMatch(line ?? "", /\p{Cc}/u)
        assert.isAtMost(command.bytes.length, 2048)
      }
    },
    { fastCheck: { numRuns: 1000 } }
  )

  it("a flight is its commands, in one piece", () => {
    const flight = Command.flight([Command.rset, Command.auth("PLAIN", utf8("x")).command, Command.quit])
    assert.strictEqual(text(flight), "RSET\r\nAUTH PLAIN eA==\r\nQUIT\r\n")
    assert.strictEqual(flight.masked, "RSET\r\nAUTH PLAIN *redacted*\r\nQUIT\r\n")
  })
})
