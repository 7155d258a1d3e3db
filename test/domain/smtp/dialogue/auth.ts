/** Scripts of sessions up to AUTH. */
import { toBase64, utf8 } from "../../../../src/domain/sasl/Octets.ts"
import type { TlsFacts } from "../../../../src/domain/smtp/DialogueTypes.ts"
import type { AuthPolicy } from "../../../../src/domain/smtp/Relay.ts"
import { type SessionSetting, tlsFacts, withPassword } from "./plans.ts"

export const base64 = (text: string): string => toBase64(utf8(text))

export const overTls = (
  auth: Partial<AuthPolicy> = withPassword,
  tls: Partial<TlsFacts> = {}
): SessionSetting => ({
  mode: "implicit",
  tls: tlsFacts(tls),
  auth
})

/** To the point where the credentials are there. */
export const offered = (...mechanisms: ReadonlyArray<string>): ReadonlyArray<string> => [
  ...proposed(...mechanisms),
  "= NeedCredentials",
  "! credentials"
]

export const proposed = (...mechanisms: ReadonlyArray<string>): ReadonlyArray<string> => [
  "S: 220 hi",
  "C: EHLO me.example",
  "S: 250-hello",
  `S: 250 AUTH ${mechanisms.join(" ")}`
]

export const plain = `AUTH PLAIN ${base64("\0user\0pencil")}`
