import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import { byPermanence, mostPermanent, SysExit } from "../../../src/domain/invocation/SysExit.ts"
import { type EsmtpError, fromError, fromOutcomes } from "../../../src/domain/invocation/SysExits.ts"
import { UsageError } from "../../../src/domain/invocation/UsageError.ts"
import type { Outcome } from "../../../src/domain/mail/Outcome.ts"
import { OutputError } from "../../../src/domain/telemetry/OutputError.ts"
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
  queue,
  recipients,
  sender,
  timeout,
  tls,
  violation
} from "./failures.ts"

const statuses: ReadonlyArray<readonly [what: string, error: EsmtpError, status: number]> = [
  ["usage", new UsageError({ detail: "detail" }), 64],
  ["bad address", inMessage("BadAddress"), 65],
  ["no recipients", inMessage("NoRecipients"), 65],
  ["header too large", inMessage("HeaderTooLarge"), 65],
  ["too many hops", inMessage("TooManyHops"), 65],
  ["stdin unreadable", inMessage("Unreadable"), 74],
  ["temporary file", inMessage("SpoolFailed"), 74],
  ["interrupted", inMessage("Interrupted"), 75],
  ["no configuration", config("NotFound"), 78],
  ["unsafe configuration", config("Unsafe"), 78],
  ["syntax of the configuration", config("Syntax"), 78],
  ["-X not writable", new OutputError({ path: "/x", detail: "denied" }), 73],

  ["no such host", connect("NameNotFound", "resolve"), 68],
  ["name lookup", connect("NameLookupFailed", "resolve"), 75],
  ["unknown service", connect("ServiceUnknown", "resolve"), 78],
  ["EHLO name", connect("HeloNameUnusable", "ehlo"), 78],
  ["refused", connect("Refused"), 75],
  ["unreachable", connect("Unreachable"), 75],
  ["lost", connect("Lost", "final-dot"), 75],
  ["421", connect("ServiceClosing", "mail"), 75],
  ["H10 554 greeting", connect("GreetingRefused", "greeting"), 75],
  ["EHLO refused", connect("EhloRefused", "ehlo"), 75],

  ["T4 STARTTLS not offered", tls("NotOffered"), 75],
  ["T5 STARTTLS refused", tls("Refused"), 75],
  ["T1 injection", tls("Injection"), 76],
  ["handshake", tls("Handshake"), 75],
  ["certificate", tls("Certificate"), 77],
  ["L13 own TLS files", tls("Store"), 78],

  ["A1 535", auth("Rejected", 535), 77],
  ["A1 454", auth("Unavailable", 454), 75],
  ["A1 432", auth("Rejected", 432), 75],
  ["A1 534", auth("MechanismUnusable", 534), 77],
  ["T10 plaintext", auth("PlaintextRefused"), 77],
  ["not offered", auth("NotOffered"), 77],
  ["no credentials", auth("NoCredentials"), 77],
  ["bad challenge", auth("BadChallenge"), 77],
  ["A3 unverified server", auth("ServerUnverified"), 77],

  ["MAIL 550", sender(550), 69],
  ["MAIL 451", sender(451), 75],
  ["MAIL 530", sender(530), 77],
  ["RCPT 550", recipients(["a@x", 550]), 67],
  ["RCPT 450", recipients(["a@x", 450]), 75],
  ["RCPT 530", recipients(["a@x", 530]), 77],
  ["message 554", message("Refused", 554), 69],
  ["message 451", message("Refused", 451), 75],
  ["too large", message("TooLarge"), 69],
  ["8-bit", message("EightBitUnsupported"), 69],
  ["UTF-8", message("Utf8Unsupported"), 69],
  ["unsendable", message("Unsendable"), 65],
  ["other recipient", message("OtherRecipientRefused"), 75],
  ["H5 garbage", violation("greeting"), 76],
  ["timeout", timeout("final-dot"), 75],

  ["no MDA", noMda, 72],
  ["L5 MDA recipient", badRecipient, 65],
  ["L19 MDA exit 75", mda(exited(75)), 75],
  ["MDA exit 1", mda(exited(1)), 71],
  ["MDA exit 64", mda(exited(64)), 69],
  ["MDA exit 65", mda(exited(65)), 65],
  ["MDA exit 67", mda(exited(67)), 67],
  ["MDA exit 69", mda(exited(69)), 69],
  ["MDA exit 70", mda(exited(70)), 69],
  ["MDA exit 77", mda(exited(77)), 77],
  ["MDA exit 127", mda(exited(127)), 71],
  ["MDA killed", mda({ _tag: "Signalled", signal: "SIGSEGV" }), 71],
  ["MDA timed out", mda({ _tag: "TimedOut", afterMillis: 1 }), 75],
  ["MDA not startable", mda({ _tag: "NotStarted", detail: "not found" }), 71],

  ["preconnect", hook("preconnect"), 75],
  ["preconnect killed", hook("preconnect", { _tag: "Signalled", signal: "SIGINT" }), 75],
  ["password_command not startable", hook("password_command", { _tag: "NotStarted", detail: "no" }), 78],
  ["password_command prints nothing", hook("password_command", { _tag: "BadOutput", detail: "empty" }), 78],
  ["disk full", queue("NoSpace"), 75],
  ["queue not writable", queue("Permission"), 73],
  ["queue unsafe", queue("Unsafe"), 77],
  ["I/O error", queue("Io"), 74],
  ["damaged entry", queue("Corrupt"), 74],
  ["unknown format", queue("Unsupported"), 78],
  ["no such entry", queue("NotFound"), 66]
]

describe("fromError", () => {
  for (const [what, error, status] of statuses) {
    it(`${what}: ${status}`, () => assert.strictEqual(fromError(error), status))
  }
})

describe("fromOutcomes", () => {
  const cases: ReadonlyArray<readonly [what: string, outcomes: ReadonlyArray<Outcome>, status: number]> = [
    ["nothing to do", [], 0],
    ["all delivered", [delivered("a@x"), delivered("b@x")], 0],
    [
      "all refused for good",
      [failed("a@x", recipients(["a@x", 550])), failed("b@x", recipients(["b@x", 550]))],
      67
    ],
    ["one delivered, one refused", [delivered("a@x"), failed("b@x", recipients(["b@x", 550]))], 67],
    [
      "one refused for good, one for now",
      [failed("a@x", recipients(["a@x", 450])), failed("b@x", recipients(["b@x", 550]))],
      67
    ],
    ["one delivered, one refused for now", [delivered("a@x"), failed("b@x", recipients(["b@x", 450]))], 75],
    [
      "one refused, the other not sent for it",
      [failed("a@x", recipients(["a@x", 550])), failed("b@x", message("OtherRecipientRefused"))],
      67
    ],
    ["relay down, no MDA", [failed("a@x", connect("Refused")), failed("root", noMda)], 72],
    ["relay delivered, MDA to try again", [delivered("a@x"), failed("root", mda(exited(75)))], 75],
    [
      "refused message and refused recipient",
      [failed("a@x", message("Refused", 554)), failed("b@x", recipients(["b@x", 550]))],
      69
    ]
  ]
  for (const [what, outcomes, status] of cases) {
    it(`${what}: ${status}`, () => assert.strictEqual(fromOutcomes(outcomes), status))
  }

  it("judges each recipient of one refusal by the words to it", () => {
    const both = recipients(["a@x", 550], ["b@x", 450])
    assert.strictEqual(fromOutcomes([failed("b@x", both)]), SysExit.TempFail)
    assert.strictEqual(fromOutcomes([failed("a@x", both), failed("b@x", both)]), SysExit.NoUser)
  })

  it("does not depend on the order", () => {
    const outcome = FastCheck.constantFrom(
      delivered("a@x"),
      ...statuses.flatMap(([, error]) => {
        switch (error._tag) {
          case "UsageError":
          case "ConfigError":
          case "MessageError":
          case "OutputError":
            return []
          default:
            return [failed("a@x", error)]
        }
      })
    )
    FastCheck.assert(
      FastCheck.property(FastCheck.array(outcome, { maxLength: 5 }), (outcomes) => {
        assert.strictEqual(fromOutcomes(outcomes), fromOutcomes(outcomes.toReversed()))
      })
    )
  })

  it("is 0 only if nothing failed", () => {
    for (const [, error] of statuses) assert.notStrictEqual(fromError(error), SysExit.Ok)
  })
})

describe("byPermanence", () => {
  it("has every status once, success last and try again before it", () => {
    assert.deepStrictEqual(byPermanence.toSorted(), Object.values(SysExit).toSorted())
    assert.deepStrictEqual(byPermanence.slice(-2), [SysExit.TempFail, SysExit.Ok])
    assert.strictEqual(mostPermanent([]), SysExit.Ok)
  })
})
