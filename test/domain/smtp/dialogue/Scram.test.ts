import * as Redacted from "effect/Redacted"
import { fromBase64, utf8 } from "../../../../src/domain/sasl/Octets.ts"
import type { Credentials } from "../../../../src/domain/sasl/Sasl.ts"
import { withRandom } from "../../sasl/cryptoForTests.ts"
import { octets } from "../../sasl/saslAssertions.ts"
import { base64, offered, overTls } from "./auth.ts"
import { describeScenarios, type Scenario } from "./script.ts"

// The exchange of RFC 7677 §3.
const session = { ...overTls(), crypto: withRandom(octets(fromBase64("rOprNGfwEbeRWgbNEkqO"))) }
const nonce = "rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
const serverFirst = `r=${nonce},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096`
const clientFinal = `c=biws,r=${nonce},p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=`
const serverFinal = "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="
const wrongFinal = "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95GA="

const opened = [
  ...offered("SCRAM-SHA-256", "PLAIN"),
  `C: AUTH SCRAM-SHA-256 ${base64("n,,n=user,r=rOprNGfwEbeRWgbNEkqO")}`
]
const proved = [...opened, `S: 334 ${base64(serverFirst)}`, `C: ${base64(clientFinal)}`]

const unpreparable: Credentials = { username: "user", password: Redacted.make("pen\x07cil") }

const scenarios: ReadonlyArray<Scenario> = [
  {
    name: "RFC 5802 §5: both sides prove themselves",
    session,
    script: [...proved, `S: 334 ${base64(serverFinal)}`, "C: ", "S: 235 ok", "= Ready"]
  },
  {
    name: "A3 RFC 5802 §5: 235 without the server's proof",
    session,
    script: [...proved, "S: 235 ok", "= Fail AuthFailed ServerUnverified SCRAM-SHA-256 235"]
  },
  {
    name: "A3 RFC 5802 §5: 235 at once",
    session,
    script: [...opened, "S: 235 ok", "= Fail AuthFailed ServerUnverified SCRAM-SHA-256 235"]
  },
  {
    name: "A3 RFC 5802 §5: a wrong signature, and the password is told to nobody",
    session,
    script: [...proved, `S: 334 ${base64(wrongFinal)}`, "= Fail AuthFailed ServerUnverified SCRAM-SHA-256"]
  },
  ...[
    ["a nonce that does not extend ours", serverFirst.replace("r=r", "r=x")],
    ["one iteration", serverFirst.replace("i=4096", "i=1")],
    ["a thousand million iterations", serverFirst.replace("i=4096", "i=1000000000")],
    ["an error of the server", "e=other-error"]
  ].map(
    ([what = "", challenge = ""]): Scenario => ({
      name: `A3 RFC 5802 §5.1: ${what}`,
      session,
      script: [...opened, `S: 334 ${base64(challenge)}`, "= Fail AuthFailed BadChallenge SCRAM-SHA-256"]
    })
  ),
  {
    name: "A3 RFC 5802 §7: the server's refusal of our proof is a refusal",
    session,
    script: [...proved, `S: 334 ${base64("e=invalid-proof")}`, "= Fail AuthFailed BadChallenge SCRAM-SHA-256"]
  },
  {
    name: "A1 RFC 5802 §5: wrong password",
    session,
    script: [...proved, "S: 535 no", "= Fail AuthFailed Rejected SCRAM-SHA-256 535"]
  },
  {
    name: "RFC 5802 §6: -PLUS only where there is a channel to bind",
    session: overTls(),
    script: [...offered("SCRAM-SHA-256-PLUS", "CRAM-MD5"), "C: AUTH CRAM-MD5"]
  },
  {
    name: "A4 RFC 4013 §2.5: a password that SCRAM can't prepare goes by another mechanism",
    session: overTls(),
    credentials: unpreparable,
    script: [...offered("SCRAM-SHA-256", "LOGIN"), "C: AUTH LOGIN"]
  },
  {
    name: "RFC 5802 §6: with a channel, -PLUS comes first",
    session: {
      ...overTls({ username: "user" }, { channelBinding: { exporter: utf8("x".repeat(32)) } }),
      crypto: session.crypto
    },
    script: [
      ...offered("SCRAM-SHA-256", "SCRAM-SHA-256-PLUS"),
      `C: AUTH SCRAM-SHA-256-PLUS ${base64("p=tls-exporter,,n=user,r=rOprNGfwEbeRWgbNEkqO")}`
    ]
  }
]

describeScenarios("SCRAM", scenarios)
