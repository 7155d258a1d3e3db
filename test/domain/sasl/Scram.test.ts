import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Redacted from "effect/Redacted"
import { start } from "../../../src/domain/sasl/Mechanisms.ts"
import { fromBase64, utf8 } from "../../../src/domain/sasl/Octets.ts"
import type { ChannelBinding, SaslStart } from "../../../src/domain/sasl/Sasl.ts"
import type { ScramName } from "../../../src/domain/sasl/Scram.ts"
import { withRandom } from "./cryptoForTests.ts"
import { octets, problemOf, text } from "./saslAssertions.ts"

const credentials = { username: "user", password: Redacted.make("pencil") }

const nonceOf = (base64: string) => octets(fromBase64(base64))

interface Setting {
  readonly name: ScramName
  readonly nonce: string
  readonly binding?: ChannelBinding
  readonly offered?: ReadonlyArray<string>
  readonly username?: string
  readonly password?: string
}

const begin = (setting: Setting): SaslStart =>
  Either.getOrThrow(
    start(
      setting.name,
      {
        username: setting.username ?? credentials.username,
        password: Redacted.make(setting.password ?? "pencil")
      },
      setting.binding,
      withRandom(nonceOf(setting.nonce)),
      { host: "mail.example.org", service: "587", offered: setting.offered ?? [setting.name] }
    )
  )

const sha1 = { name: "SCRAM-SHA-1", nonce: "fyko+d2lbbFgONRv9qkxdawL" } as const
const sha1First = "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096"
const sha256 = { name: "SCRAM-SHA-256", nonce: "rOprNGfwEbeRWgbNEkqO" } as const
const sha256First = "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"

const answer = (opening: SaslStart, challenge: string) => opening.exchange.respond(utf8(challenge))

describe("SCRAM-SHA-1", () => {
  it("reproduces the exchange of RFC 5802 §5", () => {
    const opening = begin(sha1)
    assert.strictEqual(text(opening.initialResponse), "n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL")
    const first = Either.getOrThrow(answer(opening, sha1First))
    assert.strictEqual(
      text(first.response),
      "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts="
    )
    const last = Either.getOrThrow(first.exchange.respond(utf8("v=rmF9pqV8S7suAoZWja4dJRkFsKQ=")))
    assert.strictEqual(text(last.response), "")
    assert.isTrue(Either.isRight(last.exchange.conclude))
  })
})

describe("SCRAM-SHA-256", () => {
  it("reproduces the exchange of RFC 7677 §3", () => {
    const opening = begin(sha256)
    assert.strictEqual(text(opening.initialResponse), "n,,n=user,r=rOprNGfwEbeRWgbNEkqO")
    const first = Either.getOrThrow(answer(opening, sha256First))
    assert.strictEqual(
      text(first.response),
      "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
    )
    const last = Either.getOrThrow(
      first.exchange.respond(utf8("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="))
    )
    assert.isTrue(Either.isRight(last.exchange.conclude))
  })
})

describe("the server's proof", () => {
  const afterFirst = () => Either.getOrThrow(answer(begin(sha256), sha256First)).exchange

  it("is demanded even when the server says 235 (A3)", () => {
    assert.strictEqual(problemOf(begin(sha256).exchange.conclude).reason, "ServerUnverified")
    assert.strictEqual(problemOf(afterFirst().conclude).reason, "ServerUnverified")
  })

  it("is refused when it is not the right one (A3)", () => {
    const wrong = "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95GA="
    assert.strictEqual(problemOf(afterFirst().respond(utf8(wrong))).reason, "ServerUnverified")
    assert.strictEqual(problemOf(afterFirst().respond(utf8("v=AAAA"))).reason, "ServerUnverified")
  })

  it("is refused when it is malformed", () => {
    for (const final of ["", "v=", "v=***", "V=AAAA", "x", "=", "v"]) {
      assert.strictEqual(problemOf(afterFirst().respond(utf8(final))).reason, "BadChallenge", final)
    }
  })

  it("may be replaced by an error, told in the words of RFC 5802 only (A3)", () => {
    assert.include(problemOf(afterFirst().respond(utf8("e=invalid-proof"))).detail, "invalid-proof")
    const hostile = problemOf(afterFirst().respond(utf8("e=\u001b[2Jpencil"))).detail
    assert.include(hostile, "other-error")
    assert.notInclude(hostile, "pencil")
  })

  it("ends the exchange: a further challenge is refused", () => {
    const last = Either.getOrThrow(
      afterFirst().respond(utf8("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="))
    )
    assert.strictEqual(problemOf(last.exchange.respond(utf8("v=AAAA"))).reason, "BadChallenge")
  })
})

describe("the server's first message", () => {
  const ours = "rOprNGfwEbeRWgbNEkqO"
  const refused: ReadonlyArray<readonly [string, string]> = [
    ["an empty challenge", ""],
    ["a nonce that is ours alone", `r=${ours},s=AAAA,i=4096`],
    ["a nonce that is not ours", "r=rOprNGfwEbeRWgbNEkqX123,s=AAAA,i=4096"],
    ["ours at the end of the nonce", `r=x${ours},s=AAAA,i=4096`],
    ["a control character in the nonce", `r=${ours}\u0001,s=AAAA,i=4096`],
    ["one iteration", `r=${ours}x,s=AAAA,i=1`],
    ["fewer iterations than RFC 5802 asks for", `r=${ours}x,s=AAAA,i=4095`],
    ["a thousand million iterations", `r=${ours}x,s=AAAA,i=1000000000`],
    ["more iterations than we are willing to do", `r=${ours}x,s=AAAA,i=1000001`],
    ["iterations beyond any integer", `r=${ours}x,s=AAAA,i=${"9".repeat(400)}`],
    ["a negative count", `r=${ours}x,s=AAAA,i=-4096`],
    ["a count with a leading zero", `r=${ours}x,s=AAAA,i=04096`],
    ["a fractional count", `r=${ours}x,s=AAAA,i=4096.5`],
    ["no count", `r=${ours}x,s=AAAA`],
    ["an empty salt", `r=${ours}x,s=,i=4096`],
    ["a salt that is not base64", `r=${ours}x,s=A*AA,i=4096`],
    ["a salt with a line end in it", `r=${ours}x,s=AA\r\nAA,i=4096`],
    ["attributes in another order", `s=AAAA,r=${ours}x,i=4096`],
    ["a mandatory extension", `m=ext,r=${ours}x,s=AAAA,i=4096`],
    ["an error", "e=unknown-user"]
  ]

  it.each(refused)("is refused: %s (A3)", (_, challenge) => {
    assert.strictEqual(problemOf(answer(begin(sha256), challenge)).reason, "BadChallenge")
  })

  it("is refused when it is not UTF-8", () => {
    const challenge = Uint8Array.of(0x72, 0x3d, 0xff, 0xfe)
    assert.strictEqual(problemOf(begin(sha256).exchange.respond(challenge)).reason, "BadChallenge")
  })

  it("may carry optional extensions, which enter the signed text", () => {
    const answered = Either.getOrThrow(answer(begin(sha256), `${sha256First},x=later`))
    assert.notInclude(text(answered.response), "dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=")
  })

  it("is never a reason to throw", () => {
    FastCheck.assert(
      FastCheck.property(FastCheck.uint8Array({ maxLength: 300 }), (challenge) => {
        assert.isTrue(Either.isEither(begin(sha256).exchange.respond(challenge)))
      })
    )
  })
})

describe("channel binding", () => {
  const exporter = utf8("exported keying material of 32 by")
  const serverEndPoint = utf8("hash of the certificate")
  const plus = { name: "SCRAM-SHA-256-PLUS", nonce: sha256.nonce } as const

  it("prefers the exporter, which is there with TLS 1.3", () => {
    const opening = begin({ ...plus, binding: { exporter, serverEndPoint } })
    assert.strictEqual(text(opening.initialResponse), `p=tls-exporter,,n=user,r=${sha256.nonce}`)
    const answered = Either.getOrThrow(answer(opening, sha256First))
    const bound = Buffer.concat([Buffer.from("p=tls-exporter,,"), exporter]).toString("base64")
    assert.isTrue(text(answered.response).startsWith(`c=${bound},r=`))
  })

  it("falls back to the certificate's hash", () => {
    const opening = begin({ ...plus, binding: { serverEndPoint } })
    assert.isTrue(text(opening.initialResponse).startsWith("p=tls-server-end-point,,n=user,"))
  })

  it("is impossible without a channel", () => {
    for (const binding of [undefined, {}]) {
      const result = start(plus.name, credentials, binding, withRandom(utf8("nonce")), {
        host: "h",
        service: "25",
        offered: []
      })
      assert.strictEqual(problemOf(result).reason, "BadCredentials")
    }
  })

  it("is announced with y when the server lacks -PLUS, so that a stripped list is noticed (A3)", () => {
    const opening = begin({ ...sha256, binding: { exporter } })
    assert.isTrue(text(opening.initialResponse).startsWith("y,,"))
    assert.isTrue(text(Either.getOrThrow(answer(opening, sha256First)).response).startsWith("c=eSws,"))
  })

  it("is announced with n when the server has -PLUS and the plain variant was chosen all the same", () => {
    const offered = ["SCRAM-SHA-256", "SCRAM-SHA-256-PLUS"]
    const opening = begin({ ...sha256, binding: { exporter }, offered })
    assert.isTrue(text(opening.initialResponse).startsWith("n,,"))
  })

  it("is announced with n when there is nothing to bind to", () => {
    assert.isTrue(text(begin(sha256).initialResponse).startsWith("n,,"))
  })
})

describe("names and passwords", () => {
  it("escapes what separates attributes", () => {
    assert.include(text(begin({ ...sha256, username: "a=b,c" }).initialResponse), "n=a=3Db=2Cc,r=")
  })

  it("prepares the password, so that looking alike is being alike (A4)", () => {
    const composed = Either.getOrThrow(
      answer(begin({ ...sha256, password: "p\u00e4ss\u00a0w" }), sha256First)
    )
    const decomposed = Either.getOrThrow(
      answer(begin({ ...sha256, password: "pa\u0308\u00adss w" }), sha256First)
    )
    assert.strictEqual(text(composed.response), text(decomposed.response))
  })

  it("refuses NUL and what SASLprep prohibits (A4)", () => {
    for (const password of ["", "a\0b", "a\u0007b", "\u0627\u0031", "\u00ad"]) {
      const result = start(
        "SCRAM-SHA-1",
        { username: "u", password: Redacted.make(password) },
        undefined,
        withRandom(utf8("n")),
        {
          host: "h",
          service: "25",
          offered: []
        }
      )
      assert.strictEqual(problemOf(result).reason, "BadCredentials")
    }
  })
})
