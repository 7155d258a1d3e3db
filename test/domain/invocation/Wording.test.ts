import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import type { EsmtpError } from "../../../src/domain/invocation/SysExits.ts"
import { UsageError } from "../../../src/domain/invocation/UsageError.ts"
import { errorLine, outcomeLines, replyWords } from "../../../src/domain/invocation/Wording.ts"
import { MdaFailed } from "../../../src/domain/mda/MdaError.ts"
import { MessageRejected } from "../../../src/domain/smtp/SmtpError.ts"
import {
  auth,
  badRecipient,
  config,
  connect,
  delivered,
  exited,
  failed,
  hook,
  inMessage,
  mda,
  message,
  noMda,
  peer,
  queue,
  recipients,
  reply,
  sender,
  timeout,
  tls,
  violation
} from "./failures.ts"

const at = "smtp.example.org:587"

const lines: ReadonlyArray<readonly [error: EsmtpError, line: string]> = [
  [new UsageError({ detail: "invalid option -- 'y'" }), "invalid option -- 'y'"],
  [config("Unsafe"), "/rc: detail"],
  [inMessage("NoRecipients"), "detail"],
  [queue("NoSpace"), "queue: open /q/tmp/1: detail"],
  [connect("NameNotFound", "resolve"), `cannot find ${at} (resolve): no such host name`],
  [connect("NameLookupFailed", "resolve"), `cannot find ${at} (resolve): name lookup failed`],
  [connect("ServiceUnknown", "resolve"), `cannot connect to ${at} (resolve): unknown service or port`],
  [connect("Refused"), `cannot connect to ${at} (connect): connection refused`],
  [
    connect("Unreachable", "connect", { ...peer, address: "192.0.2.1" }),
    `cannot connect to ${at} [192.0.2.1] (connect): host unreachable`
  ],
  [
    connect("Refused", "connect", { ...peer, address: peer.host }),
    `cannot connect to ${at} (connect): connection refused`
  ],
  [connect("Lost", "mail"), `connection lost to ${at} (mail)`],
  [
    connect("Lost", "final-dot"),
    `connection lost to ${at} (final-dot): the server may have taken the message, another try may be a duplicate`
  ],
  [connect("ServiceClosing", "rcpt"), `session closed by ${at} (rcpt)`],
  [connect("GreetingRefused", "greeting"), `session refused by ${at} (greeting)`],
  [connect("HeloNameUnusable", "ehlo"), `no usable EHLO name for ${at} (ehlo)`],
  [tls("NotOffered"), `STARTTLS not offered by ${at} (starttls): detail`],
  [
    tls("Certificate", "certificate has expired"),
    `certificate not accepted from ${at} (tls): certificate has expired`
  ],
  [tls("Handshake", ""), `TLS handshake failed with ${at} (tls)`],
  [auth("Rejected", 535), `authentication refused by ${at} (auth PLAIN): 535 words`],
  [
    auth("Rejected", 535, undefined, "token refused (status 401)"),
    `authentication refused by ${at} (auth PLAIN): token refused (status 401): 535 words`
  ],
  [auth("PlaintextRefused"), `authentication failed at ${at} (auth PLAIN): detail`],
  [sender(550), `sender <me@y> refused by ${at} (mail): 550 words`],
  [
    recipients(["a@x", 550, "5.1.1 No such user"]),
    `recipient <a@x> refused by ${at} (rcpt): 550 5.1.1 No such user`
  ],
  [message("Refused", 554), `message refused by ${at} (final-dot): 554 words`],
  [message("TooLarge"), `message larger than accepted by ${at} (final-dot)`],
  [
    new MessageRejected({ peer, reason: "EightBitUnsupported", stage: "mail", enhanced: "5.6.3" }),
    `message has 8-bit content, 8BITMIME not offered by ${at} (mail): 5.6.3`
  ],
  [violation("ehlo"), `protocol violation by ${at} (ehlo): no digits`],
  [timeout("greeting"), `timed out after 300 s at ${at} (greeting)`],
  [
    timeout("final-dot"),
    `timed out after 300 s at ${at} (final-dot): the server may have taken the message, another try may be a duplicate`
  ],
  [noMda, "Local delivery not possible without a MDA"],
  [badRecipient, "recipient not fit for the command line of the MDA"],
  [mda(exited(67)), "MDA returned nonzero status 67 (mda): procmail -d bob"],
  [mda({ _tag: "Signalled", signal: "SIGKILL" }), "MDA died of signal SIGKILL (mda): procmail -d bob"],
  [
    new MdaFailed({ reason: "Failed", command: "lda", end: exited(1), output: "\nNo space\nleft" }),
    "MDA returned nonzero status 1 (mda): lda: No space"
  ],
  [hook("preconnect", exited(3)), 'Pre-connect command "ssh -f tunnel" exited with non-zero status 3'],
  [
    hook("postconnect", { _tag: "Signalled", signal: "SIGINT" }),
    'Post-connect command "ssh -f tunnel" received signal SIGINT'
  ],
  [
    hook("preconnect", { _tag: "TimedOut", afterMillis: 60_000 }),
    'Pre-connect command "ssh -f tunnel": no end after 60 s'
  ]
]

describe("errorLine", () => {
  for (const [error, line] of lines) it(line, () => assert.strictEqual(errorLine(error), `esmtp: ${line}`))

  it("L2: does not show a command that fetches a secret", () => {
    assert.strictEqual(
      errorLine(hook("password_command")),
      "esmtp: password_command exited with non-zero status 1"
    )
    assert.notInclude(errorLine(hook("oauth2_token_command", { _tag: "TimedOut", afterMillis: 1 })), "ssh")
  })

  it("H26: whatever a server says, it stays one line without terminal controls", () => {
    FastCheck.assert(
      FastCheck.property(FastCheck.string({ unit: "binary", maxLength: 3000 }), (text) => {
        const hostile = [
          recipients(["a@x", 550, text]),
          message("Refused", 554, text),
          sender(553, text),
          tls("Handshake", text)
        ]
        for (const error of hostile) {
          assert.notMatch(errorLine(error), /[\p{Cc}\u2028\u2029\u202a-\u202e]/u)
          assert.isAtMost(errorLine(error).length, 2 * 1000 + 10)
        }
      })
    )
  })
})

describe("replyWords", () => {
  it("puts the lines of a reply on one", () => {
    assert.strictEqual(replyWords({ code: 550, lines: ["no ", " such user"] }), "550 no such user")
    assert.strictEqual(replyWords({ code: 250, lines: [] }), "250")
    assert.strictEqual(replyWords({ code: 250, lines: [""] }), "250")
  })

  it("says an enhanced status code once", () => {
    const lines = ["5.7.26 This mail", "5.7.26 is unauthenticated", "5.7.26"]
    assert.strictEqual(replyWords({ code: 550, lines }), "550 5.7.26 This mail is unauthenticated")
    assert.strictEqual(replyWords({ code: 550, lines: ["5.7.1 a", "5.7.2 b"] }), "550 5.7.1 a 5.7.2 b")
    assert.strictEqual(
      replyWords({ code: 550, lines: ["version 1.2.3", "1.2.3"] }),
      "550 version 1.2.3 1.2.3"
    )
  })

  it("cuts what is too long", () => {
    assert.isAtMost(replyWords(reply(550, "x".repeat(10_000))).length, 600)
  })
})

describe("outcomeLines", () => {
  it("has nothing to say of what was delivered", () => {
    assert.deepStrictEqual(outcomeLines([delivered("a@x"), delivered("b@x")]), [])
  })

  it("names each refused recipient with the words to it", () => {
    const both = recipients(["a@x", 550, "unknown"], ["b@x", 450, "full"])
    assert.deepStrictEqual(outcomeLines([failed("a@x", both), delivered("c@x"), failed("b@x", both)]), [
      `esmtp: recipient <a@x> refused by ${at} (rcpt): 550 unknown`,
      `esmtp: recipient <b@x> refused by ${at} (rcpt): 450 full`
    ])
  })

  it("tells once what befell several alike, and names the first three", () => {
    const down = ["a@x", "b@x", "c@x", "d@x", "e@x"].map((mailbox) => failed(mailbox, connect("Refused")))
    assert.deepStrictEqual(outcomeLines(down), [
      `esmtp: <a@x>, <b@x>, <c@x> and 2 more: cannot connect to ${at} (connect): connection refused`
    ])
  })

  it("names the recipient of a failure that concerns one", () => {
    assert.deepStrictEqual(outcomeLines([failed("root", noMda)]), [
      "esmtp: <root>: Local delivery not possible without a MDA"
    ])
  })
})
