/** The whole program against hostile servers: its exit status, its words, and never a defect. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { makeHome, type RcStatements } from "../../support/EmbeddedRelay.ts"
import type { Answer, Scenario, Step } from "../../support/FakeSmtpScenario.ts"
import * as FakeSmtpServer from "../../support/FakeSmtpServer.ts"
import { type RunResult, runProgram } from "../../support/runProgram.ts"

interface Row {
  readonly name: string
  readonly server: Scenario
  readonly rc?: RcStatements
  readonly to?: ReadonlyArray<string>
  readonly stdin?: string
  readonly status: number
  readonly says: RegExp
  readonly stored?: number
}

const me = "ada@example.org"
const message = "Subject: x\n\nbody\n"
const secret = "c4nary-Pa55word"
const password = { username: "ada", password: secret }

const answering = (step: Step, ...answers: ReadonlyArray<Answer>): Scenario => ({
  answers: { [step]: answers }
})

/** What a defect would leave behind. */
const assertNoDefect = ({ signal, status, stderr, stdout }: RunResult): void => {
  assert.isUndefined(signal)
  assert.notStrictEqual(status, 70, stderr)
  assert.notMatch(`${stdout}${stderr}`, /internal error|unhandled|^\s+at .*\.m?js/im)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there.
  assert.notMatch(stderr, /[\x00-\x08\x0b-\x1f\x7f-\x9f]/)
  assert.isFalse(`${stdout}${stderr}`.includes(secret), "the password is told")
}

const rows: ReadonlyArray<Row> = [
  {
    name: "garbage for a greeting (RFC 5321 §4.2) [H5]",
    server: answering("connect", { bytes: "\x1b[2J\x00\xff garbage\r\n" }),
    status: 76,
    says: /protocol violation/
  },
  {
    name: "a reply that never ends (RFC 5321 §4.5.3.1.5) [H1, H2]",
    server: answering("EHLO", { bytes: "250-x\r\n".repeat(100_000) }),
    status: 76,
    says: /too (?:long|many)/
  },
  {
    name: "a line that never ends (RFC 5321 §4.5.3.1.5) [H1]",
    server: answering("connect", { bytes: `220-${"x".repeat(5_000_000)}`, ending: "silence" }),
    status: 76,
    says: /too long/
  },
  {
    name: "an octet at a time (RFC 5321 §4.5.3.2) [H3]",
    server: answering("connect", { bytes: `220 ${"x".repeat(3000)}`, pieceBytes: 1, gapMillis: 20 }),
    rc: { timeout: "1s" },
    status: 75,
    says: /timed out/
  },
  {
    name: "a connection that closes before the greeting (RFC 5321 §3.8) [H4]",
    server: answering("connect", { ending: "close" }),
    status: 75,
    says: /connection lost/
  },
  {
    name: "a connection reset before the greeting (RFC 5321 §3.8) [H4]",
    server: answering("connect", { ending: "reset" }),
    status: 75,
    says: /connection (?:lost|refused)/
  },
  {
    name: "different codes in one reply (RFC 5321 §4.2.1) [H6]",
    server: answering("EHLO", { bytes: "250-x\r\n550 y\r\n" }),
    status: 76,
    says: /different codes/
  },
  {
    name: "an answer to a command that was not given yet (RFC 5321 §4.1.4) [H8]",
    server: answering("RCPT", { bytes: "250 ok\r\n354 go\r\n250 taken\r\n" }),
    status: 76,
    says: /protocol violation/,
    stored: 0
  },
  {
    name: "421 in place of go-ahead (RFC 5321 §3.8) [H9]",
    server: answering("DATA", { bytes: "421 4.3.2 bye\r\n", ending: "close" }),
    status: 75,
    says: /421 4\.3\.2 bye/
  },
  {
    name: "a greeting of 554 (RFC 5321 §3.1) [H10]",
    server: answering("connect", "554 5.7.1 go away"),
    status: 75,
    says: /554 5\.7\.1 go away/
  },
  {
    name: "EHLO and HELO refused (RFC 5321 §3.2) [H11]",
    server: { answers: { EHLO: ["502 no"], HELO: ["550 no"] } },
    status: 75,
    says: /550 no/
  },
  {
    name: "ten thousand capabilities (RFC 5321 §4.1.1.1) [H12]",
    server: answering("EHLO", { bytes: `${"250-X-CAPABILITY\r\n".repeat(10_000)}250 X\r\n` }),
    status: 76,
    says: /too (?:long|many)/
  },
  {
    name: "a message larger than the limit (RFC 1870 §6.1) [H13]",
    server: { extensions: ["SIZE 20"] },
    status: 69,
    says: /message larger/
  },
  {
    name: "552 at the final dot (RFC 1870 §6.3) [H13]",
    server: answering("end-of-data", "552 5.2.2 full"),
    status: 69,
    says: /552 5\.2\.2 full/
  },
  {
    name: "one refused for good, one for now, one taken (RFC 5321 §3.3) [H14]",
    server: answering("RCPT", "250 ok", "450 later", "550 no"),
    rc: { require_all_recipients: "no" },
    to: ["a@example.net", "b@example.net", "c@example.net"],
    status: 67,
    says: /<b@example\.net>.*450 later[\s\S]*<c@example\.net>.*550 no/,
    stored: 1
  },
  {
    name: "354 though every recipient was refused (RFC 2920 §3.1) [H15]",
    server: { extensions: ["PIPELINING"], ...answering("RCPT", "550 no") },
    status: 67,
    says: /550 no/,
    stored: 0
  },
  {
    name: "354 for the message (RFC 5321 §4.3.2) [H17]",
    server: answering("end-of-data", "354 go on"),
    status: 76,
    says: /protocol violation/
  },
  {
    name: "taken, then a reset (RFC 5321 §4.1.1.10) [H18]",
    server: answering("QUIT", { ending: "reset" }),
    status: 0,
    says: /^$/,
    stored: 1
  },
  {
    name: "nothing after the final dot (RFC 1047 §3) [H19]",
    server: answering("end-of-data", { ending: "close" }),
    status: 75,
    says: /may have|duplicate/i
  },
  {
    name: "552 in the middle of a large message, then the end (RFC 5321 §4.2.5) [H20]",
    server: { midBody: { afterBytes: 50_000, answer: { bytes: "552 5.3.4 too much\r\n", ending: "close" } } },
    stdin: `Subject: x\n\n${"0123456789abcdef\n".repeat(200_000)}`,
    status: 69,
    says: /552 5\.3\.4 too much/
  },
  {
    name: "nothing read any more in the middle of a large message (RFC 5321 §4.5.3.2.5) [H21]",
    server: { midBody: { afterBytes: 50_000, answer: { ending: "stall" } } },
    rc: { timeout: "1s" },
    stdin: `Subject: x\n\n${"0123456789abcdef\n".repeat(600_000)}`,
    status: 75,
    says: /timed out/
  },
  {
    name: "a refusal that contradicts itself (RFC 2034 §4) [H25]",
    server: { extensions: ["ENHANCEDSTATUSCODES"], ...answering("end-of-data", "554 2.0.0 fine") },
    status: 69,
    says: /554/
  },
  {
    name: "a refusal full of controls, markup and 8-bit text (RFC 5321 §4.2) [H26, L11]",
    server: answering("RCPT", {
      bytes: Buffer.from("550-\x1b]0;x\x07<b>\r\n550 a\0b\x9bc\xe2\x80\xae\rRSET\r\n", "latin1")
    }),
    status: 67,
    says: /550/
  },
  {
    name: "STARTTLS stripped (RFC 3207 §6) [T4]",
    server: { extensions: ["AUTH PLAIN"] },
    rc: { tls: "required", ...password },
    status: 75,
    says: /does not offer STARTTLS/
  },
  {
    name: "STARTTLS refused (RFC 3207 §4) [T5]",
    server: { extensions: ["STARTTLS", "AUTH PLAIN"], ...answering("STARTTLS", "454 later") },
    rc: { tls: "required", ...password },
    status: 75,
    says: /refused STARTTLS.*454 later/
  },
  {
    name: "a reply behind the one to STARTTLS (RFC 3207 §6) [T1]",
    server: {
      extensions: ["STARTTLS"],
      ...answering("STARTTLS", { bytes: "220 go\r\n250-x\r\n250 AUTH PLAIN\r\n" })
    },
    rc: { tls: "enabled", ...password },
    status: 76,
    says: /behind its reply to STARTTLS/
  },
  {
    name: "a login refused by a server that repeats the password (RFC 4954 §6) [A1, A7]",
    server: { extensions: ["AUTH PLAIN"], ...answering("AUTH", `535 5.7.8 ${secret} is wrong`) },
    rc: { tls: "disabled", ...password },
    status: 77,
    says: /535 5\.7\.8/
  },
  {
    name: "a login put off (RFC 4954 §6) [A1]",
    server: { extensions: ["AUTH PLAIN"], ...answering("AUTH", "454 4.7.0 later") },
    rc: { tls: "disabled", ...password },
    status: 75,
    says: /454 4\.7\.0 later/
  },
  {
    name: "challenges without end (RFC 4954 §4) [A2]",
    server: { extensions: ["AUTH LOGIN"], answers: { AUTH: ["334 QQ=="], response: ["334 QQ=="] } },
    rc: { tls: "disabled", ...password },
    status: 76,
    says: /AUTH/i
  },
  {
    name: "success of SCRAM without a proof (RFC 5802 §5) [A3]",
    server: { extensions: ["AUTH SCRAM-SHA-256"], ...answering("AUTH", "235 in") },
    rc: { tls: "disabled", ...password },
    status: 77,
    says: /without proving/
  },
  {
    name: "a name that nobody knows (RFC 5321 §5) [H27]",
    server: {},
    rc: { hostname: "relay.invalid:25" },
    status: 68,
    says: /cannot find/
  },
  {
    name: "mail that has been around a hundred times (RFC 5321 §6.3) [H28]",
    server: {},
    stdin: `${"Received: from a by b; Thu, 1 Jan 1970 00:00:00 +0000\n".repeat(100)}\nbody\n`,
    status: 65,
    says: /circle|Received/,
    stored: 0
  }
]

describe("sendmail meets", () => {
  for (const row of rows) {
    it.scopedLive(row.name, () =>
      Effect.gen(function* () {
        const server = yield* FakeSmtpServer.make(row.server)
        const home = yield* makeHome({
          identity: me,
          hostname: `127.0.0.1:${server.port}`,
          timeout: "10s",
          ...row.rc
        })
        const result = yield* runProgram({
          home,
          args: ["-i", "-f", me, ...(row.to ?? ["bob@example.net"])],
          stdin: row.stdin ?? message
        })
        assertNoDefect(result)
        assert.strictEqual(result.status, row.status, result.stderr)
        assert.match(result.stderr, row.says)
        if (row.stored !== undefined) assert.strictEqual(server.messages().length, row.stored)
      })
    )
  }
})
