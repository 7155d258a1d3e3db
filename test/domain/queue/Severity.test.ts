import { assert, describe, it } from "@effect/vitest"
import { Mailbox } from "../../../src/domain/mail/Mailbox.ts"
import type { DeliveryError } from "../../../src/domain/mail/Outcome.ts"
import {
  forRecipient,
  type RetryClass,
  retryClass,
  type Severity,
  severity,
  severityOf
} from "../../../src/domain/queue/Severity.ts"
import type { AuthFailed, ConnectFailed, TlsFailed } from "../../../src/domain/smtp/SmtpError.ts"
import {
  auth,
  badRecipient,
  connect,
  delivered,
  exited,
  failed,
  hook,
  mda,
  message,
  noMda,
  queue,
  recipients,
  sender,
  timeout,
  tls,
  violation
} from "../invocation/failures.ts"

type Row = readonly [what: string, error: DeliveryError, severity: Severity, retryClass: RetryClass]

/** Exhaustive by their types: a new reason does not compile until it has its row. */
const connectRows: Readonly<Record<ConnectFailed["reason"], RetryClass>> = {
  NameNotFound: "host",
  NameLookupFailed: "host",
  ServiceUnknown: "account",
  Refused: "host",
  Unreachable: "host",
  Lost: "host",
  ServiceClosing: "host",
  GreetingRefused: "host",
  EhloRefused: "host",
  HeloNameUnusable: "account"
}

const tlsReasons: Readonly<Record<TlsFailed["reason"], RetryClass>> = {
  NotOffered: "account",
  Refused: "account",
  Injection: "account",
  Handshake: "account",
  Certificate: "account",
  Store: "account"
}

const authReasons: Readonly<Record<AuthFailed["reason"], RetryClass>> = {
  Rejected: "account",
  Unavailable: "host",
  MechanismUnusable: "account",
  NotOffered: "account",
  PlaintextRefused: "account",
  NoCredentials: "account",
  BadChallenge: "account",
  ServerUnverified: "account"
}

const keysOf = <K extends string>(record: Readonly<Record<K, unknown>>): ReadonlyArray<K> => {
  const keys: Array<K> = []
  for (const key in record) keys.push(key)
  return keys
}

const rows: ReadonlyArray<Row> = [
  ...keysOf(connectRows).map(
    (reason): Row => [`H27 H10 no session: ${reason}`, connect(reason), "transient", connectRows[reason]]
  ),
  ...keysOf(tlsReasons).map(
    (reason): Row => [`T6 TLS: ${reason}`, tls(reason), "transient", tlsReasons[reason]]
  ),
  ...keysOf(authReasons).map(
    (reason): Row => [`A1 AUTH: ${reason}`, auth(reason), "transient", authReasons[reason]]
  ),
  ["A1 535 does not bounce", auth("Rejected", 535), "transient", "account"],
  ["A1 454 passes by itself", auth("Unavailable", 454), "transient", "host"],

  ["MAIL 451", sender(451), "transient", "message"],
  ["MAIL 421", sender(421), "transient", "message"],
  ["MAIL 550", sender(550), "permanent", "message"],
  ["MAIL 599, an unknown code", sender(599), "permanent", "message"],
  ["MAIL 530 asks for a login", sender(530), "transient", "account"],

  ["RCPT 450", recipients(["a@x", 450]), "transient", "recipient"],
  ["RCPT 550", recipients(["a@x", 550]), "permanent", "recipient"],
  ["RCPT 530 asks for a login", recipients(["a@x", 530]), "transient", "account"],
  ["H14 RCPT 452", recipients(["a@x", 452]), "transient", "recipient"],
  ["RCPT 552 without more is too many recipients", recipients(["a@x", 552]), "transient", "recipient"],
  [
    "RCPT 552 5.5.3 is too many recipients",
    recipients(["a@x", 552, "5.5.3 many", { class: 5, subject: 5, detail: 3 }]),
    "transient",
    "recipient"
  ],
  [
    "RCPT 552 5.2.2 is a full mailbox",
    recipients(["a@x", 552, "5.2.2 full", { class: 5, subject: 2, detail: 2 }]),
    "permanent",
    "recipient"
  ],
  ["RCPT 550 for one and 450 for another", recipients(["a@x", 550], ["b@x", 450]), "transient", "recipient"],
  ["RCPT 550 for both", recipients(["a@x", 550], ["b@x", 553]), "permanent", "recipient"],

  ["message 452", message("Refused", 452), "transient", "message"],
  ["message 554", message("Refused", 554), "permanent", "message"],
  ["message 552 after the dot", message("Refused", 552), "permanent", "message"],
  ["message refused without a reply", message("Refused"), "transient", "message"],
  ["H13 larger than SIZE", message("TooLarge"), "permanent", "message"],
  ["H13 552 to a size", message("TooLarge", 552), "permanent", "message"],
  ["H13 452 to a size", message("TooLarge", 452), "transient", "message"],
  ["H22 8-bit and no 8BITMIME", message("EightBitUnsupported"), "permanent", "message"],
  ["H23 UTF-8 and no SMTPUTF8", message("Utf8Unsupported"), "permanent", "message"],
  ["unsendable address", message("Unsendable"), "permanent", "message"],
  ["another recipient was refused", message("OtherRecipientRefused"), "transient", "message"],

  ["H5 garbage as greeting", violation("greeting"), "transient", "host"],
  ["H17 354 after the dot", violation("final-dot"), "transient", "message"],
  ["H3 timeout of the greeting", timeout("greeting"), "transient", "host"],
  ["H19 timeout after the dot", timeout("final-dot"), "transient", "message"],
  ["H19 connection lost after the dot", connect("Lost", "final-dot"), "transient", "message"],
  ["H9 421 at RCPT", connect("ServiceClosing", "rcpt"), "transient", "message"],
  ...(["resolve", "connect", "greeting", "ehlo", "helo", "starttls", "tls", "auth"] as const).map(
    (stage): Row => [`connection lost (${stage})`, connect("Lost", stage), "transient", "host"]
  ),
  ...(["mail", "rcpt", "data", "body", "final-dot", "rset", "quit"] as const).map(
    (stage): Row => [`connection lost (${stage})`, connect("Lost", stage), "transient", "message"]
  ),

  ["no MDA", noMda, "transient", "account"],
  ["L5 recipient unfit for the MDA", badRecipient, "permanent", "recipient"],
  ...[64, 65, 67, 68, 69, 70, 77].map(
    (status): Row => [`L19 MDA exit ${status}`, mda(exited(status)), "permanent", "recipient"]
  ),
  ...[1, 2, 66, 71, 72, 73, 74, 75, 76, 78, 126, 127, 255].map(
    (status): Row => [`L19 MDA exit ${status}`, mda(exited(status)), "transient", "recipient"]
  ),
  ["L19 MDA killed", mda({ _tag: "Signalled", signal: "SIGKILL" }), "transient", "recipient"],
  ["L19 MDA timed out", mda({ _tag: "TimedOut", afterMillis: 1_000_000 }), "transient", "recipient"],
  ["MDA not startable", mda({ _tag: "NotStarted", detail: "not found" }), "transient", "account"],

  ["L17 preconnect", hook("preconnect"), "transient", "host"],
  ["L17 password_command", hook("password_command"), "transient", "account"],
  ["L17 oauth2_token_command", hook("oauth2_token_command"), "transient", "account"],
  ["disk full", queue("NoSpace"), "transient", "message"],
  ["damaged entry", queue("Corrupt"), "transient", "message"]
]

describe("what a failure is worth", () => {
  for (const [what, error, expected, family] of rows) {
    it(`${what}: ${expected}, waits for ${family}`, () => {
      assert.strictEqual(severity(error), expected)
      assert.strictEqual(retryClass(error), family)
    })
  }
})

describe("one recipient of several", () => {
  const both = recipients(["a@x", 550], ["b@x", 450])

  it("is judged by the words to it alone", () => {
    assert.strictEqual(severityOf(failed("a@x", both)), "permanent")
    assert.strictEqual(severityOf(failed("b@x", both)), "transient")
    assert.strictEqual(severityOf(delivered("c@x")), undefined)
  })

  it("of whom the refusal does not speak, is not given up", () => {
    assert.strictEqual(severityOf(failed("c@x", both)), "transient")
    assert.strictEqual(forRecipient(Mailbox("c@x"), both), both)
  })

  it("keeps any other failure as it is", () => {
    const lost = connect("Lost", "mail")
    assert.strictEqual(forRecipient(Mailbox("a@x"), lost), lost)
  })
})
