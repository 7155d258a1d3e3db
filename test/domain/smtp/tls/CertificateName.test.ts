import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import { describeNames, matchesHost } from "../../../../src/domain/smtp/tls/CertificateName.ts"
import { isLoopback, parse as parseIpAddress } from "../../../../src/domain/smtp/tls/IpAddress.ts"
import type { LeafCertificate } from "../../../../src/domain/smtp/tls/LeafCertificate.ts"

const addresses = (texts: ReadonlyArray<string>) =>
  texts.map((text) => Option.getOrThrow(parseIpAddress(text)))

const certificate = (dnsNames: ReadonlyArray<string>, ips: ReadonlyArray<string> = []): LeafCertificate => ({
  dnsNames,
  ipAddresses: addresses(ips),
  key: { kind: "EC", bits: 256 },
  signatureHash: "sha256"
})

const accepted: ReadonlyArray<readonly [san: string, host: string]> = [
  ["mail.example.com", "mail.example.com"],
  ["MAIL.Example.COM", "mail.example.com"],
  ["mail.example.com", "Mail.EXAMPLE.com"],
  ["mail.example.com.", "mail.example.com"],
  ["mail.example.com", "mail.example.com."],
  ["*.example.com", "mail.example.com"],
  ["*.example.com", "xn--mil-0na.example.com"],
  ["xn--bcher-kva.example", "xn--bcher-kva.example"],
  ["my_host.example.com", "my_host.example.com"],
  ["localhost", "localhost"]
]

const rejected: ReadonlyArray<readonly [san: string, host: string]> = [
  ["*.example.com", "a.b.example.com"],
  ["*.example.com", "example.com"],
  ["m*.example.com", "mail.example.com"],
  ["*l.example.com", "mail.example.com"],
  ["mail.*.com", "mail.example.com"],
  ["*.*.com", "mail.example.com"],
  ["*.com", "example.com"],
  ["*", "localhost"],
  ["*", "mail.example.com"],
  ["*.", "localhost"],
  ["xn--*.example", "xn--bcher-kva.example"],
  ["mail.example.com\u0000.evil.example", "mail.example.com"],
  ["mail.example.com\u0000", "mail.example.com"],
  ["mail.example.co", "mail.example.com"],
  ["xmail.example.com", "mail.example.com"],
  ["example.com", "mail.example.com"],
  ["mail.example.com.evil", "mail.example.com"],
  ["mail.example.com", "mail.example.com.evil"],
  [" mail.example.com", "mail.example.com"],
  [".example.com", "mail.example.com"],
  ["b\u00fccher.example", "xn--bcher-kva.example"],
  ["192.0.2.7", "192.0.2.7"],
  ["*.0.2.7", "192.0.2.7"],
  ["", ""],
  ["", "mail.example.com"]
]

describe("CertificateName", () => {
  it.each(accepted)("takes %j for host %j", (san, host) => {
    assert.isTrue(matchesHost(certificate([san]), host))
  })

  it.each(rejected)("does not take %j for host %j", (san, host) => {
    assert.isFalse(matchesHost(certificate([san]), host))
  })

  it("matches an IP host against iPAddress entries alone", () => {
    const both = certificate(["mail.example.com"], ["192.0.2.7", "2001:db8::1"])
    assert.isTrue(matchesHost(both, "192.0.2.7"))
    assert.isTrue(matchesHost(both, "2001:DB8:0:0::1"))
    assert.isTrue(matchesHost(both, "[2001:db8::1]"))
    assert.isTrue(matchesHost(both, "2001:db8::1%eth0"))
    assert.isFalse(matchesHost(both, "192.0.2.8"))
    assert.isFalse(matchesHost(both, "::ffff:192.0.2.7"))
    assert.isFalse(matchesHost(certificate(["mail.example.com"]), "192.0.2.7"))
  })

  it("finds the one right name among ten thousand", () => {
    const names = Array.from({ length: 10_000 }, (_, index) => `h${index}.example.com`)
    assert.isTrue(matchesHost(certificate(names), "h9999.example.com"))
    assert.isFalse(matchesHost(certificate(names), "h10000.example.com"))
  })

  it("describes few names, and none with control characters", () => {
    const names = ["a.example", "b\u001b[31m\r\n.example", "c.example", "d.example"]
    assert.strictEqual(describeNames(certificate(names)), "a.example, b?[31m??.example, c.example and 1 more")
    assert.strictEqual(
      describeNames(certificate([], ["192.0.2.7", "2001:db8::1"])),
      "192.0.2.7, 2001:db8:0:0:0:0:0:1"
    )
    assert.strictEqual(describeNames(certificate([])), "no name")
  })

  it.prop(
    "never matches a name that is not the host or its parent's wildcard",
    [FastCheck.string(), FastCheck.domain()],
    ([san, host]) => {
      const parent = host.split(".").slice(1).join(".")
      const allowed = [host, `${host}.`, `*.${parent}`, `*.${parent}.`].map((name) => name.toLowerCase())
      if (!allowed.includes(san.toLowerCase())) assert.isFalse(matchesHost(certificate([san]), host))
    }
  )
})

describe("IpAddress", () => {
  it.each([
    "256.1.1.1",
    "1.2.3",
    "1.2.3.4.5",
    "01.2.3.4",
    "0x7f.0.0.1",
    "",
    "::1::",
    ":::",
    "1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:8:9",
    "1:2:3:4:5:6:7::8",
    "12345::",
    "::1.2.3",
    "1.2.3.4::",
    "g::"
  ])("refuses %j", (text) => {
    assert.isTrue(Option.isNone(parseIpAddress(text)))
  })

  it("reads compressed, embedded and bracketed forms", () => {
    const hex = (text: string) => Buffer.from(Option.getOrThrow(parseIpAddress(text))).toString("hex")
    assert.strictEqual(hex("::"), "00000000000000000000000000000000")
    assert.strictEqual(hex("1::"), "00010000000000000000000000000000")
    assert.strictEqual(hex("[IPv6:::ffff:192.0.2.1]"), "00000000000000000000ffffc0000201")
    assert.strictEqual(hex("1:2:3:4:5:6:7:8"), "00010002000300040005000600070008")
    assert.strictEqual(hex("127.0.0.1"), "7f000001")
  })

  it("knows loopback addresses", () => {
    const judge = (text: string) => isLoopback(Option.getOrThrow(parseIpAddress(text)))
    assert.deepStrictEqual(["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"].map(judge), [
      true,
      true,
      true,
      true
    ])
    assert.deepStrictEqual(["128.0.0.1", "::2", "::", "1::1", "::ffff:10.0.0.1"].map(judge), [
      false,
      false,
      false,
      false,
      false
    ])
  })
})
