import { assert, describe, it } from "@effect/vitest"
import {
  addressFindings,
  checkJson,
  checkStatus,
  type Finding,
  failed,
  findingLine,
  sessionFindings
} from "../../../src/domain/invocation/CheckReport.ts"
import { SysExit } from "../../../src/domain/invocation/SysExit.ts"
import type { TlsFacts } from "../../../src/domain/smtp/DialogueTypes.ts"
import { ConnectFailed } from "../../../src/domain/smtp/SmtpError.ts"
import type { SessionEvent } from "../../../src/domain/telemetry/SessionEvent.ts"
import { sessionPlan, tlsFacts } from "../smtp/dialogue/plans.ts"

const { relay, peer } = sessionPlan()
const now = Date.parse("2026-11-25T12:00:00Z")

const secured = (change: Partial<TlsFacts>): SessionEvent => ({
  _tag: "TlsEstablished",
  tls: tlsFacts(change)
})
const greeted = (text: string): SessionEvent => ({
  _tag: "Received",
  bytes: new TextEncoder().encode(`220 relay.example ${text}\r\n`)
})

const lines = (...events: ReadonlyArray<SessionEvent>) => sessionFindings(events, relay, now).map(findingLine)

describe("esmtp check", () => {
  it("names every address, and lets a dead one beside a living one be a note", () => {
    const found = addressFindings(relay, [
      { address: "2001:db8::1", failure: "network unreachable" },
      { address: "192.0.2.1" }
    ])
    assert.deepStrictEqual(found.map(findingLine), [
      "ok      dns            relay.example: 2001:db8::1, 192.0.2.1",
      "note    address        2001:db8::1: network unreachable",
      "ok      address        192.0.2.1: answers"
    ])
    assert.strictEqual(checkStatus(found), SysExit.Ok)
  })

  it("does not wake anybody over a relay that offers no TLS where none is asked for", () => {
    const note = { _tag: "ContinuingInClear", because: "STARTTLS is not offered" } as const
    const found = sessionFindings([{ _tag: "Noted", note }], relay, now)
    assert.deepStrictEqual(
      found.map(({ subject, verdict }) => [subject, verdict]),
      [["tls", "note"]]
    )
    assert.strictEqual(checkStatus(found), SysExit.Ok)
  })

  const expiries: ReadonlyArray<readonly [expiry: string, verdict: Finding["verdict"], days: string]> = [
    ["2026-12-09T12:00:00Z", "ok", "14 days left"],
    ["2026-12-09T11:59:59Z", "warning", "13 days left"],
    ["2026-11-25T11:00:00Z", "warning", "-1 days left"]
  ]
  for (const [certificateExpiresAt, verdict, days] of expiries) {
    it(`makes a certificate with ${days} ${verdict}`, () => {
      const [, certificate] = sessionFindings([secured({ certificateExpiresAt })], relay, now)
      assert.deepStrictEqual([certificate?.subject, certificate?.verdict], ["certificate", verdict])
      assert.include(certificate?.text, days)
    })
  }

  it("warns of a certificate that proves nothing, for monitoring", () => {
    const found = sessionFindings([secured({ unverified: "self-signed certificate" })], relay, now)
    assert.strictEqual(checkStatus(found), SysExit.TempFail)
    assert.isTrue(found.some(({ text }) => text === "not verified: self-signed certificate"))
  })

  it("compares clocks with a server that tells its own", () => {
    assert.include(
      lines(greeted("Wed, 25 Nov 2026 11:59:30 +0000")).join("\n"),
      "ok      clock          30 s ahead of the server"
    )
    assert.include(
      lines(greeted("Wed, 25 Nov 2026 12:10:00 +0000")).join("\n"),
      "WARNING clock          600 s behind the server"
    )
    assert.notInclude(lines(greeted("ESMTP ready")).join("\n"), "clock")
  })

  it("prints nothing of a server's that could move a cursor", () => {
    for (const line of lines(greeted("\u001b[2J\u0007"))) assert.notMatch(line, /\p{Cc}/u)
  })

  it("exits as a delivery would that fails for the same reason, whatever else it warns of", () => {
    const error = new ConnectFailed({ peer, stage: "resolve", reason: "NameNotFound" })
    const found = [...sessionFindings([secured({ unverified: "no" })], relay, now), failed("dns", error)]
    assert.strictEqual(checkStatus(found), SysExit.NoHost)
    const json = JSON.parse(JSON.stringify(checkJson(found)))
    assert.strictEqual(json.status, SysExit.NoHost)
    assert.deepStrictEqual(Object.keys(json.findings[0]), ["subject", "verdict", "text"])
  })
})
