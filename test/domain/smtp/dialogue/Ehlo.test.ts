import { assert, describe, it } from "@effect/vitest"
import { mayRetryWithHelo } from "../../../../src/domain/smtp/SessionPolicy.ts"
import { ConnectFailed } from "../../../../src/domain/smtp/SmtpError.ts"
import { sessionPlan, tlsFacts, withPassword } from "./plans.ts"
import { describeScenarios, type Scenario } from "./script.ts"

const greeted = ["S: 220 hi", "C: EHLO me.example"]

const ehlo: ReadonlyArray<Scenario> = [
  ...[500, 501, 502, 504, 550, 554].map((code) => ({
    name: `H11 RFC 5321 §3.2: ${code} to EHLO is answered with HELO`,
    script: [...greeted, `S: ${code} what`, "C: HELO me.example", "S: 250 hello", "= Ready"]
  })),
  {
    name: "H11 RFC 5321 §4.1.1.1: HELO refused as well",
    script: [
      ...greeted,
      "S: 500 what",
      "C: HELO me.example",
      "S: 550 no",
      "= Fail ConnectFailed EhloRefused helo 550"
    ]
  },
  {
    name: "H11 RFC 5321 §4.1.1.1: a temporary refusal of EHLO is no reason for HELO",
    script: [...greeted, "S: 451 later", "= Fail ConnectFailed EhloRefused ehlo 451"]
  },
  {
    name: "H11 RFC 3207 §6: a forged 502 does not talk us out of TLS",
    session: { mode: "required" },
    script: [...greeted, "S: 502 what", "= Fail ConnectFailed EhloRefused ehlo 502"]
  },
  {
    name: "H11 RFC 4954 §9: nor out of AUTH",
    session: { auth: withPassword },
    script: [...greeted, "S: 502 what", "= Fail ConnectFailed EhloRefused ehlo 502"]
  },
  {
    name: "H11 RFC 5321 §3.2: HELO inside TLS is as private as EHLO",
    session: { mode: "implicit", tls: tlsFacts() },
    script: [...greeted, "S: 500 what", "C: HELO me.example", "S: 250 hello", "= Ready"]
  },
  {
    name: "H11 RFC 5321 §3.2: the second try at a server that hangs up on EHLO begins with HELO",
    session: { heloOnly: true },
    script: ["S: 220 hi", "C: HELO me.example", "S: 250 hello", "= Ready"]
  },
  {
    name: "H11 RFC 3207 §6: but not where TLS or AUTH is wanted",
    session: { heloOnly: true, mode: "required" },
    script: greeted
  },
  {
    name: "H17 RFC 5321 §4.3.2: 354 is no reply to EHLO",
    script: [...greeted, "S: 354 go", "= Fail ProtocolViolation ehlo: not a reply to EHLO"]
  },
  {
    name: "H16 RFC 5321 §4.3.2: 220 to EHLO means that replies are out of step",
    script: [...greeted, "S: 220 hi", "= Fail ProtocolViolation ehlo: not a reply to EHLO"]
  },
  {
    name: "RFC 5321 §4.3.2: nor is 354 one to HELO",
    script: [
      ...greeted,
      "S: 500 what",
      "C: HELO me.example",
      "S: 354 go",
      "= Fail ProtocolViolation helo: not a reply to HELO"
    ]
  },
  {
    name: "H6 RFC 5321 §4.2.1: a reply with different codes",
    script: [
      ...greeted,
      "S: 250-hello",
      "S: 251 SIZE",
      "= Fail ProtocolViolation ehlo: reply with different codes: 250 and 251"
    ]
  },
  {
    name: "H1 RFC 5321 §4.5.3.1.5: a line of 4 KiB is accepted",
    script: [...greeted, `S: 250 ${"x".repeat(4096)}`, "= Ready"]
  },
  {
    name: "H1 RFC 5321 §4.5.3.1.5: a line of 1 MiB is not",
    script: [...greeted, `S: 250 ${"x".repeat(1 << 20)}`, "= Fail ProtocolViolation ehlo: reply too long"]
  },
  {
    name: "H1 RFC 5321 §4.5.3.1.5: nor one without end",
    script: [...greeted, `S~ 250 ${"x".repeat(8200)}`, "= Fail ProtocolViolation ehlo: reply too long"]
  },
  {
    name: "H2 H12 RFC 5321 §4.1.1.1: endless short lines are cut off",
    script: [
      ...greeted,
      ...Array.from({ length: 10_000 }, () => "S: 250-A"),
      "= Fail ProtocolViolation ehlo: reply of too many lines"
    ]
  },
  {
    name: "H2 RFC 5321 §4.5.3.1.5: so are endless long ones",
    script: [
      ...greeted,
      ...Array.from({ length: 20 }, () => `S: 250-${"x".repeat(4000)}`),
      "= Fail ProtocolViolation ehlo: reply too long"
    ]
  },
  {
    name: "H5 RFC 5321 §4.2: NUL and ESC in a text are text",
    script: [...greeted, "S~ 250 \\0\u001b[31m\\r\\n", "= Ready"]
  }
]

describeScenarios("EHLO and HELO", ehlo)

describe("the second connection, with HELO", () => {
  const hungUp = new ConnectFailed({ peer: sessionPlan().peer, stage: "ehlo", reason: "Lost" })

  it("is for servers that hang up on EHLO (H11 RFC 5321 §3.2)", () => {
    assert.isTrue(mayRetryWithHelo(sessionPlan(), hungUp))
    assert.isFalse(mayRetryWithHelo(sessionPlan({ heloOnly: true }), hungUp))
    const later = new ConnectFailed({ peer: sessionPlan().peer, stage: "mail", reason: "Lost" })
    assert.isFalse(mayRetryWithHelo(sessionPlan(), later))
  })

  it("is not for sessions that need TLS or AUTH (RFC 3207 §6)", () => {
    assert.isFalse(mayRetryWithHelo(sessionPlan({ mode: "required" }), hungUp))
    assert.isFalse(mayRetryWithHelo(sessionPlan({ auth: withPassword }), hungUp))
  })
})
