import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Redacted from "effect/Redacted"
import { keywords } from "../../../src/domain/config/Keywords.ts"
import type { Identity, Settings } from "../../../src/domain/config/Settings.ts"
import { allProblems, readSettings } from "../../../src/domain/config/SettingsReader.ts"

const source = { path: "/home/kim/.esmtprc", home: "/home/kim" }

const settingsOf = (text: string): Settings => Either.getOrThrow(readSettings(text, source))

const onlyIdentity = (text: string): Identity => {
  const [identity, ...others] = settingsOf(text).identities
  assert.isEmpty(others)
  if (identity === undefined) throw new Error("no identity")
  return identity
}

const secretOf = (secret: Redacted.Redacted<string> | undefined): string | undefined =>
  secret === undefined ? undefined : Redacted.value(secret)

const problemsOf = (text: string): ReadonlyArray<string> =>
  allProblems(text, source).map(({ column, detail, line }) => `${line}:${column} ${detail}`)

/** Name and line of the default identity. */
const defaultOf = (text: string): string => {
  const defaults = settingsOf(text).identities.filter(({ isDefault }) => isDefault)
  assert.strictEqual(defaults.length, 1)
  return defaults.map(({ name, line }) => `${name ?? "global"} ${line}`).join()
}

describe("an empty file", () => {
  it("is one identity without a name at localhost, port 25, and the defaults of all else", () => {
    assert.deepStrictEqual(settingsOf(""), {
      path: "/home/kim/.esmtprc",
      identities: [
        {
          line: 1,
          isDefault: true,
          addMessageId: true,
          relay: {
            host: "localhost",
            service: "25",
            tls: { mode: "opportunistic", minVersion: "TLSv1.2" },
            auth: { mechanism: "auto", plaintext: "refused" }
          }
        }
      ],
      deliveryMode: "interactive",
      queueDir: "/home/kim/.esmtp_queue",
      queueLifetimeMillis: 432_000_000,
      retryScheduleMillis: [60_000, 300_000, 900_000, 1_800_000, 3_600_000, 7_200_000, 14_400_000],
      queueSessions: 4
    })
  })

  it("has a queue nowhere if there is no home directory", () => {
    const { queueDir } = Either.getOrThrow(readSettings("", { path: "/etc/esmtprc" }))
    assert.strictEqual(queueDir, "/nonexistent/.esmtp_queue")
  })
})

describe("the default identity", () => {
  it.each([
    ["that of default", "host a identity b@x host b default identity c@x host c", "b@x 1"],
    [
      "that of the last default",
      "default\nidentity b@x\ndefault\nidentity c@x default identity d@x",
      "c@x 4"
    ],
    [
      "the first that speaks of a relay",
      "mda m\nidentity b@x\nidentity c@x\nhelo c\nidentity d@x host d",
      "c@x 3"
    ],
    ["the global section if that speaks of a relay", "\nstarttls enabled\nidentity b@x host b", "global 2"],
    ["not one with a sender alone", "sender a@x identity b@x\nidentity c@x user c identity d@x", "c@x 2"],
    ["the last if none speaks of a relay", "mda m identity b@x sender z@x\nidentity c@x", "c@x 2"],
    ["the global section if there is no other", "mda m", "global 1"]
  ])("is %s", (_what, text, expected) => {
    assert.strictEqual(defaultOf(text), expected)
  })

  it.each(keywords.filter(({ scope }) => scope === "section").map(({ name }) => name))(
    "is decided by %s, or not",
    (name) => {
      const values: Record<string, string> = {
        auth: "plain",
        plaintext_auth: "allowed",
        starttls: "required",
        tls_min_version: "1.3",
        message_id: "enabled",
        timeout: "5s",
        tls_fingerprint: "00".repeat(32)
      }
      const statement = name === "default" ? name : `${name} ${values[name] ?? "x"}`
      const expected = name === "sender" ? "c@x 3" : "b@x 1"
      assert.strictEqual(defaultOf(`identity b@x\n${statement}\nidentity c@x host c`), expected)
    }
  )
})

describe("the section before the first identity", () => {
  const names = (text: string) => settingsOf(text).identities.map(({ name }) => name)

  it("is there only if it says something of its own", () => {
    assert.deepStrictEqual(names("mda m queue_sessions 2 identity b@x"), ["b@x"])
    assert.deepStrictEqual(names("sender a@x identity b@x"), [undefined, "b@x"])
    assert.deepStrictEqual(names("default identity b@x"), [undefined, "b@x"])
  })
})

describe("statements of a section", () => {
  it("say everything about a relay", () => {
    const text = `identity kim@example.org
      host mail.example.org:25 user kim@x pass pw password_command "pass show x" oauth2_token_command "tok"
      auth scram-sha-256 plaintext_auth Allowed tls required tls_ca_file ca.pem tls_crl_file ~/crl.pem
      tls_fingerprint sha256:${"AB:".repeat(31)}AB tls_certificate /c.pem tls_key key.pem tls_min_version 1.3
      passphrase pp timeout 90s helo kim.example.org qualifydomain example.org sender %u@%d
      force sender robot@x force reverse_path bounce@x message_id disabled preconnect "a b" postconnect c`
    const { relay, ...identity } = onlyIdentity(text)
    assert.deepStrictEqual(identity, {
      name: "kim@example.org",
      line: 1,
      isDefault: true,
      sender: "%u@%d",
      addMessageId: false,
      forceSender: "robot@x",
      forceReversePath: "bounce@x",
      qualifyDomain: "example.org",
      preconnect: "a b",
      postconnect: "c"
    })
    const { auth, tls, ...where } = relay
    const { passphrase, ...openTls } = tls
    const { password, ...openAuth } = auth
    assert.deepStrictEqual([secretOf(password), secretOf(passphrase)], ["pw", "pp"])
    assert.deepStrictEqual(where, {
      host: "mail.example.org",
      service: "25",
      helo: "kim.example.org",
      timeoutMillis: 90_000
    })
    assert.deepStrictEqual(openTls, {
      mode: "required",
      minVersion: "TLSv1.3",
      caFile: "/home/kim/ca.pem",
      crlFile: "/home/kim/crl.pem",
      fingerprint: "ab".repeat(32),
      certificate: "/c.pem",
      key: "/home/kim/key.pem"
    })
    assert.deepStrictEqual(openAuth, {
      mechanism: "SCRAM-SHA-256",
      plaintext: "allowed",
      username: "kim@x",
      passwordCommand: "pass show x",
      tokenCommand: "tok"
    })
  })

  it("are not inherited", () => {
    const [, second] = settingsOf("host a:26 user u helo h identity b@x").identities
    assert.deepStrictEqual(second?.relay, onlyIdentity("").relay)
  })

  it("count by their last, also where that says nothing", () => {
    assert.strictEqual(onlyIdentity("host a host b").relay.host, "b")
    assert.isUndefined(onlyIdentity('helo a helo ""').relay.helo)
  })

  it("open with an empty password a password all the same", () => {
    const { auth, tls } = onlyIdentity('user "" pass "" passphrase ""').relay
    assert.deepStrictEqual([secretOf(auth.password), secretOf(tls.passphrase)], ["", ""])
    assert.strictEqual(auth.username, "")
  })

  it("say nothing where an empty value would run nothing or name nothing", () => {
    const text = 'helo "" qualifydomain "" preconnect "" postconnect "" force sender ""'
    assert.deepStrictEqual(onlyIdentity(text), onlyIdentity("default"))
    assert.isUndefined(settingsOf('mda ""').mda)
  })

  it("with an empty address mean the null sender", () => {
    assert.strictEqual(onlyIdentity('sender ""').sender, "")
    assert.strictEqual(onlyIdentity('force reverse_path ""').forceReversePath, "")
  })
})

describe("the sender of a section", () => {
  it.each([
    ["identity kim@example.org", "kim@example.org"],
    ['identity "Kim Lee"', "Kim Lee"],
    ["identity root", "root"],
    ["identity *kim@example.org", "*kim@example.org"],
    ["identity *@example.org", undefined],
    ["identity @example.org", undefined],
    ["identity example.org", undefined],
    ["identity *.example.org", undefined],
    ["identity *", undefined],
    ["identity example.org sender kim@example.org", "kim@example.org"],
    ["sender kim@example.org", "kim@example.org"],
    ["host a", undefined]
  ])("of %s is %s", (text, sender) => {
    assert.strictEqual(onlyIdentity(text).sender, sender)
  })
})

describe("TLS", () => {
  it.each([
    ["host a", "opportunistic"],
    ["host a:465", "implicit"],
    ["host a:smtps", "implicit"],
    ["host a:submissions", "implicit"],
    ["host a:465 tls required", "required"],
    ["host a:465 tls disabled", "disabled"],
    ["host a:587 tls implicit", "implicit"],
    ["tls enabled host a:465", "enabled"]
  ])("of %s is %s", (text, mode) => {
    assert.strictEqual(onlyIdentity(text).relay.tls.mode, mode)
  })
})

describe("statements about everything", () => {
  it("hold wherever they are written, and count by their last", () => {
    const text = `mda a identity b@x host b mda "c d" force_mda kim delivery_mode Queue queue_dir ~/q
      queue_lifetime 2d retry_schedule 1m 5m queue_sessions 8 require_all_recipients no logfile log/mail`
    const { identities: _, ...globals } = settingsOf(text)
    assert.deepStrictEqual(globals, {
      path: "/home/kim/.esmtprc",
      mda: "c d",
      forceMda: "kim",
      deliveryMode: "queue",
      queueDir: "/home/kim/q",
      queueLifetimeMillis: 172_800_000,
      retryScheduleMillis: [60_000, 300_000],
      queueSessions: 8,
      requireAllRecipients: false,
      logfile: "/home/kim/log/mail"
    })
  })

  it("may send the log to syslog", () => {
    assert.strictEqual(settingsOf("logfile syslog").logfile, "syslog")
  })
})

describe("a value that can't be used", () => {
  it.each([
    ["starttls maybe", '1:10 starttls: found "maybe", expected disabled, enabled, required or implicit'],
    ["host a:70000", "1:6 hostname: found port 70000, expected a port from 1 to 65535"],
    ["helo 'a\nb'", '1:6 helo: found "\\n" in it, expected a domain name'],
    ["host \\10x", '1:6 hostname: found "\\n" in it, expected a text without control characters'],
    ["identity 'a\rb'", '1:10 identity: found "\\r" in it, expected a text without control characters'],
    ["sender 'a\u007fb'", '1:8 sender: found "\\x7f" in it, expected a text without control characters'],
    ["password a\\0b", "1:10 password: found a NUL, expected a text without NUL"],
    ["user a\\0b", '1:6 username: found "\\x00" in it, expected a text without NUL'],
    ['mda "a\\x00b"', '1:5 mda: found "\\x00" in it, expected a text without NUL'],
    ["timeout soon", '1:9 timeout: found "soon", expected a duration such as 500ms, 30s, 5m, 2h or 5d'],
    ["queue_sessions 21", '1:16 queue_sessions: found "21", expected a number from 1 to 20'],
    ["tls_min_version 1.0", '1:17 tls_min_version: found "1.0", expected 1.2 or 1.3'],
    ['force_mda ""', "1:11 force_mda: found an empty text, expected a user name"],
    ['password_command ""', "1:18 password_command: found an empty text, expected a command"],
    [
      "queue_dir ~lee",
      '1:11 queue_dir: found "~lee", expected ~/ for the home directory, or an absolute path'
    ]
  ])("%j is told with its place", (text, expected) => {
    assert.deepStrictEqual(problemsOf(text), [expected])
  })

  it("is told even if a later statement replaces it", () => {
    assert.deepStrictEqual(problemsOf("tls maybe tls required").length, 1)
  })

  it("is told together with every other fault, in the order of the file", () => {
    const text = "tls maybe\nhostnam x\nauth none\nhelo\n"
    assert.deepStrictEqual(
      problemsOf(text).map((problem) => problem.split(" ")[0]),
      ["1:5", "2:1", "3:6", "4:1"]
    )
    const first = Either.getOrThrow(Either.flip(readSettings(text, source)))
    assert.strictEqual(first.reason, "Value")
    assert.strictEqual(first.message, `/home/kim/.esmtprc:1:5: ${first.detail}`)
  })

  it("is never shown if it is secret", () => {
    const [problem] = allProblems("password hunter2\\0", source)
    assert.notInclude(JSON.stringify([problem, problem?.message]), "hunter2")
  })
})

describe("settings", () => {
  it("never show a secret", () => {
    const text = JSON.stringify(settingsOf("user kim pass hunter2 passphrase hunter3"))
    assert.notInclude(text, "hunter")
  })

  const words = FastCheck.array(
    FastCheck.oneof(
      FastCheck.constantFrom(...keywords.map(({ name }) => name)),
      FastCheck.constantFrom(
        "enabled",
        "required",
        "a@example.org",
        "5m",
        "=",
        "\n",
        '""',
        "~/x",
        "1.2",
        ","
      ),
      FastCheck.string({ unit: "binary", maxLength: 6 })
    ),
    { maxLength: 40 }
  ).map((parts) => parts.join(" "))

  it.prop("are read or refused, never both, and have one default identity", [words], ([text]) => {
    const read = readSettings(text, source)
    assert.strictEqual(Either.isRight(read), allProblems(text, source).length === 0)
    if (Either.isLeft(read)) return
    assert.strictEqual(read.right.identities.filter(({ isDefault }) => isDefault).length, 1)
  })
})
