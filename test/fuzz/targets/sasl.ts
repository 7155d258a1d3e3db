/** What a server answers to AUTH, and the certificate that it shows. */
import { strict as assert } from "node:assert"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Mechanisms from "../../../src/domain/sasl/Mechanisms.ts"
import { parseAvPairs, parseChallenge } from "../../../src/domain/sasl/NtlmMessages.ts"
import { fromBase64, toBase64 } from "../../../src/domain/sasl/Octets.ts"
import type { Credentials, SaslExchange } from "../../../src/domain/sasl/Sasl.ts"
import { saslPrep } from "../../../src/domain/sasl/SaslPrep.ts"
import { parseServerFinal, parseServerFirst } from "../../../src/domain/sasl/ScramMessages.ts"
import { mechanismNames } from "../../../src/domain/smtp/Relay.ts"
import * as LeafCertificate from "../../../src/domain/smtp/tls/LeafCertificate.ts"
import { nodeCrypto } from "../../domain/sasl/cryptoForTests.ts"
import { type Target, toOctets, toText, toUtf8 } from "../Target.ts"

/** Bounds are the parser's affair; how long a digest takes is not. */
const crypto = {
  ...nodeCrypto,
  pbkdf2: (
    _algorithm: "sha1" | "sha256",
    _password: Uint8Array,
    _salt: Uint8Array,
    _count: number,
    bytes: number
  ) => new Uint8Array(bytes).fill(7),
  randomBytes: (count: number) => new Uint8Array(count),
  nowMillis: () => 0
}

const credentials: Credentials = {
  username: "user",
  password: Redacted.make("pencil"),
  token: Redacted.make("t0ken")
}

const mutual = /^SCRAM/

/** The first octet chooses the mechanism, 0xfe ends each challenge. */
const exchange: Target = {
  name: "sasl-exchange",
  seeds: [
    "\x01r=AAAAAAAAAAAAAAAAAAAAAAAAx,s=QUFB,i=4096\xfev=AAAA\xfe",
    "\x00r=AAAAAAAAAAAAAAAAAAAAAAAAx,s=QUFB,i=4096,ext=1\xfee=other-error\xfe",
    "\x07<1.2@example.org>\xfe",
    "\x08NTLMSSP\0\x02\0\0\0\0\0\0\0\x38\0\0\0\x01\0\0\0abcdefgh",
    "\x0aUsername:\xfePassword:\xfe",
    '\x05{"status":"400"}\xfe'
  ],
  check: (input) => {
    const name = mechanismNames[(input[0] ?? 0) % mechanismNames.length]
    if (name === undefined) return
    const binding = { exporter: new Uint8Array(32) }
    const context = { host: "h", service: "587", offered: [name] }
    const started = Mechanisms.start(name, credentials, binding, crypto, context)
    assert.ok(Either.isRight(started))
    let current: SaslExchange = started.right.exchange
    for (const text of toText(input.subarray(1)).split("\xfe")) {
      const turn = current.respond(toOctets(text))
      if (Either.isLeft(turn)) {
        assert.ok(!turn.left.detail.includes("pencil"))
        break
      }
      assert.ok(turn.right.response.length <= 65_536)
      current = turn.right.exchange
    }
    // Nobody who doesn't know the password can sign for it.
    if (mutual.test(name)) assert.ok(Either.isLeft(current.conclude), "unproven success")
  }
}

const ntlm: Target = {
  name: "ntlm",
  seeds: [
    "NTLMSSP\0\x02\0\0\0\x04\0\x04\0\x38\0\0\0\x05\x82\x8a\xa2abcdefgh\0\0\0\0\0\0\0\0\x08\0\x08\0\x3c\0\0\0\0\0\0\0\0\0\0\0D\0O\0\x02\0\x04\0D\0O\0\0\0\0\0",
    "\x02\0\x04\0D\0O\0\x07\0\x08\0aaaaaaaa\0\0\0\0"
  ],
  check: (input) => {
    Either.map(parseChallenge(input), ({ serverChallenge }) => assert.equal(serverChallenge.length, 8))
    Either.map(parseAvPairs(input), (pairs) =>
      assert.ok(pairs.reduce((sum, { value }) => sum + value.length, 0) <= input.length)
    )
  }
}

const scram: Target = {
  name: "scram",
  seeds: ["r=abc,s=QUFB,i=4096", "v=QUFB", "e=unknown-user", "r=a,s=,i=1", "m=x,r=a,s=QUFB,i=4096"],
  check: (input) => {
    Either.map(parseServerFirst(input), ({ iterations, nonce, salt }) => {
      assert.ok(iterations >= 4096 && iterations <= 1_000_000)
      assert.ok(nonce.length > 0 && salt.length > 0)
      assert.ok(!/[,\0]/.test(nonce))
    })
    parseServerFinal(input)
  }
}

const base64: Target = {
  name: "base64",
  seeds: ["QUFB", "QUE=", "QQ==", "QR==", "Q", "QU FB", "QUFB\r\n"],
  check: (input) => {
    assert.deepEqual(fromBase64(toBase64(input)), Option.some(Uint8Array.from(input)))
    const text = toText(input)
    Option.map(fromBase64(text), (octets) => assert.equal(toBase64(octets), text))
  }
}

const prep: Target = {
  name: "saslprep",
  seeds: ["I\xc2\xadX", "user", "\xc2\xaa", "\xe2\x85\xa8", "\x07", "\xd8\xa71"],
  check: (input) => {
    Either.map(saslPrep(toUtf8(input)), (prepared) => {
      assert.ok(!prepared.includes("\0"))
      assert.deepEqual(saslPrep(prepared), Either.right(prepared))
    })
  }
}

const certificate: Target = {
  name: "certificate",
  seeds: ["0\x82\x01\x000\x03\x02\x01\x01", "0\x80\0\0"],
  check: (input) => {
    Option.map(LeafCertificate.parse(input), ({ dnsNames }) =>
      assert.ok(dnsNames.reduce((sum, name) => sum + name.length, 0) <= input.length)
    )
  }
}

export const saslTargets: ReadonlyArray<Target> = [exchange, ntlm, scram, base64, prep, certificate]
