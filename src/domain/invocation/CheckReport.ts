/**
 * What `esmtp check` found, as lines, as JSON and as an exit status for monitoring.
 *
 * Source: RFC 5321 §4.1.1.1, RFC 1870 (SIZE), RFC 4954 (AUTH), RFC 8446 and RFC 5280 by way of the facts of TLS.
 */

import * as Option from "effect/Option"
import type { SessionFacts, TlsFacts } from "../smtp/DialogueTypes.ts"
import { mechanisms, sizeLimit } from "../smtp/Extensions.ts"
import type { Relay } from "../smtp/Relay.ts"
import { printable } from "../telemetry/Printable.ts"
import type { SessionEvent } from "../telemetry/SessionEvent.ts"
import { mostPermanent, SysExit } from "./SysExit.ts"
import { type EsmtpError, fromError } from "./SysExits.ts"
import { errorWords } from "./Wording.ts"

/** One address of the relay's host; without `failure` it can be connected to. */
export interface AddressState {
  readonly address: string
  readonly failure?: string
}

export interface Finding {
  readonly subject:
    | "configuration"
    | "relay"
    | "preconnect"
    | "dns"
    | "address"
    | "greeting"
    | "clock"
    | "tls"
    | "certificate"
    | "capabilities"
    | "size"
    | "mechanisms"
    | "authentication"
    | "session"
  readonly verdict: "ok" | "note" | "warning" | "failed"
  readonly text: string
  readonly status: SysExit
}

const finding =
  (verdict: Finding["verdict"], status: SysExit) =>
  (subject: Finding["subject"], text: string): Finding => ({
    ...{ subject, verdict, status },
    text: printable(text, 1000)
  })

const ok = finding("ok", SysExit.Ok)

/** As somebody may not think, but mail goes through and will: no reason for monitoring to wake anybody. */
const note = finding("note", SysExit.Ok)

/** Works, but will not for long, or not as the configuration says: monitoring shall see it. */
const warning = finding("warning", SysExit.TempFail)

export const failed = (subject: Finding["subject"], error: EsmtpError): Finding => ({
  subject,
  verdict: "failed",
  text: errorWords(error),
  status: fromError(error)
})

const dayMillis = 86_400_000

/** Certificates are renewed by then. */
const certificateDays = 14

const commonName = (name: string): string => /(?:^|\n)CN=(.+)/.exec(name)?.[1] ?? name.replaceAll("\n", ", ")

const certificateFindings = (tls: TlsFacts, now: number): ReadonlyArray<Finding> => {
  const names = (tls.chain ?? []).map(
    ({ subject, issuer }) => `${commonName(subject)} < ${commonName(issuer)}`
  )
  const expiry = Date.parse(tls.certificateExpiresAt ?? "")
  const days = Math.floor((expiry - now) / dayMillis)
  const text = `${names[0] ?? "no certificate"}, ${Number.isNaN(expiry) ? "no end" : `${days} days left`}`
  return [
    ...(tls.unverified === undefined ? [] : [warning("certificate", `not verified: ${tls.unverified}`)]),
    !Number.isNaN(expiry) && days < certificateDays ? warning("certificate", text) : ok("certificate", text),
    ...names.slice(1).map((name) => ok("certificate", `  ${name}`))
  ]
}

/** Clocks may differ this much before certificates, greylisting and logs suffer. */
const clockToleranceMillis = 5 * 60_000

/** Some servers greet with the time of day (RFC 5322 §3.3). */
const greetingDate =
  /[A-Z][a-z]{2}, {1,2}[0-9]{1,2} [A-Z][a-z]{2} [0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2} [+-][0-9]{4}/

const clockFindings = (greeting: string, now: number): ReadonlyArray<Finding> => {
  const theirs = Date.parse(greetingDate.exec(greeting)?.[0] ?? "")
  if (Number.isNaN(theirs)) return []
  const seconds = Math.round((now - theirs) / 1000)
  const text = `${Math.abs(seconds)} s ${seconds < 0 ? "behind" : "ahead of"} the server`
  return [Math.abs(now - theirs) > clockToleranceMillis ? warning("clock", text) : ok("clock", text)]
}

const readyFindings = ({ extensions, mechanism }: SessionFacts, relay: Relay): ReadonlyArray<Finding> => {
  const keywords = [...extensions].map(([keyword, parameters]) => [keyword, ...parameters].join(" "))
  const limit = sizeLimit(extensions)
  return [
    ok("capabilities", keywords.length === 0 ? "none (HELO)" : keywords.join(", ")),
    ok("size", Option.match(limit, { onNone: () => "no limit told", onSome: (bytes) => `${bytes} octets` })),
    ok("mechanisms", mechanisms(extensions).join(" ") || "none offered"),
    mechanism === undefined
      ? ok("authentication", "not wanted")
      : ok("authentication", `${mechanism} as ${relay.auth.username ?? "the certificate says"}`)
  ]
}

const decoder = new TextDecoder()

/** `events`: of one session, in their order. */
export const sessionFindings = (
  events: ReadonlyArray<SessionEvent>,
  relay: Relay,
  now: number
): ReadonlyArray<Finding> => {
  const first = events.find((event) => event._tag === "Received")
  const greeting = first === undefined ? "" : decoder.decode(first.bytes).trim()
  return events.flatMap((event): ReadonlyArray<Finding> => {
    switch (event._tag) {
      case "Connected":
        return [ok("session", `with ${event.peer.address ?? ""}`)]
      case "TlsEstablished": {
        const { protocol, cipher, cipherBits } = event.tls
        return [
          ok("tls", `${protocol}, ${cipher} (${cipherBits} bits)`),
          ...certificateFindings(event.tls, now)
        ]
      }
      case "Received":
        return event === first ? [ok("greeting", greeting), ...clockFindings(greeting, now)] : []
      case "Noted":
        return event.note._tag === "ContinuingInClear" ? [note("tls", `none: ${event.note.because}`)] : []
      case "Ready":
        return readyFindings(event.session, relay)
      default:
        return []
    }
  })
}

export const relayFinding = ({ host, service }: Relay): Finding => ok("relay", `${host}:${service}`)

/** A dead address beside a living one costs a moment; that all are dead is told by the session that fails. */
export const addressFindings = (
  { host }: Relay,
  reached: ReadonlyArray<AddressState>
): ReadonlyArray<Finding> => [
  ok("dns", `${host}: ${reached.map(({ address }) => address).join(", ")}`),
  ...reached.map(({ address, failure }) =>
    failure === undefined ? ok("address", `${address}: answers`) : note("address", `${address}: ${failure}`)
  )
]

export const configurationFindings = (
  path: string | undefined,
  problems: ReadonlyArray<EsmtpError>,
  warnings: ReadonlyArray<EsmtpError>
): ReadonlyArray<Finding> => [
  ...problems.map((problem) => failed("configuration", problem)),
  ...warnings.map((problem) => warning("configuration", errorWords(problem))),
  ...(problems.length === 0 ? [ok("configuration", path ?? "built in")] : [])
]

const marks: Readonly<Record<Finding["verdict"], string>> = {
  ok: "ok",
  note: "note",
  warning: "WARNING",
  failed: "FAILED"
}

export const findingLine = ({ subject, verdict, text }: Finding): string =>
  `${marks[verdict].padEnd(7)} ${subject.padEnd(14)} ${text}`

/** 0: all well; 75: something to look after; else the status that sending would have. */
export const checkStatus = (findings: ReadonlyArray<Finding>): SysExit => {
  const failures = findings.filter(({ verdict }) => verdict === "failed")
  const counted = failures.length > 0 ? failures : findings
  return mostPermanent(counted.map(({ status }) => status))
}

export const checkJson = (findings: ReadonlyArray<Finding>): object => ({
  status: checkStatus(findings),
  findings: findings.map(({ subject, verdict, text }) => ({ subject, verdict, text }))
})
