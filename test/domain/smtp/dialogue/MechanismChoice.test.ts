import * as Redacted from "effect/Redacted"
import { HookFailed } from "../../../../src/domain/mda/MdaError.ts"
import { base64, offered, overTls, plain, proposed } from "./auth.ts"
import { withPassword } from "./plans.ts"
import { describeScenarios, type Scenario } from "./script.ts"

const choosing: ReadonlyArray<Scenario> = [
  {
    name: "RFC 4954 §4: PLAIN with its initial response",
    session: overTls(),
    script: [...offered("PLAIN"), `C: ${plain}`, "S: 235 ok", "= Ready"]
  },
  {
    name: "A5 RFC 4954 §3: the strongest of the mechanisms, whatever the server's order",
    session: overTls(),
    script: [...offered("LOGIN", "XYZ", "PLAIN", "CRAM-MD5"), "C: AUTH CRAM-MD5"]
  },
  {
    name: "A5 RFC 4954 §3: names in lower case",
    session: overTls(),
    script: [...offered("plain", "cram-md5"), "C: AUTH CRAM-MD5"]
  },
  {
    name: "A5: the old form AUTH=LOGIN PLAIN",
    session: overTls(),
    script: [
      "S: 220 hi",
      "C: EHLO me.example",
      "S: 250-hello",
      "S: 250 AUTH=LOGIN PLAIN",
      "= NeedCredentials",
      "! credentials",
      `C: ${plain}`
    ]
  },
  {
    name: "A5: both forms add up",
    session: overTls(),
    script: [
      "S: 220 hi",
      "C: EHLO me.example",
      "S: 250-hello",
      "S: 250-AUTH CRAM-MD5",
      "S: 250 AUTH=LOGIN",
      "= NeedCredentials",
      "! credentials",
      "C: AUTH CRAM-MD5",
      "S: 504 no",
      "C: AUTH LOGIN"
    ]
  },
  {
    name: "RFC 4954 §9: AUTH not offered ends the session, it does not go on unknown",
    session: overTls(),
    script: ["S: 220 hi", "C: EHLO me.example", "S: 250 hello", "= Fail AuthFailed NotOffered"]
  },
  {
    name: "RFC 4954 §3: AUTH with no mechanism at all",
    session: overTls(),
    script: [...proposed(), "= Fail AuthFailed NotOffered"]
  },
  {
    name: "A5 RFC 4954 §3: none of the mechanisms known",
    session: overTls(),
    script: [...proposed("GSSAPI", "DIGEST-MD5"), "= Fail AuthFailed MechanismUnusable"]
  },
  {
    name: "RFC 4954 §3: the named mechanism and no other",
    session: overTls({ ...withPassword, mechanism: "LOGIN" }),
    script: [
      ...offered("CRAM-MD5", "PLAIN", "LOGIN"),
      "C: AUTH LOGIN",
      "S: 504 no",
      "= Fail AuthFailed MechanismUnusable LOGIN 504"
    ]
  },
  {
    name: "RFC 4954 §3: the named mechanism is not offered",
    session: overTls({ ...withPassword, mechanism: "PLAIN" }),
    script: [...proposed("LOGIN"), "= Fail AuthFailed NotOffered PLAIN"]
  },
  {
    name: "no credentials, no AUTH",
    session: overTls({}),
    script: [...proposed("PLAIN"), "= Ready"]
  },
  {
    name: "A user name alone does not authenticate",
    session: overTls({ username: "user" }),
    credentials: { username: "user" },
    script: [...offered("PLAIN", "LOGIN"), "= Fail AuthFailed NoCredentials"]
  },
  {
    name: "A failed password command ends the session",
    session: overTls({ username: "user", passwordCommand: "pass show x" }),
    hookFailure: new HookFailed({
      hook: "password_command",
      command: "pass show x",
      end: { _tag: "Exited", status: 1 }
    }),
    script: [...offered("PLAIN"), "= Fail HookFailed password_command"]
  },
  {
    name: "A4 RFC 4616 §2: a NUL in the password is never sent",
    session: overTls(),
    credentials: { username: "user", password: Redacted.make("pen\0cil") },
    script: [...offered("PLAIN", "LOGIN"), "= Fail AuthFailed MechanismUnusable LOGIN"]
  },
  {
    name: "RFC 7628 §3.1: a token is for the mechanisms that take one",
    session: overTls({ username: "user", tokenCommand: "token" }),
    credentials: { username: "user", token: Redacted.make("abc") },
    script: [
      ...offered("PLAIN", "LOGIN", "XOAUTH2"),
      `C: AUTH XOAUTH2 ${base64("user=user\x01auth=Bearer abc\x01\x01")}`,
      "S: 235 ok",
      "= Ready"
    ]
  },
  {
    name: "XOAUTH2 is left alone without a token",
    session: overTls(),
    script: [...offered("XOAUTH2", "OAUTHBEARER", "LOGIN"), "C: AUTH LOGIN"]
  },
  {
    name: "A1 RFC 7628 §3.2.2: a refused token is acknowledged before the 535",
    session: overTls({ username: "user", tokenCommand: "token" }),
    credentials: { username: "user", token: Redacted.make("abc") },
    script: [
      ...offered("PLAIN", "XOAUTH2"),
      `C: AUTH XOAUTH2 ${base64("user=user\x01auth=Bearer abc\x01\x01")}`,
      `S: 334 ${base64('{"status":"401"}')}`,
      "C: ",
      "S: 535 no",
      "= Fail AuthFailed Rejected XOAUTH2 535"
    ]
  },
  {
    name: "RFC 4422 §A: EXTERNAL by itself only with a client certificate",
    session: overTls(withPassword, { hasClientCertificate: true }),
    script: [...offered("EXTERNAL", "PLAIN"), `C: AUTH EXTERNAL ${base64("user")}`, "S: 235 ok", "= Ready"]
  },
  {
    name: "RFC 4422 §A: without one PLAIN goes first",
    session: overTls(),
    script: [...offered("EXTERNAL", "PLAIN"), `C: ${plain}`]
  },
  {
    name: "RFC 4422 §A: EXTERNAL named, and no certificate",
    session: overTls({ mechanism: "EXTERNAL" }),
    script: [...offered("EXTERNAL"), "= Fail AuthFailed MechanismUnusable EXTERNAL"]
  },
  {
    name: "RFC 4954 §4: EXTERNAL without a user name has an empty response",
    session: overTls({ mechanism: "EXTERNAL" }, { hasClientCertificate: true }),
    credentials: {},
    script: [...offered("EXTERNAL"), "C: AUTH EXTERNAL =", "S: 235 ok", "= Ready"]
  },
  {
    name: "NTLM is the last resort of auto",
    session: overTls(),
    script: [...offered("NTLM", "LOGIN"), "C: AUTH LOGIN"]
  }
]

const inClear: ReadonlyArray<Scenario> = [
  ...["PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-256", "NTLM"].map(
    (mechanism): Scenario => ({
      name: `T10 RFC 4954 §9: ${mechanism} is not used without TLS`,
      session: { auth: withPassword },
      script: [...proposed(mechanism), "= Fail AuthFailed PlaintextRefused"]
    })
  ),
  {
    name: "T10 RFC 4954 §9: on loopback it is",
    session: { auth: withPassword, isLoopback: true },
    script: [...offered("PLAIN"), `C: ${plain}`, "S: 235 ok", "= Ready"]
  },
  {
    name: "T10 RFC 4954 §9: and where the user allows it",
    session: { auth: { ...withPassword, plaintext: "allowed" } },
    script: [...offered("PLAIN"), `C: ${plain}`, "S: 235 ok", "= Ready"]
  },
  {
    name: "T10: but NTLM only if it is named",
    session: { auth: { ...withPassword, plaintext: "allowed" } },
    script: [...proposed("NTLM"), "= Fail AuthFailed MechanismUnusable"]
  },
  {
    name: "T4 RFC 3207 §6: STARTTLS stripped, credentials stay home",
    session: { mode: "enabled", auth: withPassword },
    script: [...proposed("PLAIN"), "= Fail AuthFailed PlaintextRefused"]
  }
]

describeScenarios("choosing a mechanism", choosing)
describeScenarios("AUTH in clear", inClear)
