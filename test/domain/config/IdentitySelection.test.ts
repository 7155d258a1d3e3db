import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import type { ConfigError } from "../../../src/domain/config/ConfigError.ts"
import {
  type IdentityQuery,
  type ResolvedIdentity,
  select
} from "../../../src/domain/config/IdentitySelection.ts"
import { readSettings } from "../../../src/domain/config/SettingsReader.ts"
import { Mailbox, nullSender } from "../../../src/domain/mail/Mailbox.ts"

const local = { userName: "kim", hostName: "desk.corp.example" }

const selected = (
  rc: string,
  query: IdentityQuery,
  names = local
): Either.Either<ResolvedIdentity, ConfigError> =>
  Either.flatMap(readSettings(rc, { path: "/rc" }), (settings) => select(settings, query, names))

const chosen = (rc: string, query: IdentityQuery): ResolvedIdentity => Either.getOrThrow(selected(rc, query))

const failure = (rc: string, query: IdentityQuery = {}, names = local): ConfigError =>
  Either.getOrThrow(Either.flip(selected(rc, query, names)))

const by = (address: string): IdentityQuery => ({ envelopeSender: Mailbox(address) })
const from = (address: string): IdentityQuery => ({ headerFrom: Mailbox(address) })

const byNone: IdentityQuery = { envelopeSender: nullSender }

/** Each section's host is its number. */
const rc = `host 1
identity kim@example.org host 2
identity kim@Example.NET host 3
identity *@example.org host 4
identity example.net host 5
identity *.example.com host 6
identity kim@example.org host 7
identity root host 8
identity kim@desk.corp.example host 9
identity replaced@example.org sender other@example.org host 10
identity tpl.example sender %u-%d@tpl.example host 11
identity "Kim Lee" host 12`

describe("the identity", () => {
  it.each([
    ["of two equal ones is the later", by("kim@example.org"), "7"],
    ["with an equal address wins over one with the domain", by("kim@example.net"), "3"],
    ["compares the domain in any case where none is equal", by("kim@EXAMPLE.org"), "7"],
    ["compares the local part as it is", by("Kim@example.org"), "4"],
    ["with the domain fits any user of it", by("lee@example.org"), "4"],
    ["named by a domain alone fits any user of it", by("lee@example.net"), "5"],
    ["with a parent domain fits below it", by("lee@a.b.example.com"), "6"],
    ["with a parent domain does not fit the parent itself", by("lee@example.com"), "1"],
    ["for an unknown address is the default", by("lee@elsewhere.example"), "1"],
    ["without any sender is the default", {}, "1"],
    ["of the null sender is the default", byNone, "1"],
    ["of a user name is the one so named", by("root"), "8"],
    ["of a user name may have this machine's name in it", by("kim"), "9"],
    ["whose address was replaced is found by the new one", by("other@example.org"), "10"],
    ["whose address was replaced is not found by the old one", by("replaced@example.org"), "4"],
    ["is found by what its sender expands to", by("kim-corp.example@tpl.example"), "11"],
    ["is found by the raw text of its sender, as in C", by("%u-%d@tpl.example"), "11"],
    ["that is a name is found by that name", by('"Kim Lee"'), "12"],
    ["is chosen by From:", from("kim@example.org"), "7"],
    ["is chosen by -f before From:", { ...by("lee@example.org"), ...from("kim@example.net") }, "4"],
    ["of a null sender is chosen by From:", { ...byNone, ...from("kim@example.net") }, "3"],
    ["of an unknown -f is not chosen by From:", { ...by("lee@x.example"), ...from("kim@example.net") }, "1"]
  ])("%s", (_what, query, host) => {
    assert.strictEqual(chosen(rc, query).identity.relay.host, host)
  })

  it("that fits anything is the last resort before the default", () => {
    const all = "host 1 default identity * host 2 identity example.org host 3"
    assert.strictEqual(chosen(all, by("a@b.example")).identity.relay.host, "2")
    assert.strictEqual(chosen(all, by("a@example.org")).identity.relay.host, "3")
    assert.strictEqual(chosen(all, {}).identity.relay.host, "1")
  })
})

describe("the reverse-path", () => {
  it.each([
    [
      "is the forced one",
      "force reverse_path %u@forced.example",
      by("a@b.example"),
      "kim@forced.example",
      "force reverse_path"
    ],
    [
      "is the forced one even for the null sender",
      "force reverse_path a@b",
      byNone,
      "a@b",
      "force reverse_path"
    ],
    ["may be forced to null", 'force reverse_path ""', by("a@b.example"), "", "force reverse_path"],
    ["is that of -f", "host h", by("a@b.example"), "a@b.example", "-f"],
    [
      "is that of -f before From:",
      "host h",
      { ...by("a@b.example"), ...from("c@d.example") },
      "a@b.example",
      "-f"
    ],
    ["is null with -f ''", "sender x@y", byNone, "", "-f"],
    ["is that of From:", "host h", from("c@d.example"), "c@d.example", "From:"],
    ["is the identity's sender", "sender %u@%d", {}, "kim@corp.example", "identity"],
    ["is the identity's address", "identity me@x.example host h", {}, "me@x.example", "identity"],
    ["is an identity that is a name, quoted", 'identity "Kim Lee" host h', {}, '"Kim Lee"', "identity"],
    ["is null where the identity's sender is empty", 'sender ""', {}, "", "identity"],
    ["is the local user", "host h", {}, "kim@desk.corp.example", "local user"],
    [
      "is the local user where the identity is a domain",
      "identity example.org host h",
      {},
      "kim@desk.corp.example",
      "local user"
    ],
    ["of a user name has this machine's name", "host h", by("root"), "root@desk.corp.example", "-f"],
    ["of a user name in From: too", "host h", from("root"), "root@desk.corp.example", "From:"],
    [
      "of a user name has the domain of qualifydomain",
      "qualifydomain q.example",
      by("root"),
      "root@q.example",
      "-f"
    ],
    ["with quotes stays as it is", "host h", by('"a b>"@x.example'), '"a b>"@x.example', "-f"]
  ])("%s", (_what, text, query, reversePath, reversePathFrom) => {
    const resolved = chosen(text, query)
    assert.deepStrictEqual(
      { reversePath: resolved.reversePath, reversePathFrom: resolved.reversePathFrom },
      { reversePath, reversePathFrom }
    )
  })

  it("quotes a user name that needs it", () => {
    const resolved = selected("host h", {}, { userName: "CORP\\kim lee", hostName: "h.example" })
    assert.strictEqual(Either.getOrThrow(resolved).reversePath, '"CORP\\\\kim lee"@h.example')
  })
})

describe("the forced sender", () => {
  it("is expanded, and absent where nothing is forced", () => {
    assert.strictEqual(chosen("force sender robot-%u@x.example", {}).forcedSender, "robot-kim@x.example")
    assert.notProperty(chosen("host h", {}), "forcedSender")
  })
})

describe("a configuration that gives no address", () => {
  it.each([
    [
      "an unknown code in sender",
      "host h\nidentity a@x\nsender %x@y\ndefault",
      '/rc:2:1: "%x" in sender "%x@y", expected %u, %h, %d or %%'
    ],
    [
      "an unknown code in an identity",
      "identity 5%@x.example",
      '/rc:1:1: "%@" in identity "5%@x.example", expected %u, %h, %d or %%'
    ],
    ["a sender that is none", "sender a@b@", '/rc:1:1: sender gives "a@b@", which is no address: no domain'],
    [
      "an identity that is none",
      "identity '\"a@x\"<br>'",
      '/rc:1:1: identity gives "\\"a@x\\"<br>", which is no address: bracket in it'
    ],
    [
      "a forced reverse-path that is none",
      "force reverse_path a@",
      '/rc:1:1: force reverse_path gives "a@", which is no address: no domain'
    ],
    [
      "a forced sender that is none",
      "force sender %z",
      '/rc:1:1: force sender gives "", which is no address: no local part'
    ]
  ])("fails: %s", (_what, text, message) => {
    assert.strictEqual(failure(text).message, message.replaceAll('\\"', '"'))
  })

  it("matters only where the address is used", () => {
    assert.strictEqual(
      chosen("identity a@x sender %x@y host h", by("a@b.example")).reversePath,
      "a@b.example"
    )
  })

  it("fails where the names of this machine are no names", () => {
    const odd = { userName: "kim", hostName: "a\r\nRCPT TO:<x>" }
    assert.include(failure("host h", {}, odd).message, "the local user gives")
    assert.include(failure("host h", by("root"), odd).message, "the name of this machine gives")
    assert.notMatch(failure("host h", {}, odd).message, /[\r\n]/)
  })
})

describe("the candidates", () => {
  const told = (text: string, query: IdentityQuery) =>
    chosen(text, query).candidates.map(
      ({ because, identity, matched }) => `${identity.name ?? "-"} ${matched ? "+" : "-"} ${because}`
    )

  it("are told last defined first, with the reason of each", () => {
    const text = "host 1 identity a@x.example identity x.example identity b@x.example"
    assert.deepStrictEqual(told(text, by("a@x.example")), [
      "b@x.example - other address",
      "x.example + domain equals identity",
      "a@x.example + address equals identity",
      "- - has no address"
    ])
  })

  it("tell where the default is taken", () => {
    const text = "host 1 identity a@x.example"
    assert.deepStrictEqual(told(text, by("z@z.example")), [
      "a@x.example - other address",
      "- + default identity"
    ])
    assert.deepStrictEqual(told(text, {}), ["a@x.example - no sender given", "- + default identity"])
  })
})

describe("settings without any identity", () => {
  it("give an error, not a crash", () => {
    const settings = Either.getOrThrow(readSettings("", { path: "/rc" }))
    const result = select({ ...settings, identities: [] }, {}, local)
    assert.isTrue(Either.isLeft(result))
  })
})
