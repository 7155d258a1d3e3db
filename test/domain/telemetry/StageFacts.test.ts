import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import type { Reply } from "../../../src/domain/smtp/Reply.ts"
import * as Limits from "../../../src/domain/telemetry/Limits.ts"
import { countReply, noReplies, repliesText, stageFacts } from "../../../src/domain/telemetry/StageFacts.ts"

const reply = (code: number, lines: ReadonlyArray<string> = []): Reply => ({ code, lines })
const withStatus = (code: number, detail: number): Reply => ({
  ...reply(code),
  enhanced: { class: code < 300 ? 2 : 5, subject: 1, detail }
})

describe("stageFacts", () => {
  it("tells of TLS what an auditor asks for", () => {
    const facts = stageFacts({
      _tag: "TlsEstablished",
      tls: {
        protocol: "TLSv1.3",
        cipher: "TLS_AES_256_GCM_SHA384",
        cipherBits: 256,
        hasClientCertificate: false,
        channelBinding: {},
        certificateExpiresAt: "2027-01-01T00:00:00.000Z",
        unverified: "self-signed\u001b[31m"
      }
    })
    assert.deepStrictEqual(facts, {
      stage: "tls",
      attributes: {
        protocol: "TLSv1.3",
        cipher: "TLS_AES_256_GCM_SHA384",
        clientCertificate: false,
        certificateExpires: "2027-01-01T00:00:00.000Z",
        unverified: "self-signed\\x1b[31m"
      }
    })
  })

  it("tells the chosen mechanism before its stage has begun", () => {
    const note = { _tag: "MechanismChosen", mechanism: "PLAIN", because: "offered" } as const
    assert.deepStrictEqual(stageFacts({ _tag: "Noted", note }), {
      stage: "auth",
      attributes: { mechanism: "PLAIN" }
    })
  })

  it("never has a server's words", () => {
    const note = { _tag: "ReplyTo", stage: "auth", reply: reply(535, ["your password is s3cret"]) } as const
    const facts = stageFacts({ _tag: "Noted", note })
    assert.deepStrictEqual(facts?.attributes, {})
    assert.notInclude(repliesText(countReply(noReplies, note.reply)), "s3cret")
  })
})

describe("repliesText", () => {
  it("counts what came more than once, in the order of its coming", () => {
    const replies = [withStatus(250, 5), withStatus(550, 1), withStatus(250, 5), reply(250)]
    assert.strictEqual(repliesText(replies.reduce(countReply, noReplies)), "250 2.1.5 (2), 550 5.1.1, 250")
  })

  it("is bounded, whatever a server thinks of", () => {
    const codes = FastCheck.array(FastCheck.integer({ min: 200, max: 599 }), { maxLength: 500 })
    FastCheck.assert(
      FastCheck.property(codes, (all) => {
        const counts = all.map((code) => reply(code)).reduce(countReply, noReplies)
        assert.isAtMost(counts.size, Limits.replyKinds)
      })
    )
  })
})
